import Foundation
import Glibc

/// A user without root, whom only the commands of one test know: they run in mount namespaces with other files in /etc.
package struct LoneUser: Sendable {
    package let fixture: Fixture
    package let id: UInt32
    package let name: String
    /// Where programs are looked up before all other places; `nil` for none.
    package var programs: String?
    /// Whether the host has a running sshd(8) by the look of its /run.
    package var seesServer = false
    package var home: String { "\(fixture.directory)/\(name)" }
    private var etc: String { "\(fixture.directory)/etc-\(name)" }

    /// - Parameter hasRange: whether the user has subordinate IDs.
    package init(_ fixture: Fixture, hasRange: Bool = true) throws {
        self.fixture = fixture
        // Each has a range of IDs that no other user of a test has.
        id = UInt32.random(in: 40_000..<60_000)
        name = "lone\(id)"
        for directory in [home, "\(home)/run", etc] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard chmod(directory, directory == etc ? 0o755 : 0o700) == 0 else { throw TestError("chmod \(directory)") }
        }
        for directory in [home, "\(home)/run"] where chown(directory, id, id) != 0 {
            throw TestError("chown \(directory)")
        }
        let users = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        try Data("\(users)\(name):x:\(id):\(id)::\(home):/bin/sh\n".utf8).write(to: URL(filePath: "\(etc)/passwd"))
        for file in ["subuid", "subgid"] {
            let line = hasRange ? "\(name):\(id * 65536):65536\n" : "other:1000000:65536\n"
            try Data(line.utf8).write(to: URL(filePath: "\(etc)/\(file)"))
        }
        // On an ordinary host everyone may open it.
        guard mknod("\(etc)/tun", S_IFCHR | 0o666, makeDevice(10, 200)) == 0, chmod("\(etc)/tun", 0o666) == 0 else {
            throw TestError("mknod \(etc)/tun")
        }
        let user = self
        fixture.onCleanUp { try user.end() }
    }

    /// Puts a program that fails before the one of this name.
    package mutating func breakProgram(_ name: String) throws {
        let directory = "\(fixture.directory)/programs"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("#!/bin/sh\necho broken by the test >&2\nexit 1\n".utf8).write(
            to: URL(filePath: "\(directory)/\(name)"))
        for path in [directory, "\(directory)/\(name)"] where chmod(path, 0o755) != 0 {
            throw TestError("chmod \(path)")
        }
        programs = directory
    }

    /// A directory of the user with an Envfile; its environment is taken down at the end.
    package func project(_ name: String, _ envfile: String) throws -> String {
        let directory = "\(home)/\(name)"
        try FileManager.default.createDirectory(atPath: "\(directory)/site", withIntermediateDirectories: true)
        try Data(envfile.utf8).write(to: URL(filePath: "\(directory)/Envfile"))
        for path in [directory, "\(directory)/site", "\(directory)/Envfile"] where chown(path, id, id) != 0 {
            throw TestError("chown \(path)")
        }
        let user = self
        fixture.onCleanUp { _ = try user.trice(in: directory, "down", "--volumes", "--timeout", "1") }
        return directory
    }

    /// - Parameter isRoot: whether root runs it, in the same namespaces and with the same variables.
    package func command(
        in directory: String, _ program: String, _ arguments: [String], isRoot: Bool = false
    ) -> Command {
        let runner = isRoot ? 0 : id
        let script = """
            set -e
            for file in passwd subuid subgid; do [ ! -e /etc/$file ] || mount --bind \(etc)/$file /etc/$file; done
            if [ -e /dev/net/tun ]; then mount --bind \(etc)/tun /dev/net/tun; fi
            \(seesServer ? "mount -t tmpfs -o mode=755 tmpfs /run; mkdir -m 755 /run/sshd" : "")
            cd \(directory)
            exec setpriv --reuid \(runner) --regid \(runner) --clear-groups "$@"
            """
        return Command(
            "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", program] + arguments,
            environment: [
                "PATH": (programs.map { "\($0):" } ?? "") + (fixture.environment["PATH"] ?? ""), "HOME": home,
                "XDG_RUNTIME_DIR": "\(home)/run",
                "LANG": "C.UTF-8",
            ])
    }

    /// Runs `trice` as the user.
    package func trice(in directory: String, _ arguments: String..., timeout: Duration = .seconds(60)) throws
        -> Command.Output
    {
        guard let binary = Fixture.binary else { throw TestError("there is no trice to test") }
        return try command(in: directory, binary, arguments).run(timeout: timeout)
    }

    /// - Returns: the standard output.
    @discardableResult
    package func expectSuccess(in directory: String, _ arguments: String...) throws -> String {
        guard let binary = Fixture.binary else { throw TestError("there is no trice to test") }
        let output = try command(in: directory, binary, arguments).run()
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// Runs `sudo trice`: as root, with what sudo(8) leaves of the user.
    ///
    /// - Returns: the standard output.
    @discardableResult
    package func sudo(in directory: String, _ arguments: String..., mayFail: Bool = false) throws -> String {
        guard let binary = Fixture.binary else { throw TestError("there is no trice to test") }
        let script = "mount --bind \(etc)/passwd /etc/passwd && cd \(directory) && exec \"$@\""
        var variables = fixture.environment
        variables.merge([
            "HOME": "/root", "USER": "root", "LOGNAME": "root", "SUDO_UID": "\(id)", "SUDO_GID": "\(id)",
            "SUDO_USER": name, "TRICE_TEMPLATES_DIRECTORY": Fixture.checkout + "templates",
        ]) { $1 }
        let output = try Command(
            "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", binary] + arguments,
            environment: variables
        ).run()
        guard output.succeeded || mayFail else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// The processes of the user and of the user's containers, by their command lines.
    package func processes() throws -> [Int32: String] {
        var found: [Int32: String] = [:]
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            var info = stat()
            guard let pid = Int32(entry), stat("/proc/\(pid)", &info) == 0, isOwn(info.st_uid),
                let line = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8), !line.isEmpty
            else { continue }
            found[pid] = line.replacing("\0", with: " ")
        }
        return found
    }

    private func isOwn(_ owner: UInt32) -> Bool { owner == id || (id * 65536..<id * 65536 + 65536).contains(owner) }

    private func end() throws {
        if eventually(within: .seconds(10), { (try? processes().isEmpty) == true }) { return }
        let left = try processes()
        for pid in left.keys { kill(pid, SIGKILL) }
        throw TestError("of the user \(name) there were left: \(left.values.sorted().joined(separator: "\n"))")
    }
}

/// makedev(3).
private func makeDevice(_ major: UInt64, _ minor: UInt64) -> dev_t { dev_t(major << 8 | minor) }
