import Testing
import Vocabulary

/// The vectors of draft-eastlake-fnv, appendix C.
@Suite(.timeLimit(.minutes(1))) struct FNVHashTests {
    @Test(arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)])
    func sixtyFourBits(text: String, value: UInt64) {
        var hash = FNVHash<UInt64>()
        hash.combine(text.utf8)
        #expect(hash.value == value)
    }

    @Test func oneHundredTwentyEightBits() {
        var hash = FNVHash<UInt128>()
        #expect(String(hash.value, radix: 16) == "6c62272e07bb014262b821756295c58d")
        hash.combine("a".utf8)
        #expect(String(hash.value, radix: 16) == "d228cb696f1a8caf78912b704e4a8964")
    }
}
