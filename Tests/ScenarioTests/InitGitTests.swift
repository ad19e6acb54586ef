import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `trice init --from` the address of a git repository.
    @Suite(.timeLimit(.minutes(3)), .scenario) struct InitGitTests {
        /// A repository with an Envfile, and another branch.
        private func repository(_ fixture: Fixture, file: String = "Envfile") throws -> Project {
            let project = try fixture.emptyProject(named: "origin")
            try project.write(file, "services: {web: {image: 'bootstrap:busybox', command: sleep 9}}\n")
            let script = """
                git init -q -b main . && git config user.email a@b && git config user.name a && git add . && git commit -qm one
                git checkout -qb other && echo more >more && git add . && git commit -qm two && git checkout -q main
                """
            let output = try Command(
                "/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin", "HOME": fixture.directory],
                directory: project.directory
            ).run()
            guard output.succeeded else { throw TestError(output.description) }
            return project
        }

        private func names(_ directory: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        }

        @Test func theNewestFilesOfARepositoryCome() async throws {
            try await withFixture { fixture in
                let origin = try repository(fixture)
                let here = try fixture.emptyProject(named: "here")
                for (number, address) in [origin.directory, "../origin", "file://\(origin.directory)"].enumerated() {
                    let output = try here.trice("init", "--from", address, "--directory", "d\(number)")
                    expect(
                        output, endsWith: 0, saying: "cloned file://",
                        "Now: cd \(here.directory)/d\(number) && trice up")
                    #expect(try names("\(here.directory)/d\(number)") == [".git", "Envfile"])
                }
                let json = try here.expectSuccess("init", "--from", "../origin#other", "--directory", "o", "--json")
                #expect(json.contains("\"file\" : \"Envfile\"") && json.contains("\"commit\" : \""), "\(json)")
                #expect(try names("\(here.directory)/o") == [".git", "Envfile", "more"])
                // Into the directory itself, which has to be empty.
                let empty = try fixture.emptyProject(named: "empty")
                try empty.expectSuccess("init", "--from", origin.directory)
                try empty.expectSuccess("validate")
                expect(try empty.trice("init", "--from", origin.directory), endsWith: 1, saying: "is not empty")
            }
        }

        @Test(arguments: [
            ("ext::sh -c touch% /tmp/evil", "`ext` runs a program"),
            ("git://host/x.git", "is not protected on its way"),
            ("fd::17/foo", "runs a program"), ("ORIGIN#nosuch", "git said: "), ("file:///nosuch.git", "git said: "),
            ("https://127.0.0.1:1/x.git", "git said: "), ("ORIGIN2", "has no Envfile"),
        ])
        func whatIsNotTakenLeavesNothing(address: String, message: String) async throws {
            try await withFixture { fixture in
                let origin = try repository(fixture, file: address == "ORIGIN2" ? "README" : "Envfile")
                let text = address.replacing("ORIGIN2", with: origin.directory).replacing(
                    "ORIGIN", with: origin.directory)
                let here = try fixture.emptyProject(named: "here")
                expect(try here.trice("init", "--from", text), endsWith: 1, saying: message)
                expect(try here.trice("init", "--from", text, "--directory", "new"), endsWith: 1, saying: message)
                #expect(try names(here.directory) == [])
                #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
            }
        }
    }
}
