import Testing
import Vocabulary

@testable import Envfile

/// Loads texts as files of a directory that exists only here.
struct Fixture: Sendable {
    var file = "/srv/shop/Envfile"
    var dotEnv: String?
    var process: [String: String] = ["HOME": "/home/dev"]
    var missing: Set<String> = []
    var profiles: Set<String> = []
    var selecting: [String] = []
    var projectName: String?
    /// Other files by their absolute paths.
    var others: [String: String] = [:]

    static let compose = Fixture(file: "/srv/shop/compose.yaml")

    func load(_ text: String) throws(EnvfileError) -> Loaded {
        try load(bytes: Array(text.utf8))
    }

    func load(bytes: [UInt8]) throws(EnvfileError) -> Loaded {
        let (file, dotEnv, missing, others) = (file, dotEnv, missing, others)
        let loader = Loader(processEnvironment: process, fileExists: { !missing.contains($0) }) { path in
            if path == file { return .bytes(bytes) }
            if path == "/srv/shop/.env", let dotEnv { return .bytes(Array(dotEnv.utf8)) }
            return others[path].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        return try loader.load(
            files: [file], projectName: projectName, profiles: profiles, selecting: selecting)
    }

    /// The service `web` of a file whose body for it is `body`.
    func service(_ body: String) throws -> Service {
        try #require(try load(Self.file(service: body)).environment.services.first { $0.name == "web" })
    }

    /// A file with one service and room for what it refers to.
    static func file(service body: String) -> String {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
        return """
            services:
              web:
                image: bootstrap:busybox
            \(lines.joined(separator: "\n"))
              db:
                image: bootstrap:busybox
            networks: { front: , back: }
            volumes: { data: , cache: }

            """
    }

    /// Every diagnostic of a text as `LINE:COLUMN severity message`.
    func diagnostics(_ text: String) -> [String] {
        all(text).map { "\($0.line):\($0.column) \($0.severity.rawValue): \($0.message)" }
    }

    func messages(_ text: String, _ severity: Diagnostic.Severity = .error) -> [String] {
        all(text).filter { $0.severity == severity }.map(\.message)
    }

    func all(_ text: String) -> [Diagnostic] {
        do throws(EnvfileError) {
            return try load(text).warnings
        } catch {
            return error.diagnostics
        }
    }
}
