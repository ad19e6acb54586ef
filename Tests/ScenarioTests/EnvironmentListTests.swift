import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `ls`, and what is said of an environment that is up elsewhere.
    @Suite(.timeLimit(.minutes(2)), .scenario) struct EnvironmentListTests {
        private func sleeper(_ fixture: Fixture) throws -> Project {
            try fixture.project(
                "name: \(fixture.id)\nservices:\n  web:\n    image: bootstrap:busybox\n    command: sleep 1000\n"
                    + "    stop_grace_period: 0s\n    volumes: [\"data:/data\"]\nvolumes: {data: }\n")
        }

        private func command(_ fixture: Fixture, in directory: String, _ arguments: String...) throws -> Command {
            let binary = try #require(Fixture.binary)
            return Command(binary, arguments, environment: fixture.environment, directory: directory)
        }

        @Test func listsWhatIsUpAndWhatKeepsVolumes() async throws {
            try await withFixture { fixture in
                #expect(try command(fixture, in: "/", "ls").run().standardOutput == "No environment is up.\n")
                let project = try sleeper(fixture)
                try project.expectSuccess("up")
                let id = try project.status().environment
                let lines = try command(fixture, in: "/", "ls").run().standardOutput.split(separator: "\n")
                #expect(lines.count == 2 && lines[0].hasPrefix("ENVIRONMENT"), "\(lines)")
                for part in [id, "running (1)", project.directory] { #expect(lines[1].contains(part), "\(lines)") }
                #expect(try command(fixture, in: "/", "global-status", "-q").run().standardOutput == "\(id)\n")

                try project.expectSuccess("down")
                #expect(try command(fixture, in: "/", "ls").run().standardOutput == "No environment is up.\n")
                let all = try command(fixture, in: "/", "ls", "--all", "--json").run()
                let report = try JSONValue(text: all.standardOutput.utf8)
                let entry = try #require(report.object?["environments"]?.array?.first?.object, "\(all.description)")
                #expect(
                    entry["environment"] == .string(id) && entry["volumes"] == .array([.string("data")]), "\(entry)")
            }
        }

        /// By the name that its Envfile had, as long as no other environment has that.
        @Test func anEnvironmentWhoseDirectoryIsGone() async throws {
            try await withFixture { fixture in
                let projects = try ["one", "two"].map { directory in
                    let project = try fixture.emptyProject(named: "\(fixture.id)-\(directory)")
                    try project.write(
                        "Envfile",
                        "name: \(fixture.id)\nservices: {web: {image: \"bootstrap:busybox\", command: sleep 1000}}\n")
                    try project.expectSuccess("up")
                    return project
                }
                let ids = try projects.map { try $0.status().environment }
                for project in projects { try FileManager.default.removeItem(atPath: project.directory) }
                let unclear = try command(fixture, in: "/", "-p", fixture.id, "down").run()
                expect(unclear, endsWith: 1, saying: "There is no Envfile")
                expect(try command(fixture, in: "/", "-p", ids[0], "down").run(), endsWith: 0)
                expect(
                    try command(fixture, in: "/", "-p", fixture.id, "down").run(), endsWith: 0,
                    saying: "There is no Envfile in / or above it", "going by what is up")
                #expect(try command(fixture, in: "/", "ls").run().standardOutput == "No environment is up.\n")
                for project in projects {
                    try FileManager.default.createDirectory(
                        atPath: project.directory, withIntermediateDirectories: true)
                }
            }
        }

        /// The name of the project may be that of its directory.
        @Test(arguments: [true, false]) func aMovedDirectoryKeepsItsEnvironment(isNamed: Bool) async throws {
            try await withFixture { fixture in
                let name = isNamed ? "name: \(fixture.id)\n" : ""
                let project = try fixture.project(
                    name + """
                        services:
                          web: {image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, volumes: ["data:/data"]}
                        volumes: {data: {}}
                        """, named: "\(fixture.id)-home")
                try project.expectSuccess("up")
                let id = try project.status().environment
                try project.expectSuccess("exec", "web", "touch", "/data/kept")
                let moved = "\(fixture.directory)/moved"
                try FileManager.default.moveItem(atPath: project.directory, toPath: moved)
                let home = project.directory
                fixture.onCleanUp { try FileManager.default.moveItem(atPath: moved, toPath: home) }

                let status = try command(fixture, in: moved, "status", "--json").run().standardOutput
                #expect(status.contains("\"\(id)\"") && status.contains("\"running\""), "\(status)")
                expect(try command(fixture, in: moved, "exec", "web", "true").run(), endsWith: 0)
                for _ in 1...2 {
                    expect(try command(fixture, in: moved, "up").run(), endsWith: 0)
                    let list = try command(fixture, in: moved, "ls").run().standardOutput
                    #expect(list.contains(moved) && list.split(separator: "\n").count == 2, "\(list)")
                }
                // Another directory takes the former path: it is another project.
                try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
                try FileManager.default.copyItem(atPath: "\(moved)/Envfile", toPath: "\(home)/Envfile")
                let other = try command(fixture, in: home, "up").run()
                expect(other, endsWith: 1, saying: "belongs to `\(moved)`")
                try FileManager.default.removeItem(atPath: home)

                expect(try command(fixture, in: moved, "down").run(), endsWith: 0)
                expect(try command(fixture, in: moved, "up").run(), endsWith: 0)
                expect(try command(fixture, in: moved, "exec", "web", "ls", "/data").run(), endsWith: 0, saying: "kept")
                expect(try command(fixture, in: moved, "down", "--volumes").run(), endsWith: 0)
                #expect(try command(fixture, in: "/", "ls", "--all").run().standardOutput == "No environment is up.\n")
            }
        }

        /// As with Compose: a file with another name is another project, also after the first has come up.
        @Test func twoNamesInOneDirectoryAreTwoEnvironments() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: "\(fixture.id)-two")
                let names = ["\(fixture.id)a", "\(fixture.id)b"]
                for name in names {
                    let service = "{image: \"bootstrap:busybox\", command: sleep 1000, stop_grace_period: 0s}"
                    let services = "services: {web: \(service), \(name): \(service)}\n"
                    try project.write("\(name).yaml", "name: \(name)\n" + services)
                    fixture.onCleanUp { _ = try project.trice("-f", "\(name).yaml", "down") }
                    try project.expectSuccess("-f", "\(name).yaml", "up")
                }
                for name in names {
                    let text = try project.expectSuccess("-f", "\(name).yaml", "status", "--json")
                    let report = try JSONDecoder().decode(StatusReport.self, from: Data(text.utf8))
                    #expect(report.environment.hasPrefix("\(name)-"))
                    #expect(report.services.map(\.service) == [name, "web"])
                }
                try project.expectSuccess("-f", "\(names[0]).yaml", "down")
                #expect(try project.expectSuccess("ls", "-q").contains(names[1]))
                // The one that is up is not the one that the file at hand describes.
                try project.write("compose.yaml", "services: {web: {image: \"bootstrap:busybox\"}}\n")
                expect(try project.trice("exec", "web", "true"), endsWith: 1, saying: "trice up")
                expect(try project.trice("-f", "\(names[1]).yaml", "exec", "web", "true"), endsWith: 0)
                try project.expectSuccess("-f", "\(names[1]).yaml", "down")
            }
        }

        @Test func aRemovedDirectoryIsNamed() async throws {
            try await withFixture { fixture in
                let project = try sleeper(fixture)
                try project.expectSuccess("up")
                let id = try project.status().environment
                let copy = "\(fixture.directory)/copy"
                try FileManager.default.copyItem(atPath: project.directory, toPath: copy)
                try FileManager.default.removeItem(atPath: project.directory)
                let home = project.directory
                // The fixture takes down what is left from there.
                fixture.onCleanUp { try FileManager.default.moveItem(atPath: copy, toPath: home) }

                let status = try command(fixture, in: copy, "status").run()
                for part in ["nothing is up", "\(project.directory), which is not there", "trice -p \(id) down"] {
                    #expect(status.standardOutput.contains(part), "\(status.description)")
                }
                #expect(try command(fixture, in: copy, "ls").run().standardOutput.contains("(gone)"))
                let idle = try command(fixture, in: copy, "down").run()
                #expect(idle.succeeded && idle.standardError.contains("-p \(id)"), "\(idle.description)")

                let down = try command(fixture, in: "/", "-p", id, "down", "--volumes").run()
                #expect(down.succeeded, "\(down.description)")
                #expect(try command(fixture, in: "/", "ls", "--all").run().standardOutput == "No environment is up.\n")
            }
        }

        /// Another user finds the environment of the directory by its supervisor, whatever the modes of directories.
        @Test(.needsRoot(.otherUser)) func anotherUserIsToldWhoseItIs() async throws {
            try await withFixture { fixture in
                let project = try sleeper(fixture)
                try project.expectSuccess("up")
                let id = try project.status().environment
                let home = "\(fixture.directory)/home"
                try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
                chown(home, 65534, 65534)
                var variables = fixture.environment
                variables["HOME"] = home
                variables["TRICE_STATE_DIRECTORY"] = "\(home)/state"
                variables["TRICE_RUN_DIRECTORY"] = "\(home)/run"
                let binary = try #require(Fixture.binary)
                func asNobody(_ command: String) throws -> Command.Output {
                    try Command(
                        "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", binary, command],
                        environment: variables, directory: project.directory
                    ).run()
                }

                let status = try asNobody("status")
                for part in ["nothing is up", "`\(id)` is up, but root brought it up", "sudo trice status"] {
                    #expect(status.standardOutput.contains(part), "\(status.description)")
                }
                let down = try asNobody("down")
                #expect(down.exit == .code(1), "\(down.description)")
                #expect(down.standardError.contains("root brought it up"), "\(down.description)")
                #expect(try project.status().running == ["web"])
            }
        }
    }
}
