import Foundation
import TestSupport
import Testing

extension OnHost {
    /// 25 000 directories in one another, as a container can make them: no command ends by a signal or without
    /// descriptors, and `down` removes them.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct DeepTreeTests {
        /// Makes the directories below the working directory, where it has a shell with a `cd` that takes no whole path.
        private func program(in place: String) -> [String] {
            [
                "python3", "-c",
                """
                import os
                os.chdir("\(place)")
                for _ in range(25000):
                    os.mkdir("d"); os.chdir("d")
                """,
            ]
        }

        private func makeDeep(_ place: String) throws {
            let words = program(in: place)
            expect(try UserRun.inside(words[0], Array(words.dropFirst())).run(timeout: .seconds(60)), endsWith: 0)
        }

        @Test func everyCommandEndsWell() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes: ["data:/data", "/anon"]
                    volumes: { data: {} }
                    """)
                try project.expectSuccess("up")
                // Through the root of the container's first process: busybox has no program that makes them quickly.
                let pid = try #require(try project.status().service("web").pid)
                for place in ["", "data", "anon"] { try makeDeep("/proc/\(pid)/root/\(place)") }
                for command in [["commit", "web", "\(fixture.id):deep"], ["diff", "web"]] {
                    let output = try project.command(command).run()
                    expect(output, endsWith: 1, saying: "512")
                    #expect(output.standardError.utf8.count < 2000, "\(output.description)")
                }
                // The volume keeps them, a changed service begins without them.
                try project.expectSuccess("up", "--force-recreate")
                try project.expectSuccess("down", "--volumes")
            }
        }

        @Test func buildsRefuseThem() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "deep")
                try project.write("context/Dockerfile", "FROM bootstrap:busybox\nCOPY . /all\n")
                try project.write("context/file", "text\n")
                try makeDeep("\(project.directory)/context")
                let copy = try project.trice("build", "-t", "\(fixture.id):1", "context")
                expect(copy, endsWith: 1, saying: "512", ".dockerignore")
                #expect(copy.standardError.utf8.count < 4000, "\(copy.description)")
                try project.write("context/.dockerignore", "d\n")
                try project.expectSuccess("build", "-t", "\(fixture.id):1", "context")
            }
        }
    }
}
