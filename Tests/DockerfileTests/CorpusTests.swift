import Foundation
import TestSupport
import Testing

@testable import Dockerfile

/// The parser's and the shell lexer's results for the files of the shared corpus.
@Suite(.timeLimit(.minutes(5)), .enabled("needs the shared corpus") { try Requirement.met(.corpus) })
struct CorpusTests {
    private static let root = Requirement.corpusDirectory + "/dockerfile"

    static let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/testfiles").sorted()) ?? []
    static let negativeNames =
        (try? FileManager.default.contentsOfDirectory(atPath: root + "/testfiles-negative").sorted()) ?? []

    private static func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(root)/\(path)"))
    }

    @Test func allAreThere() {
        #expect(Self.names.count == 33)
        #expect(Self.negativeNames.count == 4)
    }

    @Test(arguments: names)
    func result(name: String) throws {
        var parser = DockerfileParser(DockerfileSource(bytes: try Self.bytes("testfiles/\(name)/Dockerfile")))
        parser.readNodes()
        #expect(parser.diagnostics.sorted.filter { $0.severity == .error } == [])
        let expected = String(decoding: try Self.bytes("testfiles/\(name)/result"), as: UTF8.self)
        #expect(parser.nodes.map { $0.dump + "\n" }.joined() == expected)
    }

    @Test(arguments: negativeNames)
    func refused(name: String) throws {
        let source = DockerfileSource(bytes: try Self.bytes("testfiles-negative/\(name)/Dockerfile"))
        let error = #expect(throws: DockerfileError.self) { try ParsedDockerfile(parsing: source) }
        #expect(error?.diagnostics.contains { $0.severity == .error } == true)
    }

    @Test func linesOfInstructions() throws {
        var parser = DockerfileParser(DockerfileSource(bytes: try Self.bytes("testfile-line/Dockerfile")))
        parser.readNodes()
        let ranges = parser.nodes.map { [$0.location.start.line, $0.location.end.line] }
        #expect(ranges == [[5, 5], [11, 12], [17, 31]])
        #expect(parser.nodes.allSatisfy { $0.location.start.column == 1 })
    }

    private static let environment = [
        "PWD": "/home", "SHELL": "bash", "KOREAN": "한국어", "NULL": "",
    ]

    /// Lines are `PLATFORM | word | result`. On Windows, `W`, the case of a variable's name does not count.
    @Test func variables() throws {
        let text = String(decoding: try Self.bytes("envVarTest"), as: UTF8.self)
        var count = 0
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard !line.hasPrefix("#"), cells.count >= 2 else { continue }
            count += 1
            for isWindows in [false, true] where cells[0] == "A" || isWindows == (cells[0] == "W") {
                let lexer = ShellLexer { Self.environment[isWindows ? $0.uppercased() : $0] }
                let result = try? lexer.process(cells[1]).text  // "error" is among the results.
                #expect((result ?? "error") == (cells.count > 2 ? cells[2] : ""), "line \(number + 1): \(line)")
            }
        }
        #expect(count == 230)
    }

    @Test func words() throws {
        let text = String(decoding: try Self.bytes("wordsTest"), as: UTF8.self)
        var environment: [String: String] = [:]
        var count = 0
        for (number, line) in text.split(separator: "\n").enumerated() where !line.hasPrefix("#") {
            if line.hasPrefix("ENV ") {
                let variable = Variable(String(line.dropFirst(4).drop { $0 == " " }))
                environment[variable.name] = variable.value
                count += 1
                continue
            }
            let cells = line.components(separatedBy: " | ")
            try #require(cells.count == 2, "line \(number + 1)")
            count += 1
            let input = String(cells[0].reversed().drop { $0 == " " }.reversed())
            let values = environment
            let words = try? ShellLexer { values[$0] }.process(input).words  // "error" is among the results.
            let expected = cells[1].drop { $0 == " " }
            #expect((words?.joined(separator: ",") ?? "error") == expected, "line \(number + 1): \(line)")
        }
        #expect(count == 28)
    }
}
