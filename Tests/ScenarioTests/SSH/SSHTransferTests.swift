import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Files go in and out by `scp`, `sftp`, `rsync` and `git`, whether or not the image has them.
    @Suite(.timeLimit(.minutes(5)), .openSSH) struct SSHTransferTests {
        @Test(arguments: SSHImage.allCases) func filesGoInAndOut(image: SSHImage) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                try scene.project.write("tree/a.txt", "first\n")
                try scene.project.write("tree/deep/b.txt", String(repeating: "0123456789", count: 300_000))
                let place = scene.project.directory
                // scp: by sftp, and by itself as older clients do.
                try scene.expect("scp", "-rq", "tree", "web:/tmp/scp")
                try scene.expect("scp", "-rq", "web:/tmp/scp", "back")
                try expectSame("\(place)/tree", "\(place)/back")
                try scene.expect("scp", "-O", "-rq", "tree", "web:/tmp/old")
                try scene.expect("scp", "-O", "-rq", "web:/tmp/old", "old")
                try expectSame("\(place)/tree", "\(place)/old")
                // sftp.
                try scene.project.write("batch", "put -r tree /tmp/sftp\nget -r /tmp/sftp got\nls /tmp/sftp\n")
                let listed = try scene.expect("sftp", "-b", "batch", "web")
                #expect(listed.contains("/tmp/sftp/a.txt"), "\(listed)")
                try expectSame("\(place)/tree", "\(place)/got")
                // rsync, with a second run that has nothing to send.
                expect(try scene.rsync("-a", "tree/", "web:/tmp/rsync/"), endsWith: 0)
                expect(try scene.rsync("-a", "web:/tmp/rsync/", "synced/"), endsWith: 0)
                try expectSame("\(place)/tree", "\(place)/synced")
                let second = try scene.rsync("-ai", "tree/", "web:/tmp/rsync/")
                #expect(second.succeeded && second.standardOutput.isEmpty, "\(second.description)")
            }
        }

        @Test(arguments: SSHImage.allCases) func aRepositoryInsideIsCloned(image: SSHImage) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                var environment = fixture.environment
                environment["GIT_SSH_COMMAND"] = "ssh -F \(scene.settings)"
                for name in ["AUTHOR", "COMMITTER"] {
                    environment["GIT_\(name)_NAME"] = "A"
                    environment["GIT_\(name)_EMAIL"] = "a@example.org"
                }
                func git(_ arguments: String...) throws {
                    try UserRun.give(fixture.directory)
                    let output = try UserRun.command(
                        Command("git", arguments, environment: environment, directory: scene.project.directory)
                    ).run()
                    guard output.succeeded else { throw TestError(output.description) }
                }
                try git("init", "-q", "-b", "main", "source")
                try scene.project.write("source/file", "content\n")
                try git("-C", "source", "add", "file")
                try git("-C", "source", "commit", "-qm", "One")
                try git("clone", "-q", "--bare", "source", "bare")
                expect(try scene.rsync("-a", "--chown=0:0", "bare/", "web:/tmp/bare/"), endsWith: 0)
                try git("clone", "-q", "ssh://web/tmp/bare", "cloned")
                #expect(try scene.project.read("cloned/file") == "content\n")
                try scene.project.write("cloned/file", "changed\n")
                try git("-C", "cloned", "commit", "-qam", "Two")
                try git("-C", "cloned", "push", "-q", "origin", "main")
                try git("clone", "-q", "web:/tmp/bare", "again")
                #expect(try scene.project.read("again/file") == "changed\n")
            }
        }

        /// The host's programs cannot be changed from inside, and do not go before the image's own.
        @Test func theHostsProgramsAreOnlyLent() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture)
                try scene.project.write("file", "x")
                try scene.expect("scp", "-q", "file", "web:/tmp/file")
                let output = try scene.ssh("web", "touch /dev/trice-tools/bin/x; command -v rsync || echo none")
                #expect(output.standardError.contains("Read-only"), "\(output.description)")
                #expect(output.standardOutput == "/dev/trice-tools/bin/rsync\n", "\(output.description)")
                #expect(
                    try scene.expect("ssh", "web", "command -v git-x || echo $PATH").contains("/dev/trice-tools/bin"))
                let debian = try SSHScene(try Fixture(), .debian)
                defer { try? debian.fixture.cleanUp() }
                #expect(try debian.expect("ssh", "web", "command -v rsync") == "/usr/bin/rsync\n")
            }
        }
    }
}

/// Makes sure that two trees have the same files.
func expectSame(_ first: String, _ second: String) throws {
    let output = try Command("diff", ["-r", first, second]).run()
    #expect(output.succeeded, "\(output.description)")
}
