import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct NetworkSectionTests {
    private let endpoints = Section(decode: { NetworkAttachment.decodedList(from: $0).map(\.value) }) { list, _ in
        .map(list.map { .init($0.network.rawValue, $0.rendered()) })
    }
    private let network = Section(decode: { cursor in
        var network = Network.decoded(named: "front", from: cursor)
        network?.identity.spell(key: "front")
        return network
    }) { content, _ in
        content.rendered(project: "shop")
    }
    private let volume = Section(decode: { cursor in
        var volume = Volume.decoded(named: "data", from: cursor)
        volume?.identity.spell(key: "data")
        return volume
    }) { content, _ in
        content.rendered(project: "shop")
    }

    @Test func memberships() {
        endpoints.check("[default, back]", #"{"default":null,"back":null}"#)
        endpoints.check("{front: , back: {aliases: [b, a, b]}}", #"{"front":null,"back":{"aliases":["b","a"]}}"#)
        endpoints.check(
            """
            n:
              ipv4_address: 10.1.0.5
              ipv6_address: fd00::5
              link_local_ips: [169.254.1.1]
              mac_address: 02:42:ac:11:00:02
              driver_opts: {a: 1}
              priority: 1000
              gw_priority: -1
              interface_name: eth7
            """,
            #"{"n":{"driver_opts":{"a":"1"},"gw_priority":-1,"interface_name":"eth7","ipv4_address":"10.1.0.5","#
                + #""ipv6_address":"fd00::5","link_local_ips":["169.254.1.1"],"mac_address":"02:42:ac:11:00:02","#
                + #""priority":1000}}"#)
    }

    @Test(arguments: [
        SectionCase("front", "error: s must be a list or a mapping of networks, but is a string"),
        SectionCase("[a, a]", "error: the network `a` is listed twice"),
        SectionCase("{a: {alias: [x]}}", "error: unknown key `alias` in s.a"),
        SectionCase("{a: {aliases: x}}", "error: s.a.aliases must be a list, but is a string"),
        SectionCase("{a: {ipv4_address: fd00::5}}", "error: `fd00::5` is not an IPv4 address"),
        SectionCase("{a: {ipv6_address: 10.0.0.1}}", "error: `10.0.0.1` is not an IPv6 address"),
        SectionCase("{a: {link_local_ips: [x]}}", "error: `x` is not an IPv4 or IPv6 address"),
        SectionCase("{a: {mac_address: 02:42}}", "error: `02:42` is no MAC address"),
        SectionCase("{a: {mac_address: '0+:42:ac:11:00:02'}}", "error: `0+:42:ac:11:00:02` is no MAC address"),
        SectionCase("{a: {mac_address: '01:00:5e:00:00:01'}}", "error: `01:00:5e:00:00:01` is no MAC address"),
        SectionCase("{a: {mac_address: '02:42-ac:11-00:02'}}", "error: `02:42-ac:11-00:02` is no MAC address"),
        SectionCase("{a: {priority: high}}", "error: s.a.priority must be a priority, but is a string"),
        SectionCase(
            "{a: {interface_name: a-very-long-name}}", "error: `a-very-long-name` is no name of a network interface"),
        SectionCase("{a: {interface_name: a/b}}", "error: `a/b` is no name of a network interface"),
        SectionCase(
            "{a: {driver_opts: {x: true}}}",
            "error: s.a.driver_opts.x must be a string or a number, but is the boolean true"),
    ])
    func badMemberships(_ example: SectionCase) {
        #expect(endpoints.read(example.text).messages == example.expected)
    }

    /// The forms that Go's `net.ParseMAC` reads, as written.
    @Test(arguments: ["02-42-ac-11-00-02", "0242.ac11.0002", "02:42:AC:11:00:02"])
    func formsOfHardwareAddresses(text: String) {
        endpoints.check("{a: {mac_address: '\(text)'}}", #"{"a":{"mac_address":"\#(text)"}}"#)
    }

    @Test func networks() {
        network.check("~", #"{"ipam":{},"name":"shop_front"}"#)
        network.check("{driver: bridge}", #"{"driver":"bridge","ipam":{},"name":"shop_front"}"#)
        network.check("{external: true}", #"{"external":true,"ipam":{},"name":"front"}"#)
        network.check("{external: true, name: x}", #"{"external":true,"ipam":{},"name":"x"}"#)
        network.check("{external: false, name: x}", #"{"ipam":{},"name":"x"}"#)
        network.check(
            "{enable_ipv6: false, enable_ipv4: false}", #"{"enable_ipv4":false,"ipam":{},"name":"shop_front"}"#)
        network.check(
            """
            driver_opts: {com.docker.network.bridge.name: br0, mtu: 1400}
            internal: true
            attachable: true
            enable_ipv6: true
            labels: [a=b]
            ipam:
              driver: default
              options: {o: p}
              config:
                - {subnet: 172.20.0.0/24, gateway: 172.20.0.1, ip_range: 172.20.0.128/25, aux_addresses: {h: 172.20.0.9}}
                - {subnet: fd00::/64}
            """,
            #"{"attachable":true,"driver_opts":{"com.docker.network.bridge.name":"br0","mtu":"1400"},"#
                + #""enable_ipv6":true,"internal":true,"ipam":{"config":[{"aux_addresses":{"h":"172.20.0.9"},"#
                + #""gateway":"172.20.0.1","ip_range":"172.20.0.128/25","subnet":"172.20.0.0/24"},{"subnet":"fd00::/64"}],"#
                + #""driver":"default","options":{"o":"p"}},"labels":{"a":"b"},"name":"shop_front"}"#)
    }

    @Test(arguments: [
        SectionCase("x", "error: s must be a mapping, but is a string"),
        SectionCase("{drivr: x}", "error: unknown key `drivr` in s"),
        SectionCase("{external: maybe}", "error: s.external must be true or false, but is a string"),
        SectionCase("{external: [x]}", "error: s.external must be true or false, but is a list"),
        SectionCase("{external: {named: x}}", "error: unknown key `named` in s.external"),
        SectionCase(
            "{name: a, external: {name: b}}", "error: s is named both `a` and `b`",
            "warning: `external.name` is an old form"),
        SectionCase("{external: true, internal: true}", "warning: `internal` is ignored, because s is external"),
        SectionCase("{ipam: {config: [{subnet: 10.0.0.0}]}}", "error: `10.0.0.0` is no range of addresses"),
        SectionCase("{ipam: {config: [{subnet: 10.0.0.0/33}]}}", "error: `10.0.0.0/33` is no range of addresses"),
        SectionCase("{ipam: {config: [{gateway: x}]}}", "error: `x` is not an IPv4 or IPv6 address"),
        SectionCase("{ipam: {config: {}}}", "error: s.ipam.config must be a list, but is a mapping"),
        SectionCase(
            "{ipam: {config: [{aux_addresses: [x]}]}}",
            "error: s.ipam.config[0].aux_addresses must be a mapping, but is a list"),
    ])
    func badNetworks(_ example: SectionCase) {
        #expect(network.read(example.text).messages.sorted() == example.expected)
    }

    @Test func theOldFormOfExternalNames() {
        let (content, messages) = network.read("{external: {name: b}}")
        #expect(content?.identity == ResourceIdentity(customName: "b", isExternal: true))
        #expect(messages == ["warning: `external.name` is an old form"])
        #expect(network.read("{external: {}}").content?.identity.isExternal == true)
    }

    @Test func volumes() {
        volume.check("~", #"{"name":"shop_data"}"#)
        volume.check(
            "{driver: local, driver_opts: {type: none, o: bind, device: ./d}, labels: {a: }}",
            #"{"driver":"local","driver_opts":{"device":"/srv/shop/d","o":"bind","type":"none"},"labels":{"a":""},"name":"shop_data"}"#
        )
        volume.check(
            "{driver: local, driver_opts: {type: nfs, device: ':/x'}}",
            #"{"driver":"local","driver_opts":{"device":":/x","type":"nfs"},"name":"shop_data"}"#)
        volume.check("{external: true, x-a: 1}", #"{"external":true,"name":"data"}"#)
        volume.check("{name: '$$x'}", #"{"name":"$$x"}"#)
        #expect(
            volume.read("{external: true, driver: x}").messages == [
                "error: `driver` cannot be said of s, because it is external"
            ])
        #expect(volume.read("[a]").messages == ["error: s must be a mapping, but is a list"])
        #expect(volume.hints("{label: {}}") == ["did you mean `labels`?"])
    }

    @Test func dollarSignsAreDoubledOnceForAll() {
        let tree = Value.map([.init("a", .list([.string("$x$$"), .integer(1)])), .init("$k", .null)])
        #expect(compact(tree.escapingVariables()) == #"{"a":["$$x$$$$",1],"$k":null}"#)
    }
}
