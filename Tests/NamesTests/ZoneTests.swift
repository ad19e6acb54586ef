import Testing
import Vocabulary

@testable import Names

@Suite(.timeLimit(.minutes(1))) struct ZoneTests {
    private func member(_ network: String, _ address: String, _ names: String...) throws -> Zone.Membership {
        Zone.Membership(network: network, addresses: [try IPAddress(address)], names: names)
    }

    /// Two replicas of `web` in front of `db`, a proxy that does not see it, and a container of another environment.
    private func zone() throws -> ZoneIndex {
        var zone = Zone()
        zone.networks = [
            "front": Zone.Network(fullName: "shop_front", ipv4Subnets: [try IPv4Network("10.1.0.0/24")]),
            "back": Zone.Network(
                fullName: "shop_back", ipv4Subnets: [try IPv4Network("10.2.0.0/24")],
                ipv6Subnets: [try IPv6Network("fd00:2::/64")]),
        ]
        for number in 1...2 {
            zone.hosts["web-\(number)"] = Zone.Host(
                memberships: [
                    try member("front", "10.1.0.\(10 + number)", "shop-web-\(number)", "web", "web-\(number)"),
                    try member("back", "10.2.0.\(10 + number)", "shop-web-\(number)", "web", "site"),
                ], gateways: [try IPAddress("10.1.0.1")],
                extraHosts: number == 1 ? ["mirror": [try IPAddress("192.0.2.9")]] : [:],
                links: number == 1 ? ["database": "db"] : [:])
        }
        zone.hosts["db-1"] = Zone.Host(
            memberships: [
                Zone.Membership(
                    network: "back", addresses: [try IPAddress("10.2.0.20"), try IPAddress("fd00:2::20")],
                    names: ["shop-db-1", "db"])
            ], gateways: [try IPAddress("10.2.0.1")], forwards: false)
        zone.hosts["proxy-1"] = Zone.Host(
            memberships: [try member("front", "10.1.0.30", "shop-proxy-1", "proxy")],
            gateways: [try IPAddress("10.1.0.1")])
        zone.hosts["other"] = Zone.Host(
            memberships: [try member("front", "10.1.0.40", "foreign")], isForeign: true)
        return ZoneIndex(zone)
    }

    private func answer(
        _ name: String, of asker: String, stopped: Set<String> = [], type: RecordType = .a
    ) throws -> ZoneAnswer {
        try zone().answer(Question(try #require(DomainName(name)), type), of: asker) {
            $0 != "other" && !stopped.contains($0)
        }
    }

    private func addresses(_ texts: String...) throws -> ZoneAnswer {
        .addresses(try texts.map { try IPAddress($0) })
    }

    @Test func namesOfOtherEnvironmentsInASharedNetwork() throws {
        var zone = try zone().zone
        zone.environment = "shop-1"
        let shared = SharedNames(places: [
            SharedNames.Place(
                environment: "blog-2", container: "web-1", addresses: [try IPAddress("10.1.0.50")],
                names: ["blog-web-1", "web", "blog"]),
            SharedNames.Place(
                environment: "shop-1", container: "web-1", addresses: [try IPAddress("10.1.0.11")], names: ["web"]),
        ])
        let index = ZoneIndex(zone.adding(shared, in: "front"))
        func answer(_ name: String, of asker: String, stopped: String? = nil) throws -> ZoneAnswer {
            index.answer(Question(try #require(DomainName(name)), .a), of: asker) { $0 != stopped }
        }
        #expect(try answer("blog", of: "proxy-1") == addresses("10.1.0.50"))
        #expect(try answer("web", of: "proxy-1") == addresses("10.1.0.50", "10.1.0.11", "10.1.0.12"))
        #expect(try answer("blog", of: "proxy-1", stopped: "blog-2/web-1") == .noSuchName)
        // The database is in another network.
        #expect(try answer("blog", of: "db-1") == .noSuchName)
        #expect(
            try answer("50.0.1.10.in-addr.arpa", of: "proxy-1")
                == .names([try #require(DomainName("blog-web-1.shop_front"))]))
    }

    /// In a network that was joined for services of another environment only these have names, and those are of here.
    @Test func namesOfServicesOfAnotherEnvironment() throws {
        var zone = try zone().zone
        zone.environment = "shop-1"
        zone.networks["front"]?.externals = Zone.Externals(environment: "blog-2", names: ["db": ["sql", "store"]])
        func place(_ environment: String, _ container: String, _ address: String) throws -> SharedNames.Place {
            SharedNames.Place(
                environment: environment, container: container, addresses: [try IPAddress(address)],
                names: ["\(environment)-\(container)", String(container.dropLast(2)), "web"])
        }
        let shared = SharedNames(places: [
            try place("blog-2", "db-1", "10.1.0.50"), try place("blog-2", "db-2", "10.1.0.51"),
            try place("blog-2", "db-x-1", "10.1.0.52"), try place("news-3", "db-1", "10.1.0.53"),
        ])
        let index = ZoneIndex(zone.adding(shared, in: "front"))
        func answer(_ name: String) throws -> ZoneAnswer {
            index.answer(Question(try #require(DomainName(name)), .a), of: "proxy-1") { _ in true }
        }
        #expect(try answer("sql") == addresses("10.1.0.50", "10.1.0.51"))
        #expect(try answer("store") == addresses("10.1.0.50", "10.1.0.51"))
        #expect(try answer("blog-2-db-2") == addresses("10.1.0.51"))
        // Own services keep their names alone.
        #expect(try answer("web") == addresses("10.1.0.11", "10.1.0.12"))
        #expect(try answer("blog-2-db-x-1") == .elsewhere)
        #expect(try answer("news-3-db-1") == .elsewhere)
    }

    @Test func namesOfSharedNetworks() throws {
        #expect(try answer("web", of: "proxy-1") == addresses("10.1.0.11", "10.1.0.12"))
        #expect(try answer("WEB", of: "db-1") == addresses("10.2.0.11", "10.2.0.12"))
        #expect(try answer("web-2", of: "proxy-1") == addresses("10.1.0.12"))
        #expect(try answer("shop-web-1", of: "web-2") == addresses("10.1.0.11"))
        #expect(try answer("db", of: "web-1") == addresses("10.2.0.20", "fd00:2::20"))
        #expect(try answer("foreign", of: "web-1") == addresses("10.1.0.40"))
        // Its own name, in the network of the default route.
        #expect(try answer("web", of: "web-1") == addresses("10.1.0.11", "10.1.0.12"))
    }

    @Test func namesOfOtherNetworksAreNotSeenAndNotTold() throws {
        #expect(try answer("db", of: "proxy-1") == .noSuchName)
        #expect(try answer("site", of: "proxy-1") == .noSuchName)
        #expect(try answer("site", of: "db-1") == addresses("10.2.0.11", "10.2.0.12"))
        #expect(try answer("example.com", of: "proxy-1") == .elsewhere)
        #expect(try answer("printer", of: "proxy-1") == .elsewhere)
    }

    @Test func aNameMayBeFollowedByTheNetwork() throws {
        #expect(try answer("web.back", of: "web-1") == addresses("10.2.0.11", "10.2.0.12"))
        #expect(try answer("web.shop_back", of: "db-1") == addresses("10.2.0.11", "10.2.0.12"))
        #expect(try answer("web.back", of: "proxy-1") == .elsewhere)
    }

    @Test func whatDoesNotRunHasNoName() throws {
        #expect(try answer("web", of: "proxy-1", stopped: ["web-1"]) == addresses("10.1.0.12"))
        #expect(try answer("web", of: "proxy-1", stopped: ["web-1", "web-2"]) == .noSuchName)
    }

    @Test func namesOfOneContainerAlone() throws {
        #expect(try answer("mirror", of: "web-1") == addresses("192.0.2.9"))
        #expect(try answer("mirror", of: "web-2") == .elsewhere)
        #expect(try answer("database", of: "web-1") == addresses("10.2.0.20", "fd00:2::20"))
        #expect(try answer("database", of: "web-2") == .elsewhere)
        #expect(try answer("database", of: "web-1", stopped: ["db-1"]) == .noSuchName)
    }

    @Test func theHost() throws {
        for name in ["host.docker.internal", "Host.Trice.Internal"] {
            #expect(try answer(name, of: "proxy-1") == addresses("10.1.0.1"))
            #expect(try answer(name, of: "other") == .noSuchName)
        }
        #expect(try answer("localhost", of: "proxy-1") == addresses("127.0.0.1", "::1"))
    }

    @Test func reverseLookUps() throws {
        func names(_ name: String, _ asker: String) throws -> ZoneAnswer { try answer(name, of: asker, type: .ptr) }
        func found(_ text: String) throws -> ZoneAnswer { .names([try #require(DomainName(text))]) }
        #expect(try names("11.0.1.10.in-addr.arpa", "proxy-1") == found("shop-web-1.shop_front"))
        #expect(try names("1.0.1.10.in-addr.arpa", "proxy-1") == found("host.trice.internal"))
        #expect(try names("99.0.1.10.in-addr.arpa", "proxy-1") == .noSuchName)
        // A network that it is not in is not its own.
        #expect(try names("20.0.2.10.in-addr.arpa", "proxy-1") == .elsewhere)
        #expect(try names("1.0.0.127.in-addr.arpa", "proxy-1") == found("localhost"))
        let digits = "0.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.d.f.ip6.arpa"
        #expect(try names(digits, "web-1") == found("shop-db-1.shop_back"))
        #expect(try names("x.0.1.10.in-addr.arpa", "proxy-1") == .elsewhere)
    }

    @Test func serversBesideAContainer() throws {
        #expect(try zone().isBeside(IPAddress("10.2.0.77"), "db-1"))
        #expect(try !zone().isBeside(IPAddress("10.1.0.77"), "db-1"))
        #expect(try zone().isBeside(IPAddress("fd00:2::5"), "db-1"))
    }
}
