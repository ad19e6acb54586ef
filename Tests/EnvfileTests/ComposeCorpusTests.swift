import Testing

@testable import Envfile

/// Every Compose file of the corpus loads or gives diagnostics, and what loads can be rendered and read again.
@Suite(.enabled(if: Corpus.isThere, "the corpus is not there; set TRICE_CORPUS"))
struct ComposeCorpusTests {
    private static let loader = Loader(
        processEnvironment: ["PATH": "/usr/bin:/bin", "HOME": "/home/dev"], fileExists: { _ in true })

    @Test func everyFileLoadsOrSaysWhyNot() throws {
        let files = Corpus.files(below: "compose") { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
        try #require(files.count == 370)
        var failures: [String: [String]] = [:]
        var loaded = 0
        for file in files {
            do throws(EnvfileError) {
                let result = try Self.loader.load(files: [file])
                loaded += 1
                try checkRoundTrip(of: result.environment, file: file)
            } catch {
                #expect(error.code == .invalid, "\(file): \(error)")
                #expect(!error.diagnostics.isEmpty)
                failures[file] = error.diagnostics.filter { $0.severity == .error }.map(\.message)
            }
        }
        #expect(loaded == 318)
        // What does not load is built from a Dockerfile, or is no Compose file to Compose either.
        let invalid = Set(failures.filter { !$0.value.allSatisfy { $0.contains("building is not there yet") } }.keys)
        let expected = ["compose-ref.yml", "docker-compose.yml"].map {
            "\(Corpus.root)/compose/conformance-tests/commands/\($0)"
        }
        #expect(invalid == Set(expected))
    }

    private func checkRoundTrip(of environment: Environment, file: String) throws(EnvfileError) {
        let text = environment.yamlText()
        let name = environment.semantics == .compose ? "compose.yaml" : "Envfile"
        let path = environment.directory + "/" + name
        let reader = Loader(processEnvironment: [:], fileExists: { _ in true }) { asked in
            asked == path ? .bytes(Array(text.utf8)) : .absent
        }
        let result = try reader.load(files: [path], profiles: ["*"])
        #expect(result.environment == environment, "\(file)\n\(text)")
    }
}
