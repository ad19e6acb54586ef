internal import FoundationEssentials

/// The one form in which Trice writes JSON: keys sorted, so that equal values give equal bytes, and slashes not escaped.
package enum JSONCoding {
    /// - Parameter isIndented: for people; without it the text is one line.
    package static func encode(_ value: some Encodable, isIndented: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value))
    }

    /// JSON with sorted keys and without escaped slashes.
    package static func text(_ value: some Encodable, isIndented: Bool = false) throws -> String {
        String(decoding: try encode(value, isIndented: isIndented), as: UTF8.self)
    }

    /// Reads one JSON document in UTF-8.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Reads one JSON document.
    package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try decode(type, from: Array(text.utf8))
    }
}
