/// The text of a step, ready to be run by an interpreter of the container.
struct ProvisionScript: Hashable, Sendable {
    /// The interpreter with its argument, if it has one; empty for a program, which is run itself.
    let interpreter: [String]
    let bytes: [UInt8]

    /// What is wrong with a script, in words that follow its name.
    struct Problem: Error, Hashable, Sendable {
        var words: String
    }

    /// By the first line, as the kernel has it: `#!INTERPRETER [ARGUMENT]`; without one by `/bin/sh`.
    ///
    /// - Throws: for line ends of Windows, which interpreters read as a part of the last word.
    init(_ bytes: [UInt8]) throws(Problem) {
        self.bytes = bytes
        if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
            interpreter = []
            return
        }
        if let line = Self.firstWindowsLine(bytes) {
            throw Problem(
                words:
                    "has line ends of Windows (CRLF), the first in line \(line): the interpreter would read them as a part "
                    + "of the words. Remove them with `sed -i 's/\\r$//' FILE`, and let git keep it so with "
                    + "`*.sh text eol=lf` in .gitattributes")
        }
        guard bytes.starts(with: "#!".utf8) else {
            interpreter = [Self.shell]
            return
        }
        let line = String(decoding: bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let words = line.split(maxSplits: 1, whereSeparator: Self.isBlank)
        guard let program = words.first else { throw Problem(words: "begins with `#!` and names no interpreter") }
        var argument = words.count > 1 ? words[1].drop(while: Self.isBlank) : ""
        while let last = argument.last, Self.isBlank(last) { argument.removeLast() }
        interpreter = [String(program)] + (argument.isEmpty ? [] : [String(argument)])
    }

    static let shell = "/bin/sh"

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// The number of the first line that ends in CR LF, from 1.
    private static func firstWindowsLine(_ bytes: [UInt8]) -> Int? {
        var line = 1
        var last: UInt8 = 0
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if last == UInt8(ascii: "\r") { return line }
                line += 1
            }
            last = byte
        }
        return nil
    }

    /// The command line for a script that the container finds at a path.
    func command(at path: String, _ arguments: [String]) -> [String] { interpreter + [path] + arguments }
}
