/// Reads the JSON array of strings that the exec form of an instruction is (RFC 8259).
struct JSONArrayScanner {
    private let text: LocatedText
    private let range: Range<Int>
    private var index: Int
    private var otherValue: Location?

    enum Result {
        case strings([Word])
        /// An array, but with something in it that is no string.
        case otherValue(Location)
        case notJSON
    }

    /// Deeper than this nothing counts as JSON.
    private static let maximumDepth = 64

    init(text: LocatedText, range: Range<Int>) {
        self.text = text
        self.range = range
        index = range.lowerBound
    }

    mutating func scan() -> Result {
        guard peek == "[" else { return .notJSON }
        index += 1
        var words: [Word] = []
        skipBlanks()
        if !take("]") {
            repeat {
                skipBlanks()
                let start = index
                if peek == "\"" {
                    guard let value = string() else { return .notJSON }
                    words.append(Word(text: value, location: text.location(start..<index)))
                } else {
                    guard value(depth: 1) else { return .notJSON }
                    otherValue = otherValue ?? text.location(start..<index)
                }
                skipBlanks()
            } while take(",")
            guard take("]") else { return .notJSON }
        }
        skipBlanks()
        guard index == range.upperBound else { return .notJSON }
        return otherValue.map { .otherValue($0) } ?? .strings(words)
    }

    private var peek: Unicode.Scalar? { index < range.upperBound ? text.scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while let scalar = peek, [" ", "\t", "\n", "\r"].contains(scalar) { index += 1 }
    }

    /// Skips any value. - Returns: whether there is one.
    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        skipBlanks()
        switch peek {
        case "\"": return string() != nil
        case "[": return list(until: "]", depth: depth, isObject: false)
        case "{": return list(until: "}", depth: depth, isObject: true)
        default: return ["true", "false", "null"].contains { literal($0) } || number()
        }
    }

    private mutating func list(until end: Unicode.Scalar, depth: Int, isObject: Bool) -> Bool {
        index += 1
        skipBlanks()
        if take(end) { return true }
        repeat {
            skipBlanks()
            if isObject {
                guard peek == "\"", string() != nil else { return false }
                skipBlanks()
                guard take(":") else { return false }
            }
            guard value(depth: depth + 1) else { return false }
            skipBlanks()
        } while take(",")
        return take(end)
    }

    private mutating func literal(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        guard text.scalars[index..<range.upperBound].starts(with: scalars) else { return false }
        index += scalars.count
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") {
            guard digits() else { return false }
        }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = index
        while peek?.isASCIIDigit == true { index += 1 }
        return index > start
    }

    /// A string with its escapes replaced; half a surrogate pair becomes U+FFFD.
    private mutating func string() -> String? {
        index += 1
        var units: [UInt16] = []
        while let scalar = peek {
            index += 1
            switch scalar {
            case "\"": return String(decoding: units, as: UTF16.self)
            case "\\":
                guard let unit = escaped() else { return nil }
                units.append(unit)
            case _ where scalar.value < 0x20: return nil
            default: units.append(contentsOf: UTF16.encode(scalar).map(Array.init) ?? [])
            }
        }
        return nil
    }

    private mutating func escaped() -> UInt16? {
        guard let scalar = peek else { return nil }
        index += 1
        switch scalar {
        case "\"", "\\", "/": return UInt16(scalar.value)
        case "b": return 0x08
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "u":
            guard range.upperBound - index >= 4 else { return nil }
            let digits = String(scalars: text.scalars[index..<(index + 4)])
            index += 4
            return digits.utf8.allSatisfy { $0 != 0x2B && $0 != 0x2D } ? UInt16(digits, radix: 16) : nil
        default: return nil
        }
    }
}
