import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ssh-config`: what it prints, what it installs, and who may use it.
    @Suite(.timeLimit(.minutes(5)), .openSSH) struct SSHConfigTests {
        @Test func installedSettingsOutliveTheEnvironment() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let file = "\(fixture.directory)/.ssh/config"
                try FileManager.default.createDirectory(
                    atPath: "\(fixture.directory)/.ssh", withIntermediateDirectories: true)
                let own = "Host elsewhere\n  User me\n"
                try own.write(toFile: file, atomically: true, encoding: .utf8)
                let said = try scene.project.expectSuccess("ssh-config", "--install")
                #expect(said == "ssh web.\(fixture.id)\n")
                let once = try String(contentsOfFile: file, encoding: .utf8)
                #expect(once.hasPrefix("# BEGIN trice\nInclude ") && once.hasSuffix(own), "\(once)")
                try scene.project.expectSuccess("ssh-config", "--install")
                #expect(try String(contentsOfFile: file, encoding: .utf8) == once)
                func ssh() throws -> Command.Output {
                    try UserRun.command(
                        Command(
                            "ssh", ["-F", file, "web.\(fixture.id)", "echo", "hi"], environment: fixture.environment)
                    ).run()
                }
                expect(try ssh(), endsWith: 0, saying: "hi\n")
                try scene.project.expectSuccess("down")
                expect(try ssh(), endsWith: 255, saying: "`web` is not running. Start it with `trice up web`.")
                try scene.project.expectSuccess("up")
                expect(try ssh(), endsWith: 0, saying: "hi\n")
                // A service that came later is there after `up`.
                let envfile = try scene.project.read("Envfile")
                try scene.project.write(
                    "Envfile", envfile + "\n  db:\n    image: bootstrap:busybox\n    command: sleep 1000\n")
                try scene.project.expectSuccess("up")
                let output = try UserRun.command(
                    Command("ssh", ["-F", file, "db.\(fixture.id)", "hostname"], environment: fixture.environment)
                ).run()
                expect(output, endsWith: 0, saying: "db\n")
                try scene.project.expectSuccess("ssh-config", "--uninstall")
                #expect(try String(contentsOfFile: file, encoding: .utf8) == own)
                #expect(access("\(fixture.directory)/.ssh/trice", F_OK) != 0)
                try scene.project.expectSuccess("down")
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: "\(fixture.stateDirectory)/ssh") == ["lock"])
            }
        }

        @Test func oneServiceGetsTheNameThatVagrantUsersGiveIt() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let text = try scene.project.expectSuccess("ssh-config", "web", "--host", "box")
                #expect(text.hasPrefix("Host box\n"), "\(text)")
                expect(
                    try scene.project.trice("ssh-config", "nothing"), endsWith: 1, saying: "no service `nothing`", "web"
                )
                expect(
                    try scene.project.trice("ssh-config", "--host", "a b"), endsWith: 64, saying: "no name of a host")
            }
        }

        @Test func keysThatOthersCanReadAreRefusedAndMadeAnew() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let line = try String(contentsOfFile: scene.settings, encoding: .utf8).split(separator: "\n").first {
                    $0.contains("IdentityFile")
                }
                let key = try #require(line?.split(separator: "\"").last.map(String.init))
                #expect(chmod(key, 0o644) == 0)
                expect(
                    try scene.ssh("web", "true"), endsWith: 255, saying: "can be read by other users",
                    "trice ssh-config")
                let before = try String(contentsOfFile: key, encoding: .utf8)
                expect(try scene.project.trice("ssh-config"), endsWith: 0, saying: "new ones were made")
                #expect(try String(contentsOfFile: key, encoding: .utf8) != before)
                expect(try scene.ssh("web", "true"), endsWith: 0)
                #expect(unlink(key) == 0)
                expect(try scene.ssh("web", "true"), endsWith: 255, saying: "is missing", "trice ssh-config")
            }
        }

        @Test func whatCannotBeIsSaidInOneSentence() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, .busybox, "    ssh:\n      user: nobody-here\n")
                expect(
                    try scene.ssh("web", "true"), endsWith: 1, saying: "The image has no user `nobody-here`", "root")
                expect(
                    try scene.project.trice("ssh", "web"), endsWith: 1, saying: "The image has no user `nobody-here`")
                expect(try scene.ssh("other@web", "true"), endsWith: 255, saying: "Permission denied")
                // A host without sshd.
                let sshd = try #require(Requirement.find("sshd"))
                let output = try Command(
                    "unshare",
                    ["-m", "sh", "-c", "mount --bind /dev/null \(sshd); exec ssh -F \(scene.settings) web true"],
                    environment: fixture.environment, directory: scene.project.directory
                ).run()
                expect(output, endsWith: 255, saying: "`sshd` is missing", "openssh-server")
                try scene.project.expectSuccess("stop", "web")
                expect(try scene.ssh("web", "true"), endsWith: 255, saying: "`web` is not running", "trice up web")
            }
        }

        /// The developer is not root: `sudo trice ssh-config --install` is enough, and no other user gets in.
        @Test(.needsRoot(.sudo)) func aUserWhoIsNotRootStepsInsideAndNoOtherOne() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                let homes = ["/dev4242", "/dev4343"].map { fixture.directory + $0 }
                for (home, user) in zip(homes, [4242, 4343]) {
                    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
                    #expect(chown(home, uid_t(user), gid_t(user)) == 0 && chmod(home, 0o700) == 0)
                }
                try scene.project.write(
                    "passwd",
                    "root:x:0:0::/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n"
                        + "dev:x:4242:4242::\(homes[0]):/bin/sh\nfoe:x:4343:4343::\(homes[1]):/bin/sh\n")
                /// Runs a script on a host with these users.
                func run(_ script: String, as user: Int? = nil) throws -> Command.Output {
                    let passwd = "\(scene.project.directory)/passwd"
                    let become = user.map { "setpriv --reuid \($0) --regid \($0) --clear-groups " } ?? ""
                    return try Command(
                        "unshare",
                        ["-m", "sh", "-c", "mount --bind \(passwd) /etc/passwd; exec \(become)sh -c \"$0\"", script],
                        environment: fixture.environment, directory: scene.project.directory
                    ).run()
                }
                let trice = try #require(Fixture.binary)
                let sudo = "SUDO_UID=4242 SUDO_GID=4242 \(trice)"
                expect(try run("\(sudo) ssh-config --install"), endsWith: 0, saying: "ssh web.\(fixture.id)")
                let settings = "\(homes[0])/.ssh/config"
                let key = "\(homes[0])/.ssh/trice/\(try identifier(fixture))/user_key"
                for path in [settings, key, "\(homes[0])/.ssh/trice"] {
                    var status = stat()
                    #expect(stat(path, &status) == 0 && status.st_uid == 4242 && status.st_mode & 0o077 == 0, "\(path)")
                }
                let ssh = "ssh -F \(settings) web.\(fixture.id)"
                let output = try run("\(ssh) 'cat; id -u; exit 5' <passwd", as: 4242)
                expect(output, endsWith: 5, saying: "dev:x:4242", "\n0\n")
                expect(try run("scp -F \(settings) passwd web.\(fixture.id):/tmp/x", as: 4242), endsWith: 0)
                // Another user has neither the key nor the socket, even with a copy of both the settings and the key.
                let copy =
                    "cp -r \(homes[0])/.ssh \(homes[1])/ && chown -R 4343 \(homes[1])/.ssh && "
                    + "sed -i s,\(homes[0]),\(homes[1]),g \(homes[1])/.ssh/config \(homes[1])/.ssh/trice/*/config"
                expect(try run(copy), endsWith: 0)
                expect(
                    try run("ssh -F \(homes[1])/.ssh/config web.\(fixture.id) id", as: 4343), endsWith: 255,
                    saying: "cannot be reached")
                let socket = "\(fixture.runDirectory)-ssh/\(try identifier(fixture)).4242"
                expect(try run("socat - UNIX-CONNECT:\(socket)", as: 4343), endsWith: 1, saying: "Permission denied")
                // It survives a supervisor that was killed, and `down` with `up`.
                try scene.project.killSupervisor()
                try scene.project.expectSuccess("up")
                expect(try run("\(ssh) true", as: 4242), endsWith: 0)
                try scene.project.expectSuccess("down")
                #expect(access("\(fixture.runDirectory)-ssh", F_OK) != 0)
                expect(try run("\(ssh) true", as: 4242), endsWith: 255, saying: "cannot be reached", "sudo trice up")
                try scene.project.expectSuccess("up")
                expect(try run("\(ssh) true", as: 4242), endsWith: 0)
                expect(try run("\(sudo) ssh-config --uninstall"), endsWith: 0)
                #expect(access("\(homes[0])/.ssh/trice", F_OK) != 0)
                #expect(try String(contentsOfFile: settings, encoding: .utf8).isEmpty)
            }
        }

        private func identifier(_ fixture: Fixture) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.stateDirectory)/ssh")
            return try #require(names.first { $0 != "lock" })
        }
    }
}
