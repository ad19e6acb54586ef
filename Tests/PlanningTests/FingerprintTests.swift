import Envfile
import FoundationEssentials
import Testing
import Vocabulary

@testable import Planning

@Suite(.timeLimit(.minutes(2))) struct FingerprintTests {
    /// The vectors were computed with an implementation of the specification in another language.
    @Test(arguments: [
        ("", "6c62272e07bb014262b821756295c58d"), ("a", "d228cb696f1a8caf78912b704e4a8964"),
        ("foobar", "343e1662793c64bf6f0d3597ba446f18"),
    ])
    func knownVectors(text: String, digest: String) {
        #expect(ConfigurationHash { $0.combine(bytes: text.utf8) }.description == digest)
    }

    @Test func framingTellsListsApart() {
        let hashes = [["ab"], ["a", "b"], ["", "ab"], ["ab", ""], []].map { words in
            ConfigurationHash { $0.combine(words) }
        }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func textForm() {
        let hash = ConfigurationHash { $0.combine(true) }
        #expect(ConfigurationHash(hash.description) == hash)
        for bad in [
            "", "6c", "+c62272e07bb014262b821756295c58d", String(repeating: "g", count: 32),
            "6C62272E07BB014262B821756295C58D",
        ] {
            #expect(ConfigurationHash(bad) == nil)
        }
    }

    /// A stored fingerprint must mean the same in the next version, or every container is recreated by an update.
    @Test func isStableOverVersions() throws {
        let made = fingerprint(
            of: Service(name: "web", image: "a:1", command: .replaced(["sh", "-c", "x"]), environment: ["A": "1"]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(made), as: UTF8.self)
        #expect(text == expectedJSON)
        #expect(try JSONDecoder().decode(ContainerFingerprint.self, from: Data(text.utf8)) == made)
    }

    private let expectedJSON =
        #"{"attributes":{"command":"2c3a445f5a5b88c02c09b4f23b6aa993""#
        + #","environment A":"2d6abb407f11a5db6bdb2c07df6bcdfe""#
        + #","hostname":"6880d49debb26bae25e805587de4d8cd""#
        + #","init":"277069d870062db7c105a7a200abfa94""#
        + #","stop grace period":"fcd4896a293428e224dc12b1e66fd277"}"#
        + #","image":"a:1"}"#

    @Test func brokenHashIsRefused() {
        let text = #"{"image":"a","attributes":{"command":"zz"}}"#
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ContainerFingerprint.self, from: Data(text.utf8))
        }
    }

    @Test(arguments: changes)
    func everyAttributeIsNoticed(change: Change) {
        var new = Self.base
        change.apply(&new)
        let changes = fingerprint(of: Self.base).changes(to: fingerprint(of: new))
        #expect(changes == change.expected)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var expected: [String]
        var apply: @Sendable (inout Service) -> Void
        var testDescription: String { expected.joined(separator: ", ") }
        init(_ expected: String..., apply: @escaping @Sendable (inout Service) -> Void) {
            self.expected = expected
            self.apply = apply
        }
    }

    static let base = Service(
        name: "web", image: "a:1", mounts: [Mount(source: .bind(path: "/x", createsSource: true), target: "/x")],
        ports: [PortMapping(hostAddress: .loopback, published: PortRange(80), target: 80, autoCorrects: true)],
        networks: [NetworkAttachment(network: "default")])

    static let changes = [
        Change("image changed: a:1 → a:2") { $0.image = "a:2" },
        Change("entrypoint changed") { $0.entrypoint = .replaced([]) },
        Change("command changed") { $0.command = .replaced(["a"]) },
        Change("environment A added") { $0.environment = ["A": ""] },
        Change("working directory changed") { $0.workingDirectory = "/" },
        Change("user changed") { $0.user = "0" },
        Change("hostname changed") { $0.naming.hostname = "other" },
        Change("label a added") { $0.labels = ["a": "b"] },
        Change("mount /x removed") { $0.mounts = [] },
        Change("mount /x changed") { $0.mounts[0].isReadOnly = true },
        Change("mount /x changed") { $0.mounts[0].subpath = "a" },
        Change("mount /x changed") { $0.mounts[0].source = .bind(path: "/x", createsSource: false) },
        Change("mount /x changed") { $0.mounts[0].source = .volume(name: "x") },
        Change("mount /x changed") { $0.mounts[0].source = .anonymousVolume },
        Change("mount /x changed") { $0.mounts[0].source = .tmpfs(size: nil, mode: nil) },
        Change("port 80/tcp changed") { $0.ports[0].hostAddress = .any },
        Change("port 80/tcp changed") { $0.ports[0].hostAddress = .address(.v4(IPv4Address(rawValue: 0x0A00_0001))) },
        Change("port 80/tcp changed") { $0.ports[0].published = nil },
        Change("port 80/tcp changed") { $0.ports[0].autoCorrects = false },
        Change("port 80/tcp removed", "port 80/udp added") { $0.ports[0].transportProtocol = .udp },
        Change("network default changed") { $0.networks[0].aliases = ["w"] },
        Change("stop signal changed") { $0.stopSignal = "SIGINT" },
        Change("stop grace period changed") { $0.givenStopGracePeriod = .milliseconds(10_001) },
        Change("terminal changed") { $0.hasTerminal = true },
        Change("read-only root changed") { $0.isReadOnly = true },
        Change("init changed") { $0.usesInit = false },
    ]

    @Test func dependenciesAndProfilesDoNotCount() {
        var new = Self.base
        new.dependencies = [Dependency(service: "db")]
        new.profiles = ["debug"]
        #expect(fingerprint(of: new) == fingerprint(of: Self.base))
    }

    @Test func rowsForMachines() throws {
        let wanted = environment(service("db"), service("web", after: [healthy("db")]))
        var state = upped(wanted)
        state.update("web") { $0.state = .exited(code: 2) }
        let rows = try plan(wanted, state).rows
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(rows), as: UTF8.self)
                == #"[{"action":"start","after":[{"condition":"service_healthy","container":"db-1"}],"#
                + #""cause":"exited with code 2","resource":"container web-1"}]"#)
    }
}
