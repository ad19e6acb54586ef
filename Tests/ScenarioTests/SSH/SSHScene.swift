import Foundation
import Glibc
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// What it takes to step inside with OpenSSH.
    static var openSSH: Self {
        .enabled("needs root, crun, nft, ip, a static busybox, the built binary, sshd, rsync and git") {
            try Requirement.met(.root, .crun, .nft, .ip, .busybox, .binary, .sshd, .rsync, .git)
        }
    }
}

/// The images that OpenSSH's clients step into.
enum SSHImage: String, CaseIterable, Sendable {
    /// A shell and small tools, no program for file transfers.
    case busybox
    /// The programs of a Debian system, file transfers included.
    case debian
    /// One static program: no shell, no users, no loader.
    case scratch

    /// The program that the image has in any case, with its first argument.
    var echo: [String] { self == .scratch ? ["/busybox", "echo"] : ["echo"] }
}

/// An environment with the service `web`, and the settings by which OpenSSH reaches it.
struct SSHScene {
    let fixture: Fixture
    let project: Project
    var settings: String { "\(fixture.directory)/ssh_config" }

    /// - Parameters:
    ///   - lines: more of the service, each with four spaces before it.
    ///   - prepare: called with the directory of an image that is made of programs of the host.
    init(
        _ fixture: Fixture, _ image: SSHImage = .busybox, _ lines: String = "",
        prepare: (String) throws -> Void = { _ in }
    ) throws {
        self.fixture = fixture
        project = try fixture.emptyProject(named: fixture.id)
        let reference: String
        switch image {
        case .busybox: reference = "bootstrap:busybox"
        case .debian:
            reference = "rootfs:./image"
            try HostImage.make(in: "\(project.directory)/image", HostImage.programs)
            try prepare("\(project.directory)/image")
        case .scratch:
            reference = "rootfs:./image"
            try project.write("image/tmp/.keep", "")
            try FileManager.default.copyItem(
                atPath: try #require(Requirement.find("busybox")), toPath: "\(project.directory)/image/busybox")
        }
        try project.write(
            "Envfile",
            """
            name: \(fixture.id)
            services:
              web:
                image: \(reference)
                command: \(image == .scratch ? "[/busybox, sleep, '1000']" : "sleep 1000")
            \(lines)
            """)
        try project.expectSuccess("up")
        try renew()
    }

    /// Writes what `ssh-config` prints now.
    func renew() throws {
        try project.expectSuccess("ssh-config").write(toFile: settings, atomically: true, encoding: .utf8)
        try UserRun.give(fixture.directory)
    }

    /// A program of OpenSSH's with these settings.
    func command(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) -> Command {
        UserRun.command(
            Command(
                program, ["-F", settings] + arguments, environment: fixture.environment.merging(environment) { $1 },
                directory: project.directory))
    }

    func ssh(_ arguments: String..., input: String = "", timeout: Duration = .seconds(30)) throws -> Command.Output {
        try command("ssh", arguments).run(input: input, timeout: timeout)
    }

    /// Runs a program that must succeed; the result is its output.
    @discardableResult
    func expect(_ program: String, _ arguments: String..., environment: [String: String] = [:]) throws -> String {
        let output = try command(program, arguments, environment).run(timeout: .seconds(30))
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }

    /// rsync(1) has no option for the settings.
    func rsync(_ arguments: String...) throws -> Command.Output {
        try UserRun.command(
            Command(
                "rsync", ["-e", "ssh -F \(settings)"] + arguments, environment: fixture.environment,
                directory: project.directory)
        ).run()
    }
}

/// A root file system of the host's own programs with their libraries: what Debian's images have, without the network.
enum HostImage {
    static let programs = [
        "bash", "dash", "cat", "echo", "env", "git", "id", "ls", "mkdir", "rm", "rsync", "scp", "sleep", "ssh-add",
        "stty",
        "tty", "uname", "nc.openbsd", "chmod", "touch", "test", "cp", "mv", "busybox", "hostname",
    ]

    static func make(in directory: String, _ programs: [String]) throws {
        let found = programs.compactMap { Requirement.find($0) } + ["/usr/lib/openssh/sftp-server"]
        let script = """
            set -e
            root=$1; shift
            mkdir -p $root/usr/bin $root/usr/lib/git-core $root/tmp $root/root $root/etc $root/home/dev
            ln -s usr/bin $root/bin; ln -s usr/lib $root/lib; mkdir -p $root/lib64
            for program in "$@"; do
                mkdir -p "$root/usr/${program#/usr/}"; rmdir "$root/usr/${program#/usr/}"
                cp -L $program "$root/usr/${program#/usr/}"
                for library in $(ldd $program | grep -o '/[^ ]*'); do
                    mkdir -p "$root/${library%/*}"; cp -nL $library "$root/$library"
                done
            done
            ln -sf dash $root/usr/bin/sh
            for name in git git-upload-pack git-receive-pack; do ln -sf ../../bin/git $root/usr/lib/git-core/$name; done
            for name in git-upload-pack git-receive-pack; do ln -sf git $root/usr/bin/$name; done
            printf 'root:x:0:0:root:/root:/bin/bash\\ndev:x:1000:1000::/home/dev:/bin/bash\\n' > $root/etc/passwd
            printf 'root:x:0:\\ndev:x:1000:\\n' > $root/etc/group
            chown 1000:1000 $root/home/dev; chmod 1777 $root/tmp
            """
        let output = try Command(
            "bash", ["-c", script, "make", directory] + found.map { $0.hasPrefix("/bin/") ? "/usr\($0)" : $0 }
        )
        .run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    /// Adds the host's Python with its library.
    static func addPython(to image: String) throws {
        let script = """
            set -e
            root=$1
            library=$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
            mkdir -p "$root/usr/lib"; cp -a "$library" "$root/usr/lib/"
            cp -L /usr/bin/python3 $root/usr/bin/python3
            for file in $root/usr/bin/python3 "$library"/lib-dynload/*.so; do
                for found in $(ldd $file | grep -o '/[^ ]*'); do
                    mkdir -p "$root/${found%/*}"; [ -e "$root/$found" ] || cp -L $found "$root/$found"
                done
            done
            """
        let output = try Command("bash", ["-c", script, "python", image]).run()
        guard output.succeeded else { throw TestError(output.description) }
    }
}
