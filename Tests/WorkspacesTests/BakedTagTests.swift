import Testing

@testable import Workspaces

/// Tags of baked images.
@Suite(.timeLimit(.minutes(1))) struct BakedTagTests {
    @Test func aTagIsReadBack() throws {
        let tag = BakedTag(service: "My__web-1", key: "7d0c")
        #expect("\(tag)" == "my-web-1-7d0c")
        #expect(BakedTag(ofReference: "localhost:5000/team/shop:\(tag)") == tag)
        #expect(BakedTag(ofReference: "localhost:5000/team/shop:latest") == nil)
        #expect(BakedTag(ofReference: "shop") == nil)
    }

    @Test func aLongNameStaysATag() {
        #expect("\(BakedTag(service: String(repeating: "ab", count: 90), key: "7d0c"))".count <= 128)
    }
}
