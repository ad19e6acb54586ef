import Foundation
import TestSupport
import Testing

extension OnHost {
    /// When `up` builds, and what it does with what has been built.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ComposeBuildUpTests {
        /// Two services with a Dockerfile and a file each, and one without a build.
        private func project(
            _ fixture: Fixture, _ file: ProjectFile = .envfile, options: String = ""
        ) throws -> Project {
            let project = try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    build: ./web
                    \(ComposeBuildTests.sleeps)
                    depends_on: {job: {condition: service_completed_successfully}}
                \(options)
                  job:
                    build: ./job
                    command: "true"
                  other:
                    image: bootstrap:busybox
                    \(ComposeBuildTests.sleeps)
                """, file: file.rawValue)
            for service in ["web", "job"] {
                try project.write(
                    "\(service)/Dockerfile", "FROM bootstrap:busybox\nRUN echo made >/made\nCOPY text /\n")
                try project.write("\(service)/text", "one\n")
            }
            return project
        }

        private func text(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "web", "--", "cat", "/text")
        }

        private func images(_ project: Project) throws -> [String] {
            let rows = try JSONValue(text: project.expectSuccess("image", "ls", "--json").utf8).array ?? []
            return rows.compactMap { $0.object?["name"]?.string }.filter { $0.hasPrefix(project.name) }.sorted()
        }

        /// Attributes: `build`
        @Test func whatChangedIsBuiltAndOnlyThatIsRecreated() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let name = project.name
                let first = try project.trice("plan")
                expect(first, endsWith: 2, saying: "+ image \(name)-web", "service web: `up` will build its image")
                #expect(try images(project) == [], "a plan builds nothing")
                try project.expectSuccess("up")
                #expect(try images(project) == ["\(name)-job:latest", "\(name)-web:latest"])
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                let before = try project.status()
                let same = try project.trice("up", "--progress", "plain")
                #expect(!(same.standardOutput + same.standardError).contains("done in"), "\(same.description)")

                try project.write("web/text", "two\n")
                let due = try project.trice("plan")
                expect(
                    due, endsWith: 2, saying: "+ image \(name)-web", "COPY text /: text changed", "~ container web-1",
                    "image \(name)-web is built anew")
                #expect(!due.standardOutput.contains("other-1") && !due.standardOutput.contains("\(name)-job"))
                #expect(try text(project) == "one\n")
                let up = try project.trice("up", "--progress", "plain")
                expect(up, endsWith: 0, saying: "COPY text /: text changed")
                #expect(!(up.standardOutput + up.standardError).contains("RUN echo"), "\(up.description)")
                #expect(try text(project) == "two\n")
                let after = try project.status()
                #expect(try after.service("other").pid == before.service("other").pid)
                #expect(try after.service("web").pid != before.service("web").pid)
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")

                // What it was before is in the cache, and the times of files say nothing.
                try project.write("web/text", "one\n")
                let back = try project.trice("up", "--progress", "plain")
                expect(back, endsWith: 0, saying: "container web-1: create")
                #expect(!(back.standardOutput + back.standardError).contains("COPY text"), "\(back.description)")
                #expect(try text(project) == "one\n")
            }
        }

        @Test func composeBuildsWhatIsMissing() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, .compose)
                try project.expectSuccess("up")
                let before = try project.status()
                try project.write("web/text", "two\n")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                try project.expectSuccess("up")
                #expect(try project.status().service("web").pid == before.service("web").pid)
                #expect(try text(project) == "one\n")
                try project.expectSuccess("up", "--build")
                #expect(try text(project) == "two\n")
                #expect(try project.status().service("other").pid == before.service("other").pid)

                // `build` alone changes no container; the next `up` does.
                try project.write("web/text", "three\n")
                try project.expectSuccess("build", "web")
                #expect(try text(project) == "two\n")
                try project.expectSuccess("up")
                #expect(try text(project) == "three\n")

                let policy = "    pull_policy: build"
                let content = try project.read("compose.yaml")
                try project.write(
                    "compose.yaml", content.replacing("    build: ./web", with: "    build: ./web\n\(policy)"))
                try project.write("web/text", "four\n")
                expect(try project.trice("plan"), endsWith: 2, saying: "text changed")
                try project.expectSuccess("up")
                #expect(try text(project) == "four\n")
            }
        }

        @Test(arguments: ProjectFile.allCases) func noBuildRefusesWhatIsMissing(_ file: ProjectFile) async throws {
            try await withFixture { fixture in
                let project = try project(fixture, file)
                expectOneError(
                    try project.trice("up", "--no-build"), saying: "job, web", "--no-build", "trice build job web")
                #expect(try project.status().services.isEmpty)
                expect(try project.trice("up", "--no-build", "other"), endsWith: 0)
                try project.expectSuccess("build")
                try project.expectSuccess("up", "--no-build")
                try project.write("web/text", "two\n")
                try project.expectSuccess("up", "--no-build")
                #expect(try text(project) == "one\n")
                expect(try project.trice("up", "--build", "--no-build"), endsWith: 64)
            }
        }

        @Test func onlyWhatIsAskedForIsBuilt() async throws {
            try await withFixture { fixture in
                let broken =
                    "  broken:\n    build: {context: ., dockerfile_inline: \"FROM bootstrap:busybox\\nRUN exit 7\"}"
                let project = try project(fixture, options: broken)
                try project.expectSuccess("up", "web")
                #expect(try project.status().running == ["web"])
                #expect(try images(project) == ["\(project.name)-job:latest", "\(project.name)-web:latest"])
                let failed = try project.trice("up")
                expect(failed, endsWith: 1, saying: "RUN exit 7", "broken")
                #expect(try project.status().running == ["web"], "nothing else has been touched")
            }
        }

        @Test func downKeepsImagesUnlessTold() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write(
                    "Envfile",
                    project.read("Envfile").replacing(
                        "build: ./job", with: "build: ./job\n    image: team/\(fixture.id)"))
                try project.expectSuccess("up")
                try project.expectSuccess("down")
                let again = try project.trice("up", "--progress", "plain")
                #expect(!(again.standardOutput + again.standardError).contains("RUN echo"), "\(again.description)")

                let other = try fixture.emptyProject(named: "\(fixture.id)-o")
                try other.write(
                    "Envfile",
                    """
                    name: \(fixture.id)-o
                    services:
                      user:
                        image: team/\(fixture.id)
                        \(ComposeBuildTests.sleeps)
                    """)
                try other.expectSuccess("up")
                expect(try project.trice("down", "--rmi", "local"), endsWith: 0, saying: "\(project.name)-web: removed")
                #expect(try images(project) == [])
                #expect(try project.expectSuccess("image", "ls").contains("team/\(fixture.id)"))
                expect(
                    try project.trice("down", "--rmi", "all"), endsWith: 0, saying: "bootstrap:busybox: removed",
                    "team/\(fixture.id) is kept", "user-1")
                try other.expectSuccess("down")
                expect(try project.trice("down", "--rmi", "all"), endsWith: 0, saying: "team/\(fixture.id): removed")
                #expect(try !project.expectSuccess("image", "ls").contains("team/\(fixture.id)"))
                expect(try project.trice("down", "--rmi", "some"), endsWith: 64, saying: "local", "all")

                // The steps are in the cache until they are pruned.
                let rebuilt = try project.trice("up", "--progress", "plain")
                expect(rebuilt, endsWith: 0)
                #expect(
                    !(rebuilt.standardOutput + rebuilt.standardError).contains("RUN echo"), "\(rebuilt.description)")
            }
        }
    }
}
