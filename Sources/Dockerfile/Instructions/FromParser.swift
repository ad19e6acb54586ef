/// Reads `FROM`.
enum FromParser {
    static func stage(_ node: Node, index: Int, escape: Unicode.Scalar) throws(Failure) -> Stage {
        guard case .words(let words) = node.arguments, let base = words.first else {
            throw Failure("FROM needs an image", at: node.keyword.location)
        }
        let flags = try FlagReader(node, ["platform": .text])
        let lexer = ShellLexer(escape: escape) { _ in "x" }
        for word in [base, flags.word("platform")].compactMap(\.self) { _ = try lexer.expand(word) }
        var name: String?
        if words.count > 1 {
            guard words.count == 3, words[1].text.uppercased() == "AS" else {
                throw Failure(
                    "FROM takes an image, or an image, `AS` and a name",
                    at: words[1].location.through(words[words.count - 1].location),
                    hint: words[1].text.uppercased() == "AS" ? "a stage's name is one word" : nil)
            }
            name = try Self.name(words[2])
        }
        return Stage(
            index: index, name: name, base: base, platform: flags.word("platform"), location: node.location,
            text: node.original, instructions: [], checks: node.checkOptions)
    }

    private static func name(_ word: Word) throws(Failure) -> String {
        let name = word.text.lowercased()
        let isValid = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x5F, 0x2E].contains(byte)
        }
        guard isValid, let first = name.utf8.first, (0x61...0x7A).contains(first) else {
            throw Failure(
                "`\(word.text)` cannot be the name of a stage", at: word.location,
                hint: "a name begins with a letter; letters, digits, `-`, `_` and `.` follow")
        }
        return name
    }
}
