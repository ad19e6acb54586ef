import Netlink
import Testing

@Suite(.timeLimit(.minutes(2))) struct ValueTests {
    @Test func interfaceNames() throws {
        #expect(try InterfaceName("tr-0123456789ab").rawValue.count == 15)
        #expect(InterfaceName(prefix: "tr-", hash: 0xFFFF_FF00_0000_00AB).rawValue == "tr-00000000ab")
    }

    @Test(arguments: ["", "0123456789abcdef", ".", "..", "a/b", "a b", "a:b", "ü", "a\u{0}", "a\"b", "a\n"])
    func wrongInterfaceNames(text: String) {
        #expect(throws: NetlinkError.self) { try InterfaceName(text) }
    }
}
