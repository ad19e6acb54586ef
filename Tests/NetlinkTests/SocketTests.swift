import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Netlink

/// Against the kernel, in namespaces of the test's own that go with it.
@Suite(.timeLimit(.minutes(2)), .enabled("needs root for network namespaces") { try Requirement.met(.root) })
struct SocketTests {
    @Test func aNewNamespaceHasALoopbackOnly() throws {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: namespace)
        let loopback = try #require(try socket.link(.loopback))
        #expect(loopback.index == 1)
        #expect(!loopback.isUp)
        try socket.perform(.setUp(.loopback))
        #expect(try socket.link(.loopback)?.isUp == true)
        #expect(try socket.addresses().contains { $0.address == .v4(.loopback) })
        #expect(try socket.routes().contains { $0.network?.description == "127.0.0.0/8" && $0.table == 255 })
        #expect(try socket.routes().contains { $0.destination == .v6(.loopback) })
        #expect(try socket.perform([]).isEmpty)
    }

    @Test(arguments: [
        ChildLink.macvlan(.bridge), .macvlan(.private), .macvlan(.vepa), .macvlan(.passthru), .ipvlan(.l2, .bridge),
        .ipvlan(.l3, .private), .ipvlan(.l3s, .vepa),
    ])
    func linksOnAnotherOne(child: ChildLink) throws {
        let outer = try NetworkNamespace.create()
        let inner = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: outer)
        let inside = try NetlinkSocket(in: inner)
        let bridge = try InterfaceName("parent0")
        try socket.perform(.createBridge(bridge, mac: try MACAddress("02:42:0a:c9:00:01"), group: 5))
        let parent = try #require(try socket.link(bridge))
        let mac = try MACAddress("02:42:0a:c9:00:07")
        do throws(NetlinkError) {
            try socket.perform(.createChild(.eth0, child, on: parent.index, mac: mac, in: inner.rawValue, mtu: 1400))
        } catch {
            // A kernel without the kind says so in its own words.
            #expect(error.message.contains("Unknown device type"), "\(error)")
            return
        }
        let link = try #require(try inside.link(.eth0))
        #expect(link.kind == child.kind && link.mtu == 1400 && !link.isUp)
        if case .macvlan(let mode) = child, mode != .passthru { #expect(link.mac == mac) }
        let program = try #require(ProgramSearch.ofProcess.find("ip")).string
        let shown = try NetworkNamespace.run(in: inner) { () throws(SystemError) in
            try ProcessOutput.of(ChildProcess.Command(program, ["-d", "link", "show", "eth0"]), input: [])
        }
        let mode =
            switch child {
            case .macvlan(let mode): mode.rawValue
            case .ipvlan(let mode, _): mode.rawValue
            }
        #expect(String(decoding: shown.standardOutput, as: UTF8.self).contains("\(child.kind) mode \(mode)"))
    }

    @Test func bridgeAndVethInTwoNamespaces() throws {
        let outer = try NetworkNamespace.create()
        let inner = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: outer)
        let inside = try NetlinkSocket(in: inner)
        let bridge = try InterfaceName("br-test")
        let port = try InterfaceName("port-test")
        let mac = try MACAddress("02:42:0a:c9:00:01")
        try socket.perform(.createBridge(bridge, mac: mac, group: 5))
        let link = try #require(try socket.link(bridge))
        #expect(link.kind == "bridge" && link.isUp && link.mac == mac && link.group == 5)

        let peerMAC = try MACAddress("02:42:0a:c9:00:02")
        let results = try socket.perform([
            .createVeth(
                port, master: link.index, group: 5, peer: .eth0, peerMAC: peerMAC, peerNamespace: inner),
            .setHairpin(port),
        ])
        for result in results { _ = try result.get() }
        let end = try #require(try socket.link(port))
        #expect(end.kind == "veth" && end.isUp && end.master == link.index && end.group == 5 && end.isHairpin == true)
        #expect(try inside.link(.eth0)?.mac == peerMAC)
        try socket.perform(.setHairpin(port, isOn: false))
        #expect(try socket.link(port)?.isHairpin == false)

        try inside.perform(.setUp(.eth0))
        let index = try #require(try inside.link(.eth0)).index
        let address = try IPv4Address("10.201.0.2")
        let gateway = try IPv4Address("10.201.0.1")
        for result in try inside.perform([
            .addAddress(address, prefixLength: 24, to: index), .addDefaultRoute(through: .v4(gateway), by: index),
        ]) { _ = try result.get() }
        #expect(try inside.addresses().contains { $0.address == .v4(address) && $0.prefixLength == 24 })
        let route = try #require(try inside.routes().first { $0.prefixLength == 0 && $0.table == 254 })
        #expect(route.gateway == .v4(gateway) && route.link == index)

        try socket.perform(.deleteLinks(group: 5))
        #expect(try socket.links().allSatisfy { $0.group == 0 })
        #expect(try inside.link(.eth0) == nil)
    }

    @Test func refusalsCarryCodeAndReason() throws {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: namespace)
        let name = try InterfaceName("br-test")
        let mac = try MACAddress("02:42:0a:c9:00:01")
        try socket.perform(.createBridge(name, mac: mac, group: 5))
        let twice = #expect(throws: NetlinkError.self) { try socket.perform(.createBridge(name, mac: mac, group: 5)) }
        #expect(twice?.code == .exists)
        let missing = #expect(throws: NetlinkError.self) { try socket.perform(.deleteLink(InterfaceName("none"))) }
        #expect(missing?.code == .notFound)
        #expect(missing?.message.hasPrefix("cannot delete link none: ") == true)
        let empty = #expect(throws: NetlinkError.self) { try socket.perform(.deleteLinks(group: 6)) }
        #expect(empty?.code == .notFound)
        let unreachable = #expect(throws: NetlinkError.self) {
            try socket.perform(.addDefaultRoute(through: IPAddress("10.9.9.9"), by: 2))
        }
        #expect(unreachable?.message.contains("Nexthop") == true)
        #expect(try socket.link(InterfaceName("none")) == nil)
    }

    @Test func aBatchGoesOnAfterAFailure() throws {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: namespace)
        let results = try socket.perform([
            .deleteLink(try InterfaceName("none")), .setUp(.loopback), .link(.loopback),
        ])
        #expect(throws: NetlinkError.self) { try results[0].get() }
        #expect(try results[1].get().isEmpty)
        #expect(try results[2].get().first?.link()?.isUp == true)
    }

    @Test func dumpsOfMoreThanOneDatagram() throws {
        let namespace = try NetworkNamespace.create()
        let socket = try NetlinkSocket(in: namespace)
        let before = try socket.links().count
        let mac = try MACAddress("02:42:0a:c9:00:01")
        let requests = try (0..<100).map { Request.createBridge(try InterfaceName("br\($0)"), mac: mac, group: 5) }
        for result in try socket.perform(requests) { _ = try result.get() }
        let links = try socket.links()
        #expect(links.count == before + 100)
        #expect(Set(links.map(\.name)).count == links.count)
    }
}
