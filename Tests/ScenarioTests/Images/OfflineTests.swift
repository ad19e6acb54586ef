import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `--offline`: what is here is used, and no connection is opened.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct OfflineTests {
        @Test func whatIsHereIsEnough() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: name)
                let missing = [["up"], ["pull"], ["image", "pull", name]]
                for arguments in missing {
                    let output = try project.command(arguments + ["--offline"]).run()
                    expectOneError(output, saying: name, "--offline")
                }
                #expect(try scene.blobs() == [])
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/Envfile.lock"))

                try project.expectSuccess("pull")
                try scene.publish(.runnable("new"), as: "team/app:1")
                let requests = try scene.registry.requests {
                    try project.expectSuccess("pull", "--policy", "missing", "--offline")
                    try project.expectSuccess("up", "--offline")
                }
                #expect(requests.isEmpty, "\(requests)")
                #expect(try scene.flavour() == "plain")
            }
        }

        @Test(.enabled("needs strace") { try Requirement.met(.strace) }) func noConnectionIsOpened() async throws {
            try await withImages { scene in
                let project = scene.project
                let name = scene.name("team/app:1")
                try scene.publish(.runnable(), as: "team/app:1")
                try scene.writeEnvfile(image: name)
                // The sockets by which a user's namespaces are made are none of the command's.
                if UserRun.isOn {
                    try project.write(
                        "hold.yaml", "services: {hold: {image: bootstrap:busybox, command: sleep 1000}}\n")
                    try project.expectSuccess("-f", "hold.yaml", "up")
                }
                // First the proof that the trace would show one.
                #expect(try connections(of: ["image", "pull", name], in: scene).isEmpty == false)
                try project.expectSuccess("pull")
                for arguments in [
                    ["pull", "--offline"], ["pull", "--policy", "missing", "--offline"],
                    ["image", "pull", "--offline", name], ["image", "pull", "--offline", scene.name("team/none:1")],
                ] {
                    let opened = try connections(of: arguments, in: scene)
                    #expect(opened == [], "\(arguments)")
                }
            }
        }

        /// The internet sockets that a command and its children open.
        private func connections(of arguments: [String], in scene: ImageScene) throws -> [String] {
            let trace = "\(scene.fixture.directory)/trace"
            let command = try scene.project.command(arguments)
            _ = try Command(
                "strace",
                ["-f", "-q", "-e", "trace=socket,connect", "-o", trace, command.executable] + command.arguments,
                environment: command.environment, directory: command.directory
            ).run()
            return try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map(String.init)
                .filter { $0.contains("AF_INET") }
        }
    }
}
