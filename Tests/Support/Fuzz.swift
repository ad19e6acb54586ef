/// The generator xorshift64: the same seed gives the same numbers, so a failure can be repeated.
package struct FuzzRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    package mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Damages inputs of a corpus.
package struct FuzzMutator: Sendable {
    private var random: FuzzRandom
    /// The bytes that are inserted: those that have a meaning for the reader.
    private let alphabet: [UInt8]

    /// - Parameters:
    ///   - seed: Each seed gives other damage; the same seed gives the same damage.
    ///   - signs: Characters that have a meaning for the reader; bytes that are not UTF-8 and a zero are added.
    package init(seed: UInt64, signs: String) {
        random = FuzzRandom(seed: seed)
        alphabet = Array(signs.utf8) + [0xFF, 0xC2, 0]
    }

    /// One of the inputs with one to four damages.
    package mutating func damaged(_ corpus: [[UInt8]]) -> [UInt8] {
        var bytes = corpus[Int.random(in: corpus.indices, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes, corpus) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8], _ corpus: [[UInt8]]) {
        guard !bytes.isEmpty else { return bytes = corpus[0] }
        let index = Int.random(in: bytes.indices, using: &random)
        let byte = alphabet[Int.random(in: alphabet.indices, using: &random)]
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(byte, at: index)
        case 2: bytes[index] = byte
        case 3: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...20, using: &random)))
        case 5:
            let other = corpus[Int.random(in: corpus.indices, using: &random)]
            let start = Int.random(in: 0...other.count, using: &random)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 24)], at: index)
        default:
            let part = Array(bytes[index..<min(bytes.count, index + 12)])
            for _ in 0..<Int.random(in: 1...8, using: &random) { bytes.insert(contentsOf: part, at: index) }
        }
    }
}
