import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Whose an environment is: its directory's, and its image's what a container has written.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct OwnershipTests {
        private static func envfile(_ name: String) -> String {
            """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
            """
        }

        @Test func aNameOfAnotherDirectoryIsRefused() async throws {
            try await withFixture { fixture in
                let first = try fixture.project(Self.envfile(fixture.id), named: "first")
                let second = try fixture.project(
                    Self.envfile(fixture.id).replacing("web:", with: "other:"), named: "second")
                let name = "\(fixture.id)same"
                try first.expectSuccess("-p", name, "up")
                try first.expectSuccess("-p", name, "exec", "web", "--", "touch", "/mark")
                for command in [["up"], ["plan"], ["up", "--force-recreate"]] {
                    let output = try second.command(["-p", name] + command).run()
                    expect(output, endsWith: 1, saying: first.directory, "web-1", "--adopt")
                }
                try first.expectSuccess("-p", name, "exec", "web", "--", "ls", "/mark")
                // The same directory by another path is the same directory.
                let link = "\(fixture.directory)/link"
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first.directory)
                try first.expectSuccess("-p", name, "-f", "\(link)/Envfile", "up")

                try second.expectSuccess("-p", name, "up", "--adopt")
                try second.expectSuccess("-p", name, "up")
                expect(try first.command(["-p", name, "up"]).run(), endsWith: 1, saying: second.directory)
                try second.expectSuccess("-p", name, "down", "--volumes")
                // Nothing is left of it: the name is free.
                try first.expectSuccess("-p", name, "up")
                try first.expectSuccess("-p", name, "down", "--volumes")
            }
        }

        /// The state directory stays and all else is gone, as after a restart of the machine.
        private func restart(_ project: Project) throws {
            let state = "\(project.fixture.stateDirectory)/environments"
            expect(try Command("cp", ["-a", state, "\(state).kept"]).run(), endsWith: 0)
            try project.expectSuccess("down")
            expect(try Command("cp", ["-aT", "\(state).kept", state]).run(), endsWith: 0)
            try FileManager.default.removeItem(atPath: "\(state).kept")
        }

        private func hasMark(_ project: Project) throws -> Bool {
            try project.trice("exec", "web", "--", "ls", "/mark").succeeded
        }

        @Test func changesBelongToTheirImage() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    Self.envfile(fixture.id).replacing("image: bootstrap:busybox", with: "build: ."))
                try project.write("Dockerfile", "FROM bootstrap:busybox\nCOPY text /\n")
                try project.write("text", "one\n")
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "touch", "/mark")
                try restart(project)
                try project.expectSuccess("up")
                #expect(try hasMark(project), "the same image keeps the changes")
                try restart(project)
                try project.expectSuccess("up", "--force-recreate")
                #expect(try !hasMark(project), "asked for anew")

                try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo mine >/text; touch /mark")
                try restart(project)
                try project.write("text", "two\n")
                try project.expectSuccess("up")
                #expect(try !hasMark(project), "another image")
                #expect(try project.expectSuccess("exec", "web", "--", "cat", "/text") == "two\n")
            }
        }
    }
}
