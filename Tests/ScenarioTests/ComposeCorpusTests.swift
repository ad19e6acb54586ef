import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Every Compose file of the corpus comes up and goes down with nothing left, each of its images replaced by one
    /// that sleeps.
    @Suite(.timeLimit(.minutes(15)), .scenario) struct ComposeCorpusTests {
        /// The files that cannot come up on this host, with the reason.
        private static let excluded = [
            "awesome-compose/minecraft/compose.yaml": "shares a folder of the user's home directory",
            "awesome-compose/pihole-cloudflared-DoH/compose.yaml": "shares /etc/dnsmasq.d",
            "awesome-compose/plex/compose.yaml": "shares /media/your/plex/path",
            "awesome-compose/portainer/compose.yaml": "shares the socket of a Docker engine",
            "awesome-compose/traefik-golang/compose.yaml": "shares the socket of a Docker engine",
            "awesome-compose/wireguard/compose.yaml": "shares /lib/modules",
        ]

        @Test(.enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
        func everyFileComesUpAndGoesDown() async throws {
            let root = Requirement.corpusDirectory + "/compose"
            let files = try FileManager.default.subpathsOfDirectory(atPath: root).sorted().filter {
                ($0.hasSuffix(".yml") || $0.hasSuffix(".yaml")) && Self.isAccepted("\(root)/\($0).expected.json")
            }
            try #require(files.count == 367)
            try await withFixture { fixture in
                let warmUp = try fixture.project(Self.sleeping, named: "\(fixture.id)w", file: "compose.yaml")
                try warmUp.expectSuccess("up")
                try warmUp.expectSuccess("down", "--volumes")
                // Processes and cgroups that are left are seen after all tests.
                let kinds = HostSnapshot.Kind.ofLane
                let before = try HostSnapshot.take(kinds: kinds)
                for (number, file) in files.enumerated() {
                    let project = try fixture.emptyProject(named: "\(fixture.id)-\(number)")
                    do {
                        try Self.copy(from: "\(root)/\(file)", to: project)
                        let foreign = try Self.replaceImages(of: URL(filePath: file).lastPathComponent, in: project)
                        #expect(
                            (foreign == nil) == (Self.excluded[file] == nil), "\(file) shares \(foreign ?? "nothing")")
                        guard foreign == nil else { continue }
                        try project.expectSuccess("up")
                        let states = Set(try project.status().services.map(\.state))
                        #expect(states == ["running"], "\(file): \(states)")
                        try project.expectSuccess("down", "--volumes")
                        #expect(try project.status().services.isEmpty, "\(file)")
                    } catch {
                        Issue.record("\(file): \(error)")
                        _ = try project.trice("down", "--volumes")
                    }
                }
                #expect(try HostSnapshot.settledDifference(from: before, kinds: kinds) == [])
            }
        }

        private static let sleeping = "services: {a: {image: \"bootstrap:busybox\", command: sleep 100000}}\n"

        /// Whether `docker compose config` accepts the file.
        private static func isAccepted(_ expectation: String) -> Bool {
            guard let data = FileManager.default.contents(atPath: expectation),
                let answer = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
            else { return false }
            return answer["rc"] as? Int == 0
        }

        /// Copies the directory of a file, so that nothing is made in the corpus.
        private static func copy(from file: String, to project: Project) throws {
            let source = URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false)
            let output = try Command("cp", ["-aT", source, project.directory]).run()
            guard output.succeeded else { throw TestError(output.description) }
        }

        /// Writes the resolved file as the only one of the project: images sleep, conditions that only the real programs
        /// meet are reduced to their start.
        ///
        /// - Returns: a path outside the project that the file shares with its containers; `nil` for none.
        private static func replaceImages(of file: String, in project: Project) throws -> String? {
            let text = try project.expectSuccess("config", "-f", file, "--format", "json", "--profile", "*")
            guard var document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
                let services = document["services"] as? [String: [String: Any]]
            else { throw TestError("config prints no services: \(text)") }
            let sources = services.values.flatMap { $0["volumes"] as? [[String: Any]] ?? [] }
                .filter { $0["type"] as? String == "bind" }.compactMap { $0["source"] as? String }
            if let foreign = sources.first(where: { !$0.hasPrefix(project.directory) }) { return foreign }
            document["services"] = services.mapValues(sleeping)
            // The corpus has the Compose files alone.
            for section in ["secrets", "configs"] {
                let definitions = document[section] as? [String: [String: Any]] ?? [:]
                for case let file as String in definitions.values.map({ $0["file"] })
                where file.hasPrefix(project.directory) {
                    try project.write(String(file.dropFirst(project.directory.count + 1)), "x")
                }
            }
            document["name"] = project.name
            for name in ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] {
                try? FileManager.default.removeItem(atPath: "\(project.directory)/\(name)")  // most are not there
            }
            let result = try JSONSerialization.data(withJSONObject: document)
            try project.write("compose.yaml", String(decoding: result, as: UTF8.self))
            return nil
        }

        private static func sleeping(_ service: [String: Any]) -> [String: Any] {
            var service = service
            service["image"] = "bootstrap:busybox"
            service["command"] = ["sleep", "100000"]
            service["stop_grace_period"] = "0s"
            for key in ["build", "entrypoint", "healthcheck", "user", "platform", "profiles", "pull_policy", "runtime"]
            {
                service[key] = nil
            }
            if let dependencies = service["depends_on"] as? [String: [String: Any]] {
                service["depends_on"] = dependencies.mapValues { $0.merging(["condition": "service_started"]) { $1 } }
            }
            // Compose shows a limit of 0 as `{}`, which it does not read itself.
            if let limits = service["ulimits"] as? [String: Any] {
                service["ulimits"] = limits.mapValues { ($0 as? [String: Any])?.isEmpty == true ? 0 : $0 }
            }
            return service
        }
    }
}
