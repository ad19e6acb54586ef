import Netlink
import Testing

@testable import Networks

/// Outputs of nft 1.0.6.
@Suite(.timeLimit(.minutes(2))) struct ListingTests {
    private func listing(_ objects: String) throws -> NFTListing {
        let head = #"{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}"#
        return try NFTListing(Array(#"{"nftables": [\#(head), \#(objects)]}"#.utf8))
    }

    @Test func readsOurTable() throws {
        let listing = try listing(
            #"""
            {"table": {"family": "inet", "name": "trice-x-1", "handle": 3}},
            {"table": {"family": "ip", "name": "trice-no", "handle": 4}},
            {"table": {"family": "inet", "name": "filter", "handle": 5}},
            {"set": {"family": "inet", "name": "bridges", "table": "trice-x-1", "type": "ifname", "handle": 7, "elem": ["tr-0123456789", "a b"]}},
            {"map": {"family": "inet", "name": "tcp-anywhere", "table": "trice-x-1", "type": "inet_service", "handle": 8, "map": "ipv4_addr . inet_service", "elem": [[8080, {"concat": ["10.201.0.2", 80]}], [70000, {"concat": ["10.201.0.2", 80]}], 5, [1]]}},
            {"map": {"family": "inet", "name": "tcp-on-address", "table": "trice-x-1", "type": ["ipv4_addr", "inet_service"], "handle": 9, "map": "ipv4_addr . inet_service", "elem": [[{"concat": ["192.0.2.2", 8081]}, {"concat": ["10.201.0.2", 81]}]]}}
            """#)
        #expect(listing.environments == ["x-1"])
        #expect(listing.bridges.map(\.rawValue) == ["tr-0123456789"])
        #expect(
            listing.ports.map(\.description) == ["8080→10.201.0.2:80/tcp", "192.0.2.2:8081→10.201.0.2:81/tcp"])
    }

    @Test func readsChains() throws {
        let listing = try listing(
            #"""
            {"chain": {"family": "ip", "table": "filter", "name": "DOCKER-USER", "handle": 1}},
            {"chain": {"family": "ip", "table": "filter", "name": "FORWARD", "handle": 2, "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}}
            """#)
        #expect(
            listing.chains == [
                .init(family: "ip", table: "filter", name: "DOCKER-USER"),
                .init(family: "ip", table: "filter", name: "FORWARD", hook: "forward", policy: "drop"),
            ])
    }

    @Test func findsExactlyOurRulesInDockers() throws {
        func rule(_ handle: Int, _ expressions: String) -> String {
            #"{"rule": {"family": "ip", "table": "filter", "chain": "DOCKER-USER", "handle": \#(handle), "expr": [\#(expressions)]}}"#
        }
        func match(_ key: String, _ name: String, _ op: String = "==") -> String {
            #"{"match": {"op": "\#(op)", "left": {"meta": {"key": "\#(key)"}}, "right": "\#(name)"}}"#
        }
        let counter = #"{"counter": {"packets": 18446744073709551615, "bytes": 0}}"#
        let accept = #"{"accept": null}"#
        let listing = try listing(
            [
                rule(1, "\(match("iifname", "tr-a")), \(counter), \(accept)"),
                rule(2, "\(match("oifname", "tr-a")), \(accept)"),
                rule(3, "\(match("iifname", "tr-b")), \(counter), \(accept)"),
                rule(4, "\(match("iifname", "tr-a", "!=")), \(counter), \(accept)"),
                rule(5, "\(match("iifname", "tr-a")), \(counter), {\"drop\": null}"),
                rule(6, "\(match("iifname", "tr-a")), \(match("oifname", "tr-a")), \(counter), \(accept)"),
                rule(7, "\(match("mark", "tr-a")), \(counter), \(accept)"),
                rule(8, accept),
            ].joined(separator: ","))
        #expect(listing.acceptHandles(for: ["tr-a"]) == [1, 2])
        #expect(listing.acceptHandles(for: []).isEmpty)
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"nftables": 5}"#, "null", "\u{0}"])
    func refusesWhatIsNoListing(text: String) {
        let error = #expect(throws: NetworkError.self) { try NFTListing(Array(text.utf8)) }
        #expect(error?.code == .unreadableRules)
    }

    @Test func strangeObjectsArePassedOver() throws {
        let listing = try listing(
            #"5, null, [1], {"set": 7}, {"chain": []}, {"rule": {"expr": 5}}, {"map": {"name": "tcp-anywhere", "elem": "x"}}"#
        )
        #expect(listing.chains.isEmpty && listing.ports.isEmpty && listing.bridges.isEmpty)
        #expect(listing.acceptHandles(for: ["x"]).isEmpty)
    }
}
