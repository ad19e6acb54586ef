import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What another user of the machine may try against the environments of root and of a user: a table, each row tried.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta, .python3) })
    struct OtherUserTests {
        private static let secret = "hunter2-\(getpid())"

        /// What the other user does; its output is what it gained.
        struct Attempt: Sendable, CustomTestStringConvertible {
            let name: String
            /// For sh(1), with `$SECRET` a file with a secret, `$TOP` the directories of the owner's Trice, `$LIST` a file with all paths below them, and
            /// `$PIDS` the processes of the environment.
            let script: String
            var testDescription: String { name }
        }

        static let attempts = [
            Attempt(name: "list what is below", script: "for top in $TOP; do ls -A $top/* 2>/dev/null; done"),
            Attempt(
                name: "read a file whose path is known",
                script: "while IFS= read -r path; do [ ! -r \"$path\" ] || echo \"$path\"; done <$LIST"),
            Attempt(
                name: "write to a path that is known",
                script: "while IFS= read -r path; do [ ! -w \"$path\" ] || echo \"$path\"; done <$LIST"),
            Attempt(
                name: "run a program of a volume",
                script:
                    "grep '/tool$' $LIST | while IFS= read -r path; do \"$path\" 2>/dev/null && echo \"$path\"; done"),
            Attempt(
                name: "talk to a socket",
                script: """
                    python3 - <<'END'
                    import os, socket, stat
                    for path in open(os.environ["LIST"]).read().splitlines():
                        try:
                            socket.socket(socket.AF_UNIX).connect(path)
                            print(path)
                        except OSError:
                            pass
                        try:
                            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(path)
                            print(path)
                        except OSError:
                            pass
                    END
                    """),
            Attempt(
                name: "find a secret in the processes",
                script:
                    "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -a -f $SECRET"),
            Attempt(
                name: "enter a namespace",
                script: "for pid in $PIDS; do nsenter -t $pid -n true 2>/dev/null && echo $pid; done"),
            Attempt(
                name: "look into a root directory",
                script: "for pid in $PIDS; do ls -A /proc/$pid/root/ /proc/$pid/cwd/ 2>/dev/null; done"),
            Attempt(
                name: "open a descriptor of a process",
                script: "for pid in $PIDS; do ls -A /proc/$pid/fd 2>/dev/null; done"),
            Attempt(
                name: "end a process", script: "for pid in $PIDS; do kill -CONT $pid 2>/dev/null && echo $pid; done"),
        ]

        private static func envfile(_ fixture: Fixture) -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'cp /bin/busybox /data/tool; chmod 4777 /data/tool; exec sleep 1000'
                stop_grace_period: 0s
                stdin_open: true
                environment: {TOKEN: "${TOKEN}"}
                secrets: [token]
                volumes: ["data:/data"]
            secrets: {token: {environment: TOKEN}}
            volumes: {data: }

            """
        }

        private static func up(_ project: Project, mask: String, token: String) throws -> Command.Output {
            let command = try project.command(["up"], environment: ["TOKEN": token])
            return try Command(
                "sh", ["-c", "umask \(mask); exec \"$0\" \"$@\"", command.executable] + command.arguments,
                environment: command.environment, directory: command.directory
            ).run()
        }

        /// An environment that is up, and where its owner's Trice keeps everything.
        private struct Owned {
            var top: [String]
            var pids: [Int32]
        }

        private func tryAll(_ fixture: Fixture, _ owned: Owned, by other: LoneUser) throws {
            // Nothing above may be what keeps the other user out.
            for top in owned.top {
                var path = URL(filePath: top).deletingLastPathComponent()
                while path.path != "/" {
                    var info = stat()
                    guard stat(path.path, &info) == 0 else { throw TestError("there is no \(path.path)") }
                    if info.st_mode & 0o005 != 0o005 { chmod(path.path, info.st_mode & 0o7777 | 0o005) }
                    path = path.deletingLastPathComponent()
                }
            }
            let list = "\(fixture.directory)/list"
            let found = try Command("find", owned.top + ["-mindepth", "1", "!", "-type", "l"]).run().standardOutput
            #expect(found.contains("/tool\n"))
            #expect(found.split(separator: "\n").count > 30)
            // What others may know by heart.
            try Data(found.utf8).write(to: URL(filePath: list))
            try Data("\(Self.secret)\n".utf8).write(to: URL(filePath: "\(list).secret"))
            for file in [list, "\(list).secret"] { chmod(file, 0o644) }
            for attempt in Self.attempts {
                let prefix =
                    "TOP='\(owned.top.joined(separator: " "))' LIST=\(list) SECRET=\(list).secret "
                    + "PIDS='\(owned.pids.map { "\($0)" }.joined(separator: " "))'; export TOP LIST SECRET PIDS\n"
                let output = try other.command(in: other.home, "sh", ["-c", prefix + attempt.script]).run()
                let gained = output.standardOutput.split(separator: "\n").filter { !$0.hasSuffix(":") }
                #expect(gained.isEmpty, "\(attempt.name): \(gained.prefix(5)) \(output.standardError.prefix(300))")
            }
        }

        /// The processes of an environment: its supervisor, and those of the containers.
        private func processes(_ status: StatusReport) throws -> [Int32] {
            let pids = status.services.compactMap(\.pid) + [status.supervisor?.pid].compactMap(\.self)
            #expect(pids.count == 2)
            return pids
        }

        @Test func nothingOfRootIsOpenToAUser() async throws {
            try await withFixture { fixture in
                let other = try LoneUser(fixture)
                let project = try fixture.project(Self.envfile(fixture))
                // The umask of who calls it makes nothing wider.
                let up = try Self.up(project, mask: "0000", token: Self.secret)
                #expect(up.succeeded, "\(up)")
                #expect(
                    eventually {
                        (try? project.trice("exec", "web", "--", "test", "-u", "/data/tool").succeeded) == true
                    })
                let owned = Owned(
                    top: [fixture.stateDirectory, fixture.runDirectory], pids: try processes(try project.status()))
                try tryAll(fixture, owned, by: other)
            }
        }

        @Test func nothingOfAUserIsOpenToAnother() async throws {
            try await withFixture { fixture in
                let owner = try LoneUser(fixture)
                let other = try LoneUser(fixture)
                let directory = try owner.project("shop", Self.envfile(fixture))
                let binary = try #require(Fixture.binary)
                let up = try owner.command(
                    in: directory, "sh", ["-c", "umask 0; TOKEN=\(Self.secret) exec \(binary) up"]
                ).run()
                #expect(up.succeeded, "\(up)")
                #expect(
                    eventually {
                        (try? owner.trice(in: directory, "exec", "web", "--", "test", "-u", "/data/tool").succeeded)
                            == true
                    })
                let text = try owner.expectSuccess(in: directory, "status", "--json")
                let status = try JSONDecoder().decode(StatusReport.self, from: Data(text.utf8))
                let owned = Owned(
                    top: ["\(owner.home)/.local/share/trice", "\(owner.home)/run/trice"], pids: try processes(status))
                try tryAll(fixture, owned, by: other)
            }
        }

        /// What lies in volumes and containers is closed to others, and so are archives of it.
        @Test func archivesAreTheUsersOwn() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.envfile(fixture))
                let up = try Self.up(project, mask: "0000", token: Self.secret)
                #expect(up.succeeded, "\(up)")
                try project.expectSuccess("snapshot", "save", "one")
                for words in [
                    ["package"], ["snapshot", "export", "one"], ["volume", "export", "\(fixture.id)_data", "--output"],
                    ["export", "web", "--output"], ["image", "save", "bootstrap:busybox", "--output"],
                ] {
                    let command = try project.command(words + ["archive"], environment: ["TOKEN": Self.secret])
                    let output = try Command(
                        "sh", ["-c", "umask 0; exec \"$0\" \"$@\"", command.executable] + command.arguments,
                        environment: command.environment, directory: command.directory
                    ).run()
                    #expect(output.succeeded, "\(output)")
                    var info = stat()
                    #expect(
                        stat("\(project.directory)/archive", &info) == 0 && info.st_mode & 0o777 == 0o600, "\(words)")
                    try FileManager.default.removeItem(atPath: "\(project.directory)/archive")
                }
            }
        }

        @Test(arguments: ["0000", "0027", "0077"]) func theUmaskDoesNotReachInside(_ mask: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.envfile(fixture))
                let up = try Self.up(project, mask: mask, token: "x")
                #expect(up.succeeded, "\(up)")
                let script =
                    "stat -c '%a %n' / /data /run /tmp /etc/hosts /etc/resolv.conf /etc/hostname /run/secrets/token; umask"
                let seen = try project.expectSuccess("exec", "web", "--", "sh", "-c", script)
                #expect(
                    seen
                        == """
                        755 /
                        755 /data
                        755 /run
                        1777 /tmp
                        644 /etc/hosts
                        644 /etc/resolv.conf
                        644 /etc/hostname
                        444 /run/secrets/token
                        0022

                        """)
            }
        }

        /// A directory of another user, or one that others can write to, is not a place for state.
        @Test func aPlaceOfAnotherUserIsRefused() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let other = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                let trap = "\(fixture.directory)/trap"
                for (path, owner, mode) in [
                    (trap, other.id, 0o777), ("\(trap)/trice", other.id, 0o777), ("\(trap)/run", other.id, 0o777),
                ] as [(String, UInt32, mode_t)] {
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                    #expect(chown(path, owner, owner) == 0 && chmod(path, mode) == 0)
                }
                let binary = try #require(Fixture.binary)
                for variable in ["XDG_RUNTIME_DIR", "XDG_DATA_HOME"] {
                    let up = try user.command(
                        in: directory, "env", ["\(variable)=\(trap)", "TOKEN=x", binary, "up"]
                    ).run()
                    let down = try user.command(
                        in: directory, "env", ["\(variable)=\(trap)", "TOKEN=x", binary, "down", "--volumes"]
                    ).run()
                    #expect(down.succeeded == up.succeeded, "\(down)")
                    // The run directory has another place, which is used instead.
                    #expect(!up.succeeded == (variable == "XDG_DATA_HOME"), "\(up)")
                    #expect(up.standardError.contains(trap) == (variable == "XDG_DATA_HOME"), "\(up)")
                    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(trap)/trice") == [])
                }
            }
        }
    }
}
