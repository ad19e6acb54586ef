import TestSupport

@testable import Dockerfile

/// One reader of foreign bytes, with what holds whatever it is given.
enum FuzzTarget: String, CaseIterable, Sendable {
    case file, word, mount, ignoreFile

    /// How many inputs it gets: 100 000 together.
    var count: Int {
        switch self {
        case .file: 20_000
        case .word: 60_000
        case .mount: 10_000
        case .ignoreFile: 10_000
        }
    }

    /// A mutator for these readers; every seed gives other damage.
    static func mutator(seed: UInt64) -> FuzzMutator {
        FuzzMutator(seed: seed, signs: "\n\t\r :-[]{}<>'\"$#,?~`\\/.=*%+@0987!ü\u{2028}\u{85}")
    }

    /// - Returns: what went against a promise, or `nil`.
    func check(_ mutator: inout FuzzMutator) -> String? {
        switch self {
        case .file: Self.file(mutator.damaged(FuzzCorpus.files))
        case .word: Self.word(mutator.damaged(FuzzCorpus.words))
        case .mount: Self.file(Array("FROM a\nRUN --mount=".utf8) + mutator.damaged(FuzzCorpus.mounts))
        case .ignoreFile: Self.ignoreFile(mutator.damaged(FuzzCorpus.ignoreFiles))
        }
    }

    static func file(_ bytes: [UInt8]) -> String? {
        let source = DockerfileSource(bytes: bytes)
        var parser = DockerfileParser(source)
        parser.parse()
        for node in parser.nodes {
            if let flaw = flaw(in: node, source) { return flaw }
        }
        do throws(DockerfileError) {
            return try build(try ParsedDockerfile(parser))
        } catch {
            if !error.diagnostics.contains(where: { $0.severity == .error }) { return "refused and nothing said" }
            return flaw(in: error.diagnostics)
        }
    }

    /// All that follows a file that is right.
    private static func build(_ file: ParsedDockerfile) throws(DockerfileError) -> String? {
        if let flaw = flaw(in: file.warnings) { return flaw }
        let global = try GlobalScope(
            file, arguments: BuildArguments(values: ["A": "1"], buildPlatform: Fixture.platform))
        let graph = try StageGraph(file, scope: global)
        for vertex in graph.vertices {
            guard vertex.dependencies.allSatisfy({ $0 < vertex.stage.index }) else { return "a stage needs one below" }
            var scope = StageScope(environment: [Variable("PATH=/bin")], global: global)
            var configuration = StageConfiguration(base: ImageConfiguration())
            for instruction in vertex.triggers + vertex.stage.instructions {
                let step = try scope.expand(instruction)
                configuration.apply(step, scope: scope)
                scope.apply(step)
                if let flaw = flaw(in: step.warnings) { return flaw }
            }
            let directory = configuration.image.workingDirectory
            if !directory.isEmpty, !directory.hasPrefix("/") { return "`\(directory)` is not absolute" }
        }
        let order = graph.order(for: graph.vertices.count - 1)
        return graph.levels(for: graph.vertices.count - 1).flatMap(\.self).sorted() == order
            ? nil : "levels are no order"
    }

    private static func flaw(in node: Node, _ source: DockerfileSource) -> String? {
        if node.dump.isEmpty { return "no dump" }
        var places = [node.keyword.location, node.location, node.rest] + node.flags.map(\.location)
        switch node.arguments {
        case .none: break
        case .words(let words), .json(let words): places += words.map(\.location)
        case .text(let word), .check(let word, _): places.append(word.location)
        case .pairs(let pairs): places += pairs.flatMap { [$0.name.location, $0.value.location] }
        case .instruction(let inner): if let flaw = flaw(in: inner, source) { return flaw }
        }
        return places.lazy.compactMap(flaw).first
    }

    private static func flaw(in diagnostics: [DockerfileDiagnostic]) -> String? {
        for diagnostic in diagnostics {
            if diagnostic.message.isEmpty || diagnostic.text().isEmpty { return "no message" }
            if let flaw = flaw(diagnostic.location) { return "\(flaw): \(diagnostic.message)" }
        }
        return nil
    }

    /// Every place is in its file.
    private static func flaw(_ location: Location) -> String? {
        let lines = location.source.lines
        for position in [location.start, location.end] {
            if position == Position(line: 1, column: 1) { continue }
            guard lines.indices.contains(position.line - 1) else { return "\(position) is not in the file" }
            let width = lines[position.line - 1].scalars.count
            guard (1...(width + 1)).contains(position.column) else { return "\(position) is not in the line" }
        }
        return location.start <= location.end ? nil : "\(location) ends before it begins"
    }

    private static func word(_ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        let values = ["A": "a/b.c", "EMPTY": "", "P": "a*b?"]
        for keepsUnset in [false, true] {
            let lexer = ShellLexer(keepsUnset: keepsUnset) { values[$0] }
            do throws(ExpansionProblem) {
                let result = try lexer.process(text)
                if result.words.contains("") { return "an empty word" }
                let isPlain = !text.unicodeScalars.contains { "$'\"\\".unicodeScalars.contains($0) }
                if isPlain, result.text != text { return "a word without variables changed" }
            } catch {
                if !(0...text.unicodeScalars.count).contains(error.offset) { return "an offset beyond the word" }
            }
        }
        // What these make of it is not the point; a trap would be.
        _ = HeredocMarker.all(in: text)
        _ = GoValue.duration(text)
        _ = GoValue.bytes(text)
        return SlashPath.clean(SlashPath.clean(text)) == SlashPath.clean(text) ? nil : "cleaning twice changes a path"
    }

    private static func ignoreFile(_ bytes: [UInt8]) -> String? {
        let source = DockerfileSource(name: ".dockerignore", bytes: bytes)
        do throws(DockerfileError) {
            let file = try IgnoreFile(parsing: source)
            for path in ["a", "a/b.md", "x/README.md", "src/.git/config", "ü"] {
                var parent: IgnoreFile.Match?
                let parts = path.split(separator: "/")
                for length in 1...parts.count {
                    if let parent, parent.isIgnored,
                        !file.mayBringBack(below: parts.prefix(length - 1).joined(separator: "/")),
                        !file.isIgnored(parts.prefix(length).joined(separator: "/"))
                    {
                        return "`\(path)` comes back where nothing may"
                    }
                    parent = file.match(parts.prefix(length).joined(separator: "/"), in: parent)
                }
                if parent?.isIgnored != file.isIgnored(path) { return "`\(path)` depends on the way to it" }
            }
            return nil
        } catch {
            return error.diagnostics.isEmpty ? "refused and nothing said" : flaw(in: error.diagnostics)
        }
    }
}
