internal import Envfile

/// Short forms for the trees of documents: what has no value is left out.
extension Value {
    /// The members that have a value, in this order.
    static func fields(_ members: KeyValuePairs<String, Value?>) -> Value {
        .map(members.compactMap { key, value in value.map { Member(key, $0) } })
    }

    /// The same; `nil` where no member has a value.
    static func someFields(_ members: KeyValuePairs<String, Value?>) -> Value? {
        let value = fields(members)
        return value == .map([]) ? nil : value
    }

    static func text(_ text: String?) -> Value? { text.map { .string($0) } }

    static func count(_ number: Int?) -> Value? { number.map { .integer($0) } }

    static func flag(_ isSet: Bool) -> Value? { isSet ? .bool(true) : nil }

    /// `nil` for an empty list.
    static func items(_ items: [Value]) -> Value? { items.isEmpty ? nil : .list(items) }

    /// `nil` for an empty list.
    static func texts(_ texts: [String]) -> Value? { texts.isEmpty ? nil : .list(texts.map { .string($0) }) }

    /// Sorted by key; `nil` for none.
    static func table(_ texts: [String: String]) -> Value? {
        texts.isEmpty ? nil : .map(texts.sorted { $0.key < $1.key }.map { Member($0.key, .string($0.value)) })
    }
}

extension Value {
    /// The value of a key; `nil` where this is no map, or has no such key.
    subscript(key: String) -> Value? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// A copy with another value at the end of a way of keys; what is missing on the way is made.
    func setting(_ way: [String], to value: Value) -> Value {
        guard let key = way.first else { return value }
        var members: [Member] = []
        if case .map(let present) = self { members = present }
        let inner = (self[key] ?? .map([])).setting(Array(way.dropFirst()), to: value)
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = inner
        } else {
            members.append(Member(key, inner))
        }
        return .map(members)
    }
}

/// Bytes as text (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// In one line, padded with `=` to a multiple of four characters.
    package static func text(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for place in 0..<4 {
                result.append(
                    place <= part.count ? alphabet[word >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
