import Envfile
import Foundation
import TestSupport
import Testing
import Vocabulary

@testable import Export

/// What the schemas of Kubernetes, PyYAML and Compose say of the documents.
@Suite(
    .timeLimit(.minutes(10)),
    .enabled("the peers are not there: run .ci/python-peers") { try Requirement.met(.pythonPeers, .corpus) })
struct PeerTests {
    private static let loader = Loader(
        processEnvironment: ["PATH": "/usr/bin:/bin", "HOME": "/home/dev"], fileExists: { _ in true })
    private static let versions = ["1.28", "1.33", "1.37"]

    private static func exports(_ files: [String], _ change: (inout ExportOptions) -> Void = { _ in }) -> [(
        String, ExportRequest
    )] {
        files.compactMap { file in
            // A file that cannot be loaded is one that `config` refuses too.
            guard let loaded = try? loader.load(files: [file]) else { return nil }
            var options = ExportOptions()
            options.omitted = [
                KeyPattern("services.*.volumes"), KeyPattern("services.*.configs"), KeyPattern("volumes"),
            ]
            change(&options)
            return (
                file,
                ExportRequest(environment: loaded.environment, places: loaded.places, options: options) { _ in .absent }
            )
        }
    }

    private static var corpus: [String] {
        let found = FileManager.default.enumerator(atPath: Requirement.corpusDirectory + "/compose")
        return (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
            .sorted().map { "\(Requirement.corpusDirectory)/compose/\($0)" }
    }

    private static var templates: [String] {
        ["debian", "go", "hello", "nginx-php-mariadb", "node-postgres", "python-redis"].map {
            Fixture.checkout + "templates/\($0)/Envfile"
        }
    }

    private static func judge(_ texts: [(String, String)]) throws -> String {
        let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs/judge.py")
        let output = try Command(
            Requirement.peer("python3"), [program.path(percentEncoded: false)] + versions
        ).run(input: texts.map { "\($0.0)\n\($0.1)" }.joined(separator: "\0"), timeout: .seconds(500))
        return output.standardOutput + output.standardError
    }

    @Test func theSchemasAcceptEverything() throws {
        let exports = Self.exports(Self.corpus + Self.templates)
        try #require(exports.count > 300)
        #expect(try Self.judge(exports.map { ($0.0, KubernetesExport.export($0.1).stream) }) == "")
    }

    @Test(arguments: [ExportOptions.Exposure.nodeport, .loadbalancer, .ingress])
    func theSchemasAcceptWaysIn(_ exposure: ExportOptions.Exposure) throws {
        let exports = Self.exports(Self.templates) {
            $0.exposure = exposure
            $0.domain = "shop.example"
            $0.secrets = .plain
        }
        #expect(exports.count == Self.templates.count)
        #expect(try Self.judge(exports.map { ($0.0, KubernetesExport.export($0.1).stream) }) == "")
    }

    @Test func theJudgeFindsFaults() throws {
        let text = try ExportFixture().kubernetes(
            "{ services: { db: { image: pg, volumes: [data:/d] } }, volumes: { data: } }"
        ).stream
        for (fault, found) in [
            ("replicas: 1", "replicas: many"), ("serviceName: db", "serviceNam: db"),
            ("claimName: data", "claimName: 1"),
            ("  selector:\n    app.kubernetes.io/instance: shop", "  selector:\n    app.kubernetes.io/instance: other"),
        ] {
            let broken = text.replacing(fault, with: found, maxReplacements: 1)
            #expect(broken != text)
            #expect(try Self.judge([("broken", broken)]) != "", "\(found)")
        }
        #expect(try Self.judge([("whole", text)]) == "")
    }

    /// Compose reads what was written as plain Compose, and prints the same services.
    @Test func composeReadsPlainCompose() throws {
        let directory = try TemporaryDirectory()
        for (file, request) in Self.exports(Self.templates) {
            let result = ComposeExport.export(request)
            #expect(!result.stream.contains("x-trice"), "\(file)")
            let path = directory.path + "/compose.yaml"
            try Data(result.stream.utf8).write(to: URL(filePath: path))
            let output = try Command(
                Requirement.peer("docker-compose"), ["-f", path, "config", "--services"]
            ).run()
            #expect(output.succeeded, "\(file): \(output.description)")
            let services = output.standardOutput.split(separator: "\n").map(String.init).sorted()
            #expect(services == request.environment.services.map(\.name.rawValue).sorted())
        }
    }

    /// Every file of the corpus as a stack is one that Compose reads, which knows the keys of version 3.8.
    @Test func composeReadsStacks() throws {
        let directory = try TemporaryDirectory()
        for (file, request) in Self.exports(Self.templates + Self.corpus.prefix(40)) {
            let result = StackExport.export(request)
            let path = directory.path + "/stack.yaml"
            for entry in result.files {
                let target = URL(filePath: directory.path + "/" + entry.path)
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(entry.content).write(to: target)
            }
            let output = try Command(Requirement.peer("docker-compose"), ["-f", path, "config", "--quiet"]).run()
            #expect(output.succeeded, "\(file): \(output.description)\n\(result.stream)")
        }
    }
}
