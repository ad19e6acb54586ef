import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// File systems that are full to the last byte: what reads works, and what frees space does.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct FullDiskTests {
        /// Mounts a small file system in memory for each directory.
        private func mountSmall(_ directories: [String]) throws {
            for directory in directories {
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try #require(mount("none", directory, "tmpfs", 0, "size=64m,mode=0700") == 0)
            }
        }

        private func fill(_ directory: String) {
            let file = open("\(directory)/fill", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            let block = [UInt8](repeating: 1, count: 1 << 16)
            while write(file, block, block.count) > 0 {}
            close(file)
        }

        @Test(arguments: [["state"], ["run"], ["state", "run"]]) func whatFreesSpaceWorks(_ full: [String]) async throws
        {
            try await withFixture { fixture in
                let directories = full.map { "\(fixture.directory)/\($0)" }
                try mountSmall(directories)
                fixture.onCleanUp { for directory in directories { umount2(directory, Int32(MNT_DETACH)) } }
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'echo hello; exec sleep 1000'
                        stop_grace_period: 0s
                        ports: ["\(Fixture.freePort()):80"]
                        volumes: ["data:/data"]
                    volumes: { data: {} }
                    """)
                try project.expectSuccess("up")
                try project.expectSuccess("image", "tag", "bootstrap:busybox", "\(fixture.id):1")
                directories.forEach(fill)
                #expect(try project.status().running == ["web"])
                expect(try project.trice("logs"), endsWith: 0, saying: "hello")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                expect(try project.trice("ls"), endsWith: 0, saying: fixture.id)
                expect(try project.trice("image", "ls"), endsWith: 0, saying: "busybox")
                expect(try project.trice("exec", "web", "true"), endsWith: 0)
                expect(try project.trice("image", "rm", "\(fixture.id):1"), endsWith: 0)
                expect(try project.trice("image", "prune"), endsWith: 0)
                // Also when the next supervisor must take the containers over.
                try project.killSupervisor()
                #expect(try project.status().running == ["web"])
                expect(try project.trice("down", "--volumes"), endsWith: 0)
                #expect(try project.status().services.isEmpty)
            }
        }

        /// Without the space that is kept for it, a command that needs some names what could be removed.
        @Test func whatFillsTheDiskIsNamed() async throws {
            try await withFixture { fixture in
                let run = "\(fixture.directory)/run"
                try mountSmall([run])
                fixture.onCleanUp { umount2(run, Int32(MNT_DETACH)) }
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices: {web: {image: \"bootstrap:busybox\", command: sleep 1000}}\n")
                try project.expectSuccess("up")
                let reserve = "\(run)/run.db.reserve"
                for _ in 1...3 where access(reserve, F_OK) == 0 {
                    try #require(unlink(reserve) == 0)
                    fill(run)
                }
                // The index of the log is made anew by whoever opens the database first.
                expect(try project.trice("down"), endsWith: 1, saying: "`\(run)/fill` (")
                try #require(unlink("\(run)/fill") == 0)
                expect(try project.trice("down"), endsWith: 0)
                #expect(try project.status().services.isEmpty)
            }
        }
    }
}
