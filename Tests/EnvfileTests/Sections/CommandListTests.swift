import Testing

@testable import Envfile

/// A command in place of a list of mappings: the error says how to write it.
@Suite(.timeLimit(.minutes(1))) struct CommandListTests {
    private static let keys = [
        ("post_start", "command"), ("pre_snapshot", "command"), ("pre_start", "command"), ("provision", "shell"),
    ]

    @Test(arguments: keys)
    func theFormIsShown(key: String, item: String) {
        func message(_ value: String) -> String {
            let text = "services: { db: { image: a, \(key): \(value) } }"
            return Fixture().all(text).filter { $0.severity == .error }.map { "\($0.message): \($0.hint ?? "")" }
                .joined(separator: "\n")
        }
        #expect(message("psql -c CHECKPOINT").contains("`- \(item): psql -c CHECKPOINT`"))
        #expect(message("[psql -c CHECKPOINT]").contains("`- \(item): psql -c CHECKPOINT`"))
        #expect(message("[[psql, -c, CHECKPOINT]]").contains("`- \(item): [psql, -c, CHECKPOINT]`"))
        #expect(message("{ \(item): a }").contains("`- \(item): …`"))
        #expect(message("[{ \(item): a }]") == "")
    }
}
