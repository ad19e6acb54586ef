import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What may be wrong with the host of a user without root: each has one clear error, or does not matter, and nothing is left.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta) })
    struct RootlessFaultTests {
        private static func envfile(_ fixture: Fixture) -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'echo hello; exec sleep 1000'
                stop_grace_period: 0s
                volumes: ["./site:/site", "data:/data"]
            volumes: {data: }

            """
        }

        /// Another file system in place of the user's home, with the directories that it had.
        private func mountHome(of user: LoneUser, _ type: String, _ options: String) throws {
            try #require(mount("none", user.home, type, 0, options) == 0)
            user.fixture.onCleanUp { umount2(user.home, Int32(MNT_DETACH)) }
            try FileManager.default.createDirectory(atPath: "\(user.home)/run", withIntermediateDirectories: false)
            for path in [user.home, "\(user.home)/run"] {
                try #require(chown(path, user.id, user.id) == 0 && chmod(path, 0o700) == 0)
            }
        }

        /// Leaves so many bytes of the user's home free.
        private func fill(_ user: LoneUser, but free: Int = 0) {
            let file = open("\(user.home)/fill", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            if free > 0 {
                var info = statvfs()
                guard fstatvfs(file, &info) == 0 else { return }
                posix_fallocate(file, 0, off_t(info.f_bavail * info.f_frsize) - off_t(free))
                close(file)
                return
            }
            let block = [UInt8](repeating: 1, count: 1 << 16)
            while write(file, block, block.count) > 0 {}
            let byte = [UInt8](repeating: 1, count: 1)
            while write(file, byte, 1) > 0 {}
            close(file)
        }

        /// The lines of the error of a command.
        private func errors(_ output: Command.Output) -> [Substring] {
            output.standardError.split(separator: "\n").filter { $0.hasPrefix("trice: ") }
        }

        @Test(arguments: [0, 300_000, 900_000, 2_000_000])
        func aHomeThatIsFullFromTheStartIsNamed(_ free: Int) async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                try mountHome(of: user, "tmpfs", "size=8m,mode=0700")
                let directory = try user.project("shop", Self.envfile(fixture))
                fill(user, but: free)
                let up = try user.trice(in: directory, "up")
                expect(up, endsWith: 1, saying: "is full", user.home)
                #expect(errors(up).count == 1, "\(up)")
                // What is named is a place.
                #expect(!up.standardError.contains(/file system of \d+ is full/), "\(up)")
                try FileManager.default.removeItem(atPath: "\(user.home)/fill")
                try user.expectSuccess(in: directory, "up")
            }
        }

        /// Each command that writes much has one error, leaves nothing half-made, and works when there is space.
        @Test func whatFindsNoSpaceLeavesNothing() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                try mountHome(of: user, "tmpfs", "size=64m,mode=0700")
                let directory = try user.project("shop", Self.envfile(fixture))
                let lines = "FROM bootstrap:busybox\nRUN dd if=/dev/urandom of=/big bs=1k count=3000\n"
                try Data(lines.utf8).write(to: URL(filePath: "\(directory)/Dockerfile"))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(
                    in: directory, "exec", "web", "--", "sh", "-c",
                    "head -c 2000000 /dev/urandom >/data/much; head -c 2000000 /dev/urandom >/much")
                try user.expectSuccess(in: directory, "commit", "web", "\(fixture.id):1")
                try user.expectSuccess(in: directory, "image", "save", "-o", "site/image.tar", "\(fixture.id):1")
                try user.expectSuccess(in: directory, "image", "rm", "\(fixture.id):1")
                func files() throws -> Set<String> {
                    let state = "\(user.home)/.local/share/trice"
                    let found = try FileManager.default.subpathsOfDirectory(atPath: state)
                    // Without what is kept for the next command: locks, records and what is known of contexts of builds.
                    let kept = try Regex("locks/.*|.*\\.db.*|cache/.*|builds|builds/(?!work/).*|builds/work/locks")
                    return Set(found.filter { $0.wholeMatch(of: kept) == nil })
                }
                let binary = try #require(Fixture.binary)
                for words in [
                    ["build", "-t", "x", "."], ["snapshot", "save", "one", "--stop"],
                    ["commit", "web", "\(fixture.id):2"],
                    ["image", "load", "-i", "site/image.tar"],
                ] {
                    let before = try files()
                    fill(user, but: 900_000)
                    let output = try user.command(in: directory, binary, words).run()
                    expect(output, endsWith: 1)
                    #expect(errors(output).count == 1, "\(output)")
                    #expect(
                        output.standardError.contains(words[0] == "build" ? "disk is full" : " is full"), "\(output)")
                    let left = try files().subtracting(before)
                    #expect(left == [], "\(words): \(left.sorted())")
                    try FileManager.default.removeItem(atPath: "\(user.home)/fill")
                    expect(try user.command(in: directory, binary, words).run(), endsWith: 0)
                }
            }
        }

        @Test func aHomeThatBecomesFullLosesNothing() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                try mountHome(of: user, "tmpfs", "size=64m,mode=0700")
                let directory = try user.project("shop", Self.envfile(fixture))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "web", "--", "sh", "-c", "echo kept >/data/kept")
                fill(user)
                for command in [["status"], ["plan"], ["ls"], ["exec", "web", "--", "true"]] {
                    let binary = try #require(Fixture.binary)
                    expect(try user.command(in: directory, binary, command).run(), endsWith: 0)
                }
                expect(try user.trice(in: directory, "logs"), endsWith: 0, saying: "hello")
                expect(try user.trice(in: directory, "down"), endsWith: 0)
                #expect(try eventually { try user.processes().isEmpty })
                try FileManager.default.removeItem(atPath: "\(user.home)/fill")
                try user.expectSuccess(in: directory, "up")
                #expect(try user.expectSuccess(in: directory, "exec", "web", "--", "cat", "/data/kept") == "kept\n")
            }
        }

        /// Overlays of a user keep what they need to know in attributes `user.*`, which such a file system has none of.
        @Test func aHomeWithoutAttributesIsNamedWithTheWayOut() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                try mountHome(of: user, "ramfs", "mode=0700")
                let directory = try user.project("shop", Self.envfile(fixture))
                let up = try user.trice(in: directory, "up")
                expect(up, endsWith: 1, saying: "extended attributes", "XDG_DATA_HOME")
                // Another place for the state does.
                let data = "\(fixture.directory)/data"
                try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
                #expect(chown(data, user.id, user.id) == 0 && chmod(data, 0o700) == 0)
                let binary = try #require(Fixture.binary)
                for command in ["up", "down"] {
                    let output = try user.command(in: directory, "env", ["XDG_DATA_HOME=\(data)", binary, command])
                        .run()
                    expect(output, endsWith: 0)
                }
            }
        }

        @Test(arguments: ["", "/nowhere/at/all", "a file"])
        func withoutARunDirectoryTheStateHasOne(_ runDirectory: String) async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                let binary = try #require(Fixture.binary)
                func trice(_ words: String...) throws -> Command.Output {
                    let place = runDirectory == "a file" ? "\(directory)/Envfile" : runDirectory
                    let change = runDirectory.isEmpty ? ["-u", "XDG_RUNTIME_DIR"] : ["XDG_RUNTIME_DIR=\(place)"]
                    return try user.command(in: directory, "env", change + [binary] + words).run()
                }
                expect(try trice("up"), endsWith: 0)
                #expect(try trice("exec", "web", "--", "id", "-u").standardOutput == "0\n")
                var info = stat()
                #expect(stat("\(user.home)/.local/share/trice/run", &info) == 0)
                #expect(info.st_mode & 0o7777 == 0o700)
                expect(try trice("down", "--volumes"), endsWith: 0)
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        @Test(arguments: ["newuidmap", "newgidmap"]) func aMissingProgramIsNamedWithItsPackage(_ name: String)
            async throws
        {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                let script = """
                    mkdir ../programs; ln -s /usr/bin/* /usr/sbin/* ../programs 2>/dev/null; rm ../programs/\(name)
                    PATH=$PWD/../programs exec "$0" up
                    """
                let binary = try #require(Fixture.binary)
                let up = try user.command(in: directory, "sh", ["-c", script, binary]).run()
                expect(up, endsWith: 1, saying: "`\(name)` is missing", "apt install uidmap")
                #expect(errors(up).count == 1, "\(up)")
                #expect(try user.processes().isEmpty)
            }
        }

        @Test func aClosedTunnelDeviceIsNoObstacle() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                try #require(chmod("\(fixture.directory)/etc-\(user.name)/tun", 0o600) == 0)
                let directory = try user.project("shop", Self.envfile(fixture))
                expect(try user.trice(in: directory, "up"), endsWith: 0, saying: "nothing beyond this host")
                #expect(try user.trice(in: directory, "doctor").standardOutput.contains("chmod 666 /dev/net/tun"))
                try user.expectSuccess(in: directory, "exec", "web", "--", "true")
            }
        }

        /// What the XDG Base Directory Specification says of relative ones: they count as not set.
        @Test func relativeBaseDirectoriesAreIgnored() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                let binary = try #require(Fixture.binary)
                let variables = ["XDG_RUNTIME_DIR=run", "XDG_DATA_HOME=data", "XDG_CONFIG_HOME=./config"]
                func trice(_ words: String..., with more: [String] = []) throws -> Command.Output {
                    try user.command(in: directory, "env", variables + more + [binary] + words).run()
                }
                expect(try trice("up"), endsWith: 0)
                #expect(try trice("exec", "web", "--", "id", "-u").standardOutput == "0\n")
                #expect(FileManager.default.fileExists(atPath: "\(user.home)/.local/share/trice/trice.db"))
                expect(try trice("down", "--volumes"), endsWith: 0)
                // Trice's own variables are not ignored.
                for variable in ["TRICE_STATE_DIRECTORY", "TRICE_RUN_DIRECTORY"] {
                    let up = try trice("up", with: ["\(variable)=here"])
                    expect(up, endsWith: 1, saying: "`here` cannot be used", "not absolute", variable)
                }
                let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
                #expect(files == ["Envfile", "site"])
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        /// The agent is told nothing then of who works inside, and ends nothing.
        @Test func anAgentWithoutDescriptorsEndsNothing() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "web", "--", "touch", "/tmp/kept")
                let agent = try #require(user.processes().first { $0.value.contains(" hold-namespaces ") }?.key)
                func limit(_ count: Int) throws {
                    let output = try user.command(in: "/", "prlimit", ["--pid", "\(agent)", "--nofile=\(count):"]).run()
                    try #require(output.succeeded, "\(output)")
                }
                // It holds the lock for which the agent waits.
                for process in try user.processes() where process.value.contains(" supervise ") {
                    kill(process.key, SIGKILL)
                }
                try limit(3)
                // It looks once a second.
                try await Task.sleep(for: .seconds(3))
                try limit(1024)
                try user.expectSuccess(in: directory, "exec", "web", "--", "ls", "/tmp/kept")
                try user.expectSuccess(in: directory, "down", "--volumes")
                #expect(try eventually { try user.processes().isEmpty })
            }
        }

        /// An agent whose namespaces were killed leaves those alone that came after them.
        @Test func anAgentOfDeadNamespacesLeavesTheNextOnesAlone() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                try user.expectSuccess(in: directory, "image", "ls")
                try user.expectSuccess(in: directory, "up")
                func find(_ word: String) throws -> [Int32] {
                    try user.processes().filter { $0.value.contains(word) }.map(\.key).sorted()
                }
                let old = try #require(try find(" hold-namespaces ").first)
                // The services are lost with it for every command, and a new start has namespaces of its own.
                for pid in try find("trice-init -w") { kill(pid, SIGKILL) }
                for pid in try find(" supervise ") { kill(pid, SIGKILL) }
                _ = try user.trice(in: directory, "up")
                #expect(try eventually(within: .seconds(10)) { try !find(" hold-namespaces ").contains(old) })
                #expect(try find(" hold-namespaces ").count == 1 && find("trice-init -w").count == 1)
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "web", "--", "true")
            }
        }

        /// Without namespaces files cannot get their owners, so that no layer is kept.
        @Test func withoutNamespacesNoLayerIsKept() async throws {
            try await withFixture { fixture in
                let owner = try LoneUser(fixture)
                let made = try owner.project("shop", Self.envfile(fixture))
                let text = "FROM bootstrap:busybox\nRUN echo 33 >/by-33 && chown 33:33 /by-33\n"
                try Data(text.utf8).write(to: URL(filePath: "\(made)/Dockerfile"))
                try owner.expectSuccess(in: made, "build", "-t", fixture.id, ".")
                try owner.expectSuccess(in: made, "image", "save", "-o", "site/image.tar", fixture.id)

                let user = try LoneUser(fixture, hasRange: false)
                let directory = try user.project("shop", Self.envfile(fixture))
                for file in ["Dockerfile", "site/image.tar"] {
                    try FileManager.default.copyItem(atPath: "\(made)/\(file)", toPath: "\(directory)/\(file)")
                    #expect(chown("\(directory)/\(file)", user.id, user.id) == 0)
                }
                for words in [["image", "load", "-i", "site/image.tar"], ["build", "-t", "x", "."]] {
                    let binary = try #require(Fixture.binary)
                    let output = try user.command(in: directory, binary, words).run()
                    expect(output, endsWith: 1, saying: "/etc/subuid", "usermod --add-subuids")
                }
                let layers = "\(user.home)/.local/share/trice/layers"
                let kept = (try? FileManager.default.contentsOfDirectory(atPath: layers)) ?? []
                #expect(kept.filter { $0 != "ingest" } == [])
            }
        }

        /// The namespaces of a user have routes of their own: a bridge upon one of the host's would hide what it leads to.
        @Test func aSubnetThatTheHostReachesIsAvoided() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project("shop", Self.envfile(fixture))
                let binary = try #require(Fixture.binary)
                func onRoutedHost(_ script: String) throws -> Command.Output {
                    let command = user.command(in: directory, "sh", ["-c", script, binary])
                    let routes =
                        "ip link set lo up; ip route add 10.201.0.0/16 dev lo; ip route add 10.202.0.0/24 dev lo"
                    return try Command(
                        "unshare",
                        ["--net", "sh", "-c", "\(routes); exec \"$@\"", "sh", command.executable]
                            + command.arguments, environment: command.environment
                    ).run()
                }
                let seen = try onRoutedHost("$0 up && $0 exec web -- ip route; $0 down --volumes")
                expect(seen, endsWith: 0)
                #expect(seen.standardOutput.contains("default via 10.202.1.1 "), "\(seen)")
                // A subnet that is named is taken although the host has it.
                let text = Self.envfile(fixture) + "networks: {default: {ipam: {config: [{subnet: 10.201.7.0/24}]}}}\n"
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/Envfile"))
                let named = try onRoutedHost("$0 up && $0 exec web -- ip route; $0 down --volumes")
                #expect(named.standardOutput.contains("default via 10.201.7.1 "), "\(named)")
            }
        }

        /// A project of another user may be brought up, and nothing in it changes.
        @Test func aProjectOfAnotherUserIsReadOnly() async throws {
            try await withFixture { fixture in
                let owner = try LoneUser(fixture)
                let user = try LoneUser(fixture)
                let directory = try owner.project("shop", Self.envfile(fixture))
                let binary = try #require(Fixture.binary)
                // Closed, as a home is.
                let closed = try user.command(in: "/", binary, ["-f", "\(directory)/Envfile", "up"]).run()
                expect(closed, endsWith: 1, saying: "\(directory)/Envfile", "permission denied")
                #expect(chmod(owner.home, 0o755) == 0)
                try Data("theirs\n".utf8).write(to: URL(filePath: "\(directory)/site/theirs"))
                #expect(chown("\(directory)/site/theirs", owner.id, owner.id) == 0)
                fixture.onCleanUp { _ = try user.trice(in: directory, "down", "--volumes") }
                expect(try user.trice(in: directory, "up"), endsWith: 0)
                let tried = try user.trice(
                    in: directory, "exec", "web", "--", "sh", "-c",
                    "cat /site/theirs; for word in 'touch /site/new' 'rm /site/theirs' 'chown 0:0 /site/theirs' 'chmod 777 /site'; do "
                        + "$word 2>/dev/null && echo \"$word\"; done; true")
                #expect(tried.standardOutput == "theirs\n", "\(tried)")
                // The owner's environment of the same directory is another one.
                try owner.expectSuccess(in: directory, "up")
                try owner.expectSuccess(in: directory, "exec", "web", "--", "touch", "/site/own")
                #expect(
                    try user.trice(in: directory, "exec", "web", "--", "ls", "/site").standardOutput == "own\ntheirs\n")
                try user.expectSuccess(in: directory, "down", "--volumes")
                #expect(try owner.expectSuccess(in: directory, "ls").contains(fixture.id))
            }
        }

        /// A set-uid program of a container's root is a program of the caller's on the host, or of a subordinate ID: no other user
        /// reaches it in a volume, not even where the home is open.
        @Test(arguments: ["0", "1000"]) func aSetUIDProgramOfAVolumeGivesNothing(_ name: String) async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let other = try LoneUser(fixture)
                let directory = try user.project(
                    "shop", Self.envfile(fixture).replacing("command:", with: "user: \"\(name)\"\n    command:"))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(
                    in: directory, "exec", "-u", "0", "web", "--", "sh", "-c",
                    "cp /bin/busybox /data/tool && chmod 4755 /data/tool && chmod 755 /data")
                let found = try Command("find", [user.home, "-name", "tool", "-perm", "-4000"]).run().standardOutput
                let path = try #require(found.split(separator: "\n").first.map(String.init))
                for place in [user.home, "\(user.home)/.local", "\(user.home)/.local/share"] {
                    #expect(chmod(place, 0o755) == 0)
                }
                let tried = try other.command(in: "/", path, ["id", "-u"]).run()
                #expect(!tried.succeeded, "\(tried)")
                for place in [user.home, "\(user.home)/.local", "\(user.home)/.local/share"] {
                    #expect(chmod(place, 0o700) == 0)
                }
            }
        }
    }
}
