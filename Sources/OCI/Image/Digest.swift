/// The content address of a blob, such as `sha256:e3b0…`; image-spec descriptor.md "Digests".
package struct Digest: Hashable, Sendable {
    /// The algorithms that the specification registers.
    package enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512

        /// How many hexadecimal digits a digest has.
        package var length: Int { self == .sha256 ? 64 : 128 }
    }

    package let algorithm: Algorithm
    /// The lower-case hexadecimal digits without the algorithm.
    package let hex: String

    /// - Throws: `OCIError` `.invalidDigest` with the fault of the text.
    package init(_ text: some StringProtocol) throws(OCIError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw OCIError(
                .invalidDigest, "`\(text)` is not a digest: it must look like sha256:<64 hexadecimal digits>.")
        }
        guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
            throw OCIError(
                .invalidDigest,
                "The digest `\(text)` has the algorithm `\(text[..<colon])`; sha256 and sha512 are known.")
        }
        try self.init(algorithm, hex: String(text[text.index(after: colon)...]))
    }

    package init(_ algorithm: Algorithm, hex: String) throws(OCIError) {
        let isHex = hex.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard hex.utf8.count == algorithm.length, isHex else {
            throw OCIError(
                .invalidDigest,
                "`\(algorithm.rawValue):\(hex)` is not a digest: \(algorithm.rawValue) has exactly \(algorithm.length) lower-case hexadecimal digits."
            )
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    /// From the bytes that a hash function returned; their number must be the algorithm's.
    package init(_ algorithm: Algorithm, bytes: some Sequence<UInt8>) throws(OCIError) {
        try self.init(algorithm, hex: Self.hexadecimal(bytes))
    }

    /// From the bytes of the algorithm's own hash function.
    init(_ algorithm: Algorithm, hash: [UInt8]) {
        self.algorithm = algorithm
        hex = Self.hexadecimal(hash)
    }

    /// Two lower-case hexadecimal digits for each byte.
    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The first twelve digits, for people.
    package var short: String { String(hex.prefix(12)) }
}

extension Digest: CustomStringConvertible {
    package var description: String { "\(algorithm.rawValue):\(hex)" }
}

extension Digest: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        try self.init(try container.decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
