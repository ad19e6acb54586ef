import Foundation
import Glibc
import TestSupport

/// `ssh web true` by OpenSSH into a container, and into this machine by a server of its own with OpenSSH's defaults.
final class Shells {
    private let fixture: Fixture
    private let project: Project
    private let settings: String
    private let server: RunningCommand
    private let port: UInt16

    private(set) var inside = Samples()
    private(set) var local = Samples()

    init(fixture: Fixture) throws {
        self.fixture = fixture
        project = try fixture.project(
            "name: \(fixture.id)ssh\nservices:\n  web: {image: \"bootstrap:busybox\", command: sleep 100000}\n",
            named: "\(fixture.id)-ssh")
        try measure(project.command(["up"]))
        settings = "\(fixture.directory)/ssh_config"
        try project.expectSuccess("ssh-config").write(toFile: settings, atomically: true, encoding: .utf8)
        port = try Fixture.freePort()
        server = try Self.serve(in: fixture.directory, port)
        let client = localCommand
        guard eventually({ (try? client.run().succeeded) == true }) else {
            throw TestError("the local sshd does not answer: \(try client.run().description)")
        }
        fixture.onCleanUp { [server] in server.stop() }
    }

    /// Its own users as here: the login files of the host may refuse or delay root.
    private static func serve(in directory: String, _ port: UInt16) throws -> RunningCommand {
        for name in ["local_host_key", "local_user_key"] {
            try measure(
                Command("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(directory)/\(name)"]))
        }
        let text = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(directory)/local_host_key
            AuthorizedKeysFile \(directory)/local_user_key.pub
            PermitRootLogin prohibit-password
            StrictModes no
            UsePAM no
            PidFile none

            """
        try text.write(toFile: "\(directory)/sshd_config", atomically: true, encoding: .utf8)
        guard let program = Requirement.find("sshd") else { throw TestError("there is no sshd") }
        let script = """
            mount -t tmpfs tmpfs /run; mkdir /run/sshd
            sed -i 's,^root:[^:]*:,root:*:,' \(directory)/shadow; mount --bind \(directory)/shadow /etc/shadow
            exec \(program) -D -e -f \(directory)/sshd_config
            """
        try measure(Command("cp", ["/etc/shadow", "\(directory)/shadow"]))
        return try Command("unshare", ["-m", "sh", "-c", script]).start()
    }

    private var localCommand: Command {
        Command(
            "ssh",
            [
                "-F", "none", "-p", "\(port)", "-i", "\(fixture.directory)/local_user_key", "-o",
                "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "127.0.0.1",
                "true",
            ])
    }

    func round() throws {
        for turn in 0..<4 {
            if turn.isMultiple(of: 2) { local.add(try measure(localCommand)) }
            inside.add(try measure(Command("ssh", ["-F", settings, "web", "true"], environment: fixture.environment)))
            if !turn.isMultiple(of: 2) { local.add(try measure(localCommand)) }
        }
    }

    var rows: [Row] { [Row(name: "ssh web true, by OpenSSH", samples: inside, bar: .ratio(1.3, to: local))] }
}

/// OpenSSH into a container and into this machine; prints the table.
/// - Returns: Its rows.
func measureShells(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let shells = try Shells(fixture: fixture)
    for _ in 0..<rounds { try shells.round() }
    print(
        """
        `ssh web true` by OpenSSH, and the same to an `sshd` of this machine with OpenSSH's defaults.
        Median of \(rounds) rounds of four (lowest–highest).

        """)
    print(table([["", "trice", "sshd", "ratio", "bar", ""]] + shells.rows.map(\.cells)))
    return shells.rows
}
