/// Encodes a value as a `ConfigurationTree`.
///
/// Containers write into slots, because an encoder hands out a container before it has been filled.
final class TreeEncoder: Encoder {
    /// A place in the tree that is still being filled.
    final class Slot {
        var scalar: ConfigurationTree?
        var items: [Slot]?
        var members: [String: Slot]?

        var tree: ConfigurationTree {
            if let scalar { return scalar }
            if let items { return .items(items.map(\.tree)) }
            return .members((members ?? [:]).mapValues(\.tree))
        }
    }

    let slot: Slot
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(_ slot: Slot = Slot()) {
        self.slot = slot
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        slot.members = slot.members ?? [:]
        return KeyedEncodingContainer(Keyed<Key>(slot: slot))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.items = slot.items ?? []
        return Unkeyed(slot: slot)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(slot: slot)
    }
}

extension TreeEncoder {
    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let slot: Slot
        let codingPath: [any CodingKey] = []

        private func child(_ key: some CodingKey) -> Slot {
            let child = Slot()
            slot.members?[key.stringValue] = child
            return child
        }

        func encodeNil(forKey key: Key) {}

        /// A property that is not optional: its usual value says nothing.
        func encode(_ value: some Encodable, forKey key: Key) throws {
            let tree = ConfigurationTree.of(value)
            if !tree.isSilent { child(key).scalar = tree }
        }

        /// An optional that has a value says something, whatever the value is.
        func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws {
            if let value { child(key).scalar = ConfigurationTree.of(value) }
        }

        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
            if let value { child(key).scalar = .flag(value) }
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            TreeEncoder(child(key)).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            TreeEncoder(child(key)).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { TreeEncoder(slot) }

        func superEncoder(forKey key: Key) -> any Encoder { TreeEncoder(child(key)) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let slot: Slot
        let codingPath: [any CodingKey] = []

        var count: Int { slot.items?.count ?? 0 }

        private func child() -> Slot {
            let child = Slot()
            slot.items?.append(child)
            return child
        }

        func encodeNil() { child().scalar = .members([:]) }

        func encode(_ value: some Encodable) throws { child().scalar = ConfigurationTree.of(value) }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            TreeEncoder(child()).container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { TreeEncoder(child()).unkeyedContainer() }

        func superEncoder() -> any Encoder { TreeEncoder(child()) }
    }

    private struct Single: SingleValueEncodingContainer {
        let slot: Slot
        let codingPath: [any CodingKey] = []

        func encodeNil() { slot.scalar = .members([:]) }
        func encode(_ value: Bool) { slot.scalar = .flag(value) }
        func encode(_ value: String) { slot.scalar = .string(value) }
        func encode(_ value: Double) { slot.scalar = .number("\(value)") }
        func encode(_ value: Float) { slot.scalar = .number("\(value)") }
        func encode(_ value: Int) { slot.scalar = .number("\(value)") }
        func encode(_ value: Int8) { slot.scalar = .number("\(value)") }
        func encode(_ value: Int16) { slot.scalar = .number("\(value)") }
        func encode(_ value: Int32) { slot.scalar = .number("\(value)") }
        func encode(_ value: Int64) { slot.scalar = .number("\(value)") }
        func encode(_ value: UInt) { slot.scalar = .number("\(value)") }
        func encode(_ value: UInt8) { slot.scalar = .number("\(value)") }
        func encode(_ value: UInt16) { slot.scalar = .number("\(value)") }
        func encode(_ value: UInt32) { slot.scalar = .number("\(value)") }
        func encode(_ value: UInt64) { slot.scalar = .number("\(value)") }
        func encode(_ value: some Encodable) throws { slot.scalar = ConfigurationTree.of(value) }
    }
}
