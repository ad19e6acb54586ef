import Envfile
import FoundationEssentials
import Testing
import Vocabulary

@testable import Planning

/// That the fingerprint follows from the coded form of a container.
@Suite(.timeLimit(.minutes(1))) struct DerivedFingerprintTests {
    private struct Plain: Encodable {
        var command: [String]? = ["a"]
        var labels = ["a": "b"]
    }

    private struct Extended: Encodable {
        var command: [String]? = ["a"]
        var labels = ["a": "b"]
        var isPrivileged = false
        var capabilities: [String] = []
        var sysctls: [String: String] = [:]
        var memoryLimit: UInt64?
        var limits = Limits()

        struct Limits: Encodable {
            var pids: Int?
            var isNeverKilled = false
        }
    }

    @Test func attributeThatSaysNothingLeavesTheDigest() {
        let plain = ContainerFingerprint.attributes(of: Plain())
        #expect(ContainerFingerprint.attributes(of: Extended()) == plain)
        var extended = Extended()
        extended.memoryLimit = 5
        extended.limits.isNeverKilled = true
        extended.isPrivileged = true
        let changes = ContainerFingerprint(image: "a", attributes: plain).changes(
            to: ContainerFingerprint(image: "a", attributes: ContainerFingerprint.attributes(of: extended)))
        #expect(changes == ["memory limit changed", "never killed changed", "privileged changed"])
    }

    @Test func optionalThatIsSetSaysSomething() {
        var plain = Plain()
        plain.command = []
        let cleared = ContainerFingerprint.attributes(of: plain)
        plain.command = nil
        #expect(cleared.keys.contains("command"))
        #expect(!ContainerFingerprint.attributes(of: plain).keys.contains("command"))
    }

    /// Every leaf of the coded form of a container in which every property is set.
    @Test func everyFieldChangesTheDigest() throws {
        let tree = try JSONDecoder().decode(Tree.self, from: JSONEncoder().encode(Self.full))
        #expect(tree.leaves.count >= 40)
        let digest = ContainerFingerprint(of: Self.full).digest
        for path in tree.leaves {
            let data = try JSONEncoder().encode(tree.changed(at: path[...]))
            guard let container = try? JSONDecoder().decode(DesiredContainer.self, from: data) else {
                Issue.record("\(path) cannot be read back: \(String(decoding: data, as: UTF8.self))")
                continue
            }
            #expect(container != Self.full, "\(path)")
            let isIdentity = path.first == "id" || path.first == "dependencies"
            #expect((ContainerFingerprint(of: container).digest == digest) == isIdentity, "\(path)")
        }
    }

    /// The record of a container that an earlier version made.
    @Test func formerDigestsCountAsUnchanged() throws {
        let service = FingerprintTests.base
        var former = fingerprint(of: service)
        let attributes = FormerFingerprint.attributes(of: service)
        former.attributes.merge(attributes) { _, former in former }
        #expect(former != fingerprint(of: service))
        #expect(former.changes(to: fingerprint(of: service), former: attributes).isEmpty)
        var state = upped(environment(service))
        state.update("web") { $0.fingerprint = former }
        #expect(try plan(environment(service), state).isEmpty)
        var changed = service
        changed.mounts[0].isReadOnly = true
        #expect(try plan(environment(changed), state).description.contains("mount /x changed"))
    }

    private static let full = extended(plain)

    /// The container with what a service can say of protection, limits and namespaces.
    private static func extended(_ container: DesiredContainer) -> DesiredContainer {
        var made = container
        made.process.keepsInputOpen = true
        made.annotations = ["a": "b"]
        made.runtime = "runc"
        made.files = [
            .init(target: "/run/secrets/a", content: .text("x"), user: 1, group: 2, mode: 3),
            .init(target: "/b", content: .bytes([1])),
        ]
        made.mounts[0].options = ["rslave"]
        made.mounts[0].leavesOutMountsBelow = true
        made.mounts[0].skipsCopy = true
        made.mounts[0].identity = .explicit(hostUser: 1, hostGroup: 2, user: 3, group: 4)
        made.mounts[1].volume = .init(
            name: "n", isExternal: true, device: .init(type: "t", device: "/d", options: ["ro"], isBind: true))
        made.volumesFrom = [.init(service: "db", isReadOnly: true, mounts: [made.mounts[1]])]
        made.security = security
        made.limits = limits
        made.namespaces.pid = .service("db")
        made.namespaces.ipc = .service("db")
        made.namespaces.uts = .service("db")
        made.namespaces.parameters = ["net.a": "1"]
        return made
    }

    private static let security = {
        var security = DesiredContainer.Security()
        security.addedCapabilities = ["NET_ADMIN"]
        security.droppedCapabilities = ["ALL"]
        security.isPrivileged = true
        security.forbidsNewPrivileges = true
        security.seccomp = .file("/p")
        security.appArmorProfile = "p"
        security.label = ["type": "t"]
        security.showsSystemPaths = true
        security.groups = ["g"]
        security.devices = [.init(source: "/dev/a", target: "/dev/b", permissions: "r")]
        security.deviceRules = [DeviceRule("c 1:3 r")].compactMap(\.self)
        security.deviceRequests = [.init(driver: "d", capabilities: ["gpu"], ids: ["0"], count: 1)]
        return security
    }()

    private static let limits = {
        var limits = DesiredContainer.Limits()
        limits.memory = 1
        limits.memoryReservation = 1
        limits.memoryAndSwap = 1
        limits.swappiness = 1
        limits.isNeverKilled = true
        limits.sharedMemory = 1
        limits.outOfMemoryScore = 1
        limits.processorShares = 1
        limits.processorQuota = 1
        limits.processorPeriod = 1
        limits.realtimeRuntime = 1
        limits.realtimePeriod = 1
        limits.processors = "0"
        limits.processes = 1
        let rates = [DesiredContainer.Limits.Rate(path: "/dev/a", value: 1)]
        limits.blockDevices = .init(
            weight: 1, weights: rates, readRates: rates, writeRates: rates, readOperations: rates,
            writeOperations: rates)
        limits.resourceLimits = ["nofile": .init(soft: 1, hard: 2)]
        limits.cgroupParent = "/p"
        return limits
    }()

    private static let plain = DesiredContainer(
        id: ContainerID(service: "web", number: 1), image: "a:1",
        process: DesiredContainer.Process(
            entrypoint: ["e"], command: ["c", "d"], environment: ["A": "1"], workingDirectory: "/w", user: "0:0",
            hasTerminal: true, usesInit: true),
        hostname: "h", isRootReadOnly: true,
        mounts: [
            DesiredContainer.Mount(
                source: .bind(path: "/b", createsSource: true), target: "/1", isReadOnly: true, subpath: "s"),
            DesiredContainer.Mount(source: .volume(name: "v"), target: "/2"),
            DesiredContainer.Mount(source: .memory(size: 1, mode: 2), target: "/3"),
            DesiredContainer.Mount(source: .foreign(type: "npipe", source: "p"), target: "/4"),
        ],
        attachments: [DesiredContainer.Attachment(network: "n", aliases: ["x"], priority: 1, gatewayPriority: 2)],
        ports: [
            DesiredContainer.PublishedPort(
                hostAddress: .any, hostPorts: PortRange(80), containerPort: 80, transport: .tcp, autoCorrects: true)
        ],
        labels: ["l": "v"], stopSignal: .terminate, stopGracePeriod: .seconds(3), dependencies: ["db"])
}

/// A JSON document that can be changed at any leaf.
private enum Tree: Codable {
    case flag(Bool)
    case number(Int)
    case text(String)
    case items([Tree])
    case members([String: Tree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([Tree].self) {
            self = .items(items)
        } else {
            self = .members(try container.decode([String: Tree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .items(let items): try container.encode(items)
        case .members(let members): try container.encode(members)
        }
    }

    /// The way to every scalar.
    var leaves: [[String]] {
        switch self {
        case .flag, .number, .text: [[]]
        case .items(let items):
            items.enumerated().flatMap { item in item.element.leaves.map { ["\(item.offset)"] + $0 } }
        case .members(let members): members.flatMap { member in member.value.leaves.map { [member.key] + $0 } }
        }
    }

    /// The document with another value at one leaf; a text that has a form keeps it.
    func changed(at path: ArraySlice<String>) -> Tree {
        switch self {
        case .flag(let flag): return .flag(!flag)
        case .number(let number): return .number(number + 1)
        case .text(let text):
            let others = ["SIGTERM": "SIGINT", "tcp": "udp", "any": "loopback", "80": "81", "c 1:3 r": "c 1:3 w"]
            return .text(others[text] ?? text + "x")
        case .items(var items):
            guard let step = path.first, let index = Int(step) else { return self }
            items[index] = items[index].changed(at: path.dropFirst())
            return .items(items)
        case .members(var members):
            guard let step = path.first, let member = members[step] else { return self }
            members[step] = member.changed(at: path.dropFirst())
            return .members(members)
        }
    }
}
