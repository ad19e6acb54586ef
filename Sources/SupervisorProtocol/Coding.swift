internal import LinuxSystem
package import SystemPackage
internal import Vocabulary

/// JSON of the protocol and of the supervisor's own records.
package enum Coding {
    /// - Throws: `EncodingError`
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        try JSONCoding.encode(value)
    }

    /// - Throws: `DecodingError`
    package static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        try JSONCoding.decode(type, from: bytes)
    }

    /// A record of the supervisor; `nil` where the file is missing or is not such a record.
    package static func record<Value: Decodable>(_ type: Value.Type, at path: FilePath) -> Value? {
        // An unreadable record means the same as a missing one: nothing is known.
        guard let bytes = try? Files.read(path) else { return nil }
        return try? decode(type, bytes)
    }
}
