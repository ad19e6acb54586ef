import Testing
import Vocabulary

@testable import Networks

/// The block of an environment in a file such as /etc/hosts.
@Suite(.timeLimit(.minutes(1))) struct HostsBlockTests {
    private func block(_ environment: String, _ entries: (String, [String])...) throws -> HostsBlock {
        HostsBlock(
            environment: environment, entries: try entries.map { try HostNames(try IPAddress($0.0), $0.1) })
    }

    @Test func itIsAddedReplacedAndRemoved() throws {
        let first = try block("shop-1", ("127.0.0.1", ["web.shop.trice.localhost", "web.shop-1.trice.localhost"]))
        let other = try block("shop-12", ("10.1.0.2", ["db.blog.trice.localhost"]))
        let base = "127.0.0.1 localhost\n\n# mine\n"
        let text = other.added(to: first.added(to: base))
        #expect(
            text == """
                127.0.0.1 localhost

                # mine
                # begin of the names of the Trice environment shop-1
                127.0.0.1\tweb.shop.trice.localhost web.shop-1.trice.localhost
                # end of the names of the Trice environment shop-1
                # begin of the names of the Trice environment shop-12
                10.1.0.2\tdb.blog.trice.localhost
                # end of the names of the Trice environment shop-12

                """)
        let changed = try block("shop-1", ("127.0.0.1", ["api.shop.trice.localhost"])).added(to: text)
        #expect(!changed.contains("web.shop.trice") && changed.contains("api.shop.trice"))
        #expect(changed.contains("db.blog"))
        #expect(other.removed(from: first.removed(from: text)) == base)
        #expect(
            first.added(to: text) != text && first.removed(from: first.added(to: text)) == first.removed(from: text))
    }

    @Test(arguments: ["", "127.0.0.1 localhost", "a\n\n\n", "\n"])
    func allElseStays(text: String) throws {
        let block = try block("e", ("127.0.0.1", ["a.b"]))
        let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
        #expect(block.removed(from: block.added(to: text)) == text + end)
        #expect(block.removed(from: text) == text)
    }

    @Test func aBeginningWithoutAnEndTakesNothingAlong() throws {
        let block = try block("e", ("127.0.0.1", ["a.b"]))
        let text = "# begin of the names of the Trice environment e\n10.0.0.1 mine\n"
        #expect(block.removed(from: text) == text)
    }
}
