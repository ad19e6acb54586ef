/// FNV-1a (draft-eastlake-fnv): equal for equal bytes on every machine and in every run, so it may be stored.
///
/// `Hasher` is seeded per process. A cryptographic digest would need a dependency, and a user gains nothing by a
/// collision within an own environment. 64 bits spread names; 128 bits keep accidental collisions out of reach.
package struct FNVHash<Value: FNVWidth>: Sendable {
    package private(set) var value = Value.offsetBasis

    package init() {}

    /// Adds bytes to the hash.
    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ Value(byte)) &* Value.prime }
    }
}

/// A width for which the specification has constants.
package protocol FNVWidth: FixedWidthInteger & UnsignedInteger & Sendable {
    static var offsetBasis: Self { get }
    static var prime: Self { get }
}

extension UInt64: FNVWidth {
    package static var offsetBasis: UInt64 { 0xcbf2_9ce4_8422_2325 }
    package static var prime: UInt64 { 0x100_0000_01b3 }
}

extension UInt128: FNVWidth {
    package static var offsetBasis: UInt128 { 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d }
    package static var prime: UInt128 { 0x0000_0000_0100_0000_0000_0000_0000_013b }
}
