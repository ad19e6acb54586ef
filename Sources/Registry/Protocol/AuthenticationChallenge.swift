/// One way in that a server offers in `WWW-Authenticate`; RFC 9110 section 11.6.1, RFC 6750 section 3.
struct AuthenticationChallenge: Hashable, Sendable {
    /// In lower case, such as `bearer`.
    var scheme: String
    /// By name in lower case.
    var parameters: [String: String]

    /// Reads all challenges of all header fields; what cannot be read ends its field.
    static func parse(_ fields: [String]) -> [AuthenticationChallenge] {
        fields.flatMap { field in
            var scanner = Scanner(text: Array(field.utf8))
            return scanner.challenges()
        }
    }
}

extension AuthenticationChallenge {
    private struct Scanner {
        let text: [UInt8]
        var position = 0

        init(text: [UInt8]) { self.text = text }

        private var byte: UInt8? { position < text.count ? text[position] : nil }

        mutating func challenges() -> [AuthenticationChallenge] {
            var found: [AuthenticationChallenge] = []
            while true {
                skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: ",") }
                let start = position
                guard let word = token() else { return found }
                skipBlanks()
                if byte == UInt8(ascii: "="), !found.isEmpty {
                    // A parameter of the challenge before, unless it is the padding of a token68.
                    position = start
                    guard let (name, value) = parameter() else { return found }
                    found[found.count - 1].parameters[name] = value
                } else {
                    found.append(AuthenticationChallenge(scheme: word.lowercased(), parameters: [:]))
                    guard skipToken68() else { continue }
                }
            }
        }

        private mutating func parameter() -> (String, String)? {
            guard let name = token() else { return nil }
            skipBlanks()
            guard byte == UInt8(ascii: "=") else { return nil }
            position += 1
            skipBlanks()
            guard let value = byte == UInt8(ascii: "\"") ? quoted() : token() else { return nil }
            return (name.lowercased(), value)
        }

        private mutating func quoted() -> String? {
            position += 1
            var value: [UInt8] = []
            while let next = byte {
                position += 1
                switch next {
                case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = byte else { return nil }
                    value.append(escaped)
                    position += 1
                default: value.append(next)
                }
            }
            return nil
        }

        private mutating func token() -> String? {
            let start = position
            skip(Self.isTokenByte)
            return start == position ? nil : String(decoding: text[start..<position], as: UTF8.self)
        }

        /// Skips the token68 that schemes such as Negotiate put after their name; `false` when there is no token68.
        private mutating func skipToken68() -> Bool {
            let start = position
            skip { Self.isTokenByte($0) || $0 == UInt8(ascii: "/") }
            skip { $0 == UInt8(ascii: "=") }
            let end = position
            skipBlanks()
            if end > start, byte == nil || byte == UInt8(ascii: ",") { return true }
            position = start
            return false
        }

        private mutating func skipBlanks() {
            skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }

        private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
            while let next = byte, isSkipped(next) { position += 1 }
        }

        private static func isTokenByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
            }
        }
    }
}
