/// The bytes of a Dockerfile, cut into lines.
package struct DockerfileSource: Sendable {
    /// What diagnostics call the file.
    package let name: String
    let lines: [Line]

    struct Line: Sendable {
        let scalars: [Unicode.Scalar]
        /// The carriage returns and the line feed at the end, or nothing at the end of the file.
        let ending: String
        /// Otherwise wrong bytes became U+FFFD.
        let isUTF8: Bool
    }

    /// - Parameter name: The path as the user knows it.
    package init(name: String = "Dockerfile", bytes: some Collection<UInt8>) {
        self.name = name
        var rest = Array(bytes)[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [Line] = []
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            lines.append(Line(rest[rest.startIndex..<end]))
            rest = rest[end...]
        }
        self.lines = lines
    }

    package init(name: String = "Dockerfile", text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    /// A line without its end; empty for a number that there is no line of.
    package func text(ofLine number: Int) -> String {
        guard lines.indices.contains(number - 1) else { return "" }
        return String(scalars: lines[number - 1].scalars)
    }

    /// The place of a whole line.
    func location(ofLine number: Int) -> Location {
        let length = lines.indices.contains(number - 1) ? lines[number - 1].scalars.count : 0
        return Location(
            source: self, start: Position(line: number, column: 1), end: Position(line: number, column: length + 1))
    }
}

extension DockerfileSource.Line {
    init(_ bytes: ArraySlice<UInt8>) {
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        let body = bytes[bytes.startIndex..<end]
        ending = String(decoding: bytes[end...], as: UTF8.self)
        if body.allSatisfy({ $0 < 0x80 }) {
            scalars = body.map { Unicode.Scalar($0) }
            isUTF8 = true
        } else {
            let valid = String(validating: body, as: UTF8.self)
            scalars = Array((valid ?? String(decoding: body, as: UTF8.self)).unicodeScalars)
            isUTF8 = valid != nil
        }
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        self.init()
        unicodeScalars.append(contentsOf: scalars)
    }
}

extension Unicode.Scalar {
    /// Whether it ends a word.
    var isWhitespace: Bool {
        value < 0x80 ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }

    /// What separates a keyword from the rest: blanks of ASCII only.
    var isBlank: Bool {
        switch self {
        case " ", "\t", "\u{0B}", "\u{0C}", "\r": true
        default: false
        }
    }

    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
