import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Snapshots: what an environment was comes back, whatever happens meanwhile.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct SnapshotTests {
        /// A copy needs the services to stand still for a moment; a service that its user has paused stays paused.
        @Test(.needsRoot(.freezing), arguments: [["snapshot", "save", "base"], ["commit", "web", "team/still:1"]])
        func whatIsPausedStaysPaused(copy: [String]) async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                try project.expectSuccess("pause", "web")
                let output = try project.command(copy).run()
                #expect(output.succeeded, "\(output)")
                #expect(try project.status().service("web").state == "paused")
                try project.expectSuccess("unpause", "web")
                #expect(try project.expectSuccess("exec", "web", "echo", "on") == "on\n")
            }
        }

        /// A service that writes the same number into two volumes, one after the other, and refuses to start where they
        /// differ by more than one: so only volumes of one moment let it start.
        static func writer(_ fixture: Fixture) -> String {
            """
            name: \(fixture.id)
            services:
              db:
                image: bootstrap:busybox
                stop_grace_period: 0s
                command:
                  - sh
                  - -c
                  - |
                    i=$$(cat /a/n 2>/dev/null || echo 0); j=$$(cat /b/n 2>/dev/null || echo 0)
                    d=$$((i - j)); [ $$d = 0 ] || [ $$d = 1 ] || { echo "torn: $$i $$j"; exit 3; }
                    touch /ready
                    while true; do
                      i=$$((i + 1)); echo $$i >/a/t; mv /a/t /a/n; echo $$i >/b/t; mv /b/t /b/n
                    done
                wait: { exec: ["test", "-e", "/ready"], timeout: 20s }
                volumes: ["a:/a", "b:/b"]
            volumes: { a: {}, b: {} }

            """
        }

        static let simple = """
            services:
              web:
                image: bootstrap:busybox
                command: sleep 100000
                stop_grace_period: 0s
                volumes: ["data:/data", "/anonymous"]
            volumes: { data: {} }

            """

        private func set(_ text: String, _ project: Project) throws {
            try project.expectSuccess(
                "exec", "web", "sh", "-c", "for f in /own /data/file /anonymous/file; do echo \(text) >$f; done")
        }

        private func expectContent(_ text: String, _ project: Project, _ location: SourceLocation = #_sourceLocation)
            throws
        {
            let shown = try project.expectSuccess("exec", "web", "cat", "/own", "/data/file", "/anonymous/file")
            #expect(shown == "\(text)\n\(text)\n\(text)\n", sourceLocation: location)
        }

        @Test func whatServicesWroteComesBack() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("exec", "web", "sh", "-c", "chown 70:71 /data/file && chmod 640 /data/file")
                #expect(try project.expectSuccess("snapshot", "save", "base", "-m", "before the change") == "base\n")
                #expect(try project.status().running == ["web"])
                try set("two", project)
                try project.expectSuccess("exec", "web", "touch", "/data/more")
                expect(
                    try project.trice("snapshot", "diff"), endsWith: 0, saying: "M /own",
                    "M /data/file".dropPrefix("/data"),
                    "A /more")
                expect(try project.trice("snapshot", "diff", "base", "--stat"), endsWith: 0, saying: "more")
                expect(
                    try project.trice("snapshot", "list"), endsWith: 0, saying: "base", "web-1", "data",
                    "before the change")
                // Twice: a restore does not use the snapshot up.
                for text in ["two", "three"] {
                    try set(text, project)
                    expect(try project.trice("snapshot", "restore", "base"), endsWith: 0, saying: "returned to base")
                    #expect(try project.status().running == ["web"])
                    try expectContent("one", project)
                    expect(try project.trice("exec", "web", "test", "-e", "/data/more"), endsWith: 1)
                    #expect(
                        try project.expectSuccess("exec", "web", "stat", "-c", "%u %g %a", "/data/file")
                            == "70 71 640\n")
                    expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                }
                // What lies upon a snapshot can be saved again, taken down and brought up.
                try set("four", project)
                try project.expectSuccess("snapshot", "save", "later")
                expect(
                    try project.trice("snapshot", "diff", "base", "later"), endsWith: 0, saying: "container web-1",
                    "volume data")
                try project.expectSuccess("down")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "cat", "/data/file") == "four\n")
                try project.expectSuccess("snapshot", "restore", "later")
                try expectContent("four", project)
                try project.expectSuccess("snapshot", "delete", "base", "later")
                expect(try project.trice("snapshot", "list"), endsWith: 0, saying: "There are no snapshots.")
                // The volumes still lie upon layers of what was removed.
                try project.expectSuccess("image", "prune", "--force")
                try project.expectSuccess("restart", "web")
                try expectContent("four", project)
                try project.expectSuccess("down", "--volumes")
            }
        }

        /// Nothing that was made for snapshots is left.
        @Test func removedSnapshotsLeaveNoLayer() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                let before = try Self.layers(fixture)
                try set("one", project)
                try project.expectSuccess("snapshot", "save", "base")
                #expect(try Self.layers(fixture).count > before.count)
                try project.expectSuccess("snapshot", "restore", "base")
                try project.expectSuccess("snapshot", "delete", "base")
                try project.expectSuccess("down", "--volumes")
                try project.expectSuccess("image", "prune", "--force")
                #expect(try Self.layers(fixture).allSatisfy { !$0.hasPrefix("local-") || before.contains($0) })
                let names = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.stateDirectory)/snapshots")
                #expect(
                    try names.allSatisfy { try Self.names(in: "\(fixture.stateDirectory)/snapshots/\($0)").isEmpty })
                #expect(try Self.mounts(fixture).isEmpty)
            }
        }

        static func layers(_ fixture: Fixture) throws -> Set<String> {
            Set(try names(in: "\(fixture.stateDirectory)/layers").filter { $0 != "ingest" && $0 != "unsynced" })
        }

        static func names(in directory: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory)
        }

        static func mounts(_ fixture: Fixture) throws -> [Substring] {
            try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
                .filter { $0.contains(fixture.directory + "/") }
        }

        @Test func whatDoesNotRunNeedsNoCopy() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("exec", "web", "sh", "-c", "yes | head -c 50000000 >/data/large")
                try project.expectSuccess("stop")
                let large = try Self.find("large", fixture)
                try #require(large.count == 1)
                let inode = try FileManager.default.attributesOfItem(atPath: large[0])[.systemFileNumber] as? Int
                try project.expectSuccess("snapshot", "save", "base")
                let now = try Self.find("large", fixture)
                #expect(now.count == 1 && now != large)
                #expect(try FileManager.default.attributesOfItem(atPath: now[0])[.systemFileNumber] as? Int == inode)
                // The container that was stopped finds its volume where it was.
                try project.expectSuccess("start")
                try expectContent("one", project)
                try set("two", project)
                try project.expectSuccess("down")
                #expect(try Self.mounts(fixture).isEmpty)
                // A volume that is not mounted is complete for those that read it.
                let archive = "\(fixture.directory)/data.tar"
                try project.expectSuccess("volume", "export", "data", "--output", archive)
                #expect(try Command("tar", ["-tf", archive]).run().standardOutput.contains("./large"))
                #expect(try Self.mounts(fixture).isEmpty)
                // Nothing ran when it was saved, and nothing runs now.
                expect(try project.trice("snapshot", "restore", "base"), endsWith: 0, saying: "No service ran then")
                #expect(try project.status().services.isEmpty)
                try project.expectSuccess("up")
                try expectContent("one", project)
            }
        }

        private static func find(_ name: String, _ fixture: Fixture) throws -> [String] {
            let state = try FileManager.default.destinationOrSelf(fixture.stateDirectory)
            let output = try Command("find", ["-L", state, "-xdev", "-name", name]).run()
            return output.standardOutput.split(separator: "\n").map(String.init)
        }

        @Test func stoppedServicesStartAgainAfterTheSave() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("snapshot", "save", "base", "--stop")
                #expect(try project.status().running == ["web"])
                try expectContent("one", project)
                try set("two", project)
                try project.expectSuccess("snapshot", "restore", "base")
                try expectContent("one", project)
                // The snapshot knows that the service ran.
                for command in ["stop", "down"] {
                    try project.expectSuccess(command)
                    try project.expectSuccess("snapshot", "restore", "base")
                    #expect(try project.status().running == ["web"], "after \(command)")
                    try expectContent("one", project)
                }
                // One that was stopped before stays so.
                try project.expectSuccess("stop")
                try project.expectSuccess("snapshot", "save", "still", "--stop")
                try project.expectSuccess("snapshot", "restore", "still")
                #expect(try project.status().running == [])
            }
        }

        @Test func pushedSnapshotsArePopped() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("name: \(fixture.id)\n" + Self.simple)
                try project.expectSuccess("up")
                expect(try project.trice("snapshot", "pop"), endsWith: 1, saying: "nothing to pop")
                for text in ["one", "two"] {
                    try set(text, project)
                    try project.expectSuccess("snapshot", "push")
                }
                try set("three", project)
                for text in ["two", "one"] {
                    try project.expectSuccess("snapshot", "pop")
                    try expectContent(text, project)
                }
                expect(try project.trice("snapshot", "pop"), endsWith: 1, saying: "nothing to pop")
            }
        }

        /// What was saved while a program wrote is of one moment, also when everything is killed afterwards.
        @Test func whatIsWrittenMeanwhileIsOfOneMoment() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(Self.writer(fixture))
                try project.expectSuccess("up")
                for number in 1...3 {
                    try project.expectSuccess("snapshot", "save", "s\(number)")
                    #expect(try project.status().running == ["db"])
                }
                let inside = try #require(try project.status().services.first?.pid)
                try project.killSupervisor()
                kill(inside, SIGKILL)
                for number in 1...3 {
                    try project.expectSuccess("snapshot", "restore", "s\(number)")
                    #expect(try project.status().running == ["db"])
                    #expect(try !project.expectSuccess("logs", "db").contains("torn"))
                }
            }
        }

        /// The image of the snapshot comes back, too.
        @Test func aServiceWithAnotherImageComesBackAsItWas() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    "name: \(fixture.id)\n"
                        + Self.simple.replacing("image: bootstrap:busybox", with: "build: ."))
                try project.write("Dockerfile", "FROM bootstrap:busybox\nCOPY version /version\n")
                try project.write("version", "old\n")
                try project.expectSuccess("up")
                try set("one", project)
                try project.expectSuccess("snapshot", "save", "base")
                try project.write("version", "new\n")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "cat", "/version") == "new\n")
                try project.expectSuccess("image", "prune", "--force", "--all")
                try set("two", project)
                expect(
                    try project.trice("snapshot", "restore", "base"), endsWith: 0,
                    saying: "`web` comes up with the image that it had")
                #expect(try project.expectSuccess("exec", "web", "cat", "/version") == "old\n")
                try expectContent("one", project)
            }
        }
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        replacingOccurrences(of: text, with: other)
    }

    fileprivate func dropPrefix(_ prefix: String) -> String { replacingOccurrences(of: prefix, with: "") }
}

extension FileManager {
    /// The directory itself, or what a link at this path leads to.
    fileprivate func destinationOrSelf(_ path: String) throws -> String {
        (try? destinationOfSymbolicLink(atPath: path)) ?? path
    }
}
