import OCI
import Testing

@Suite(.timeLimit(.minutes(2))) struct DigestTests {
    @Test func readsBothAlgorithms() throws {
        let hex = String(repeating: "0af9", count: 16)
        let digest = try Digest("sha256:\(hex)")
        #expect(digest.algorithm == .sha256 && digest.hex == hex && digest.description == "sha256:\(hex)")
        #expect(digest.short == "0af90af90af9")
        #expect(try Digest("sha512:\(hex)\(hex)").algorithm == .sha512)
        #expect(try Digest(.sha256, bytes: [0x0a, 0xf9] + [UInt8](repeating: 0, count: 30)).hex.hasPrefix("0af900"))
    }

    @Test(arguments: [
        "", "sha256", "sha256:", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:" + String(repeating: "A", count: 64), "sha256:" + String(repeating: "g", count: 64),
        "sha256:" + String(repeating: "0", count: 65), "sha512:" + String(repeating: "0", count: 64),
        "sha256:../" + String(repeating: "0", count: 61),
    ]) func refuses(_ text: String) {
        #expect(throws: OCIError.self) { try Digest(text) }
    }

    @Test func refusesTheWrongNumberOfBytes() {
        #expect(throws: OCIError.self) { try Digest(.sha256, bytes: [1, 2, 3]) }
    }
}
