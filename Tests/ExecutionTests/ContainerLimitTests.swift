import Containers
import OCI
import Planning
import SystemPackage
import Testing
import Vocabulary

@testable import Execution

/// What a container may do, and how much it may use, in the runtime's words.
@Suite(.timeLimit(.minutes(1))) struct ContainerLimitTests {
    private static let all = LimitSupport(limits: Set(LimitSupport.Limit.allCases), reason: "")

    private func assemble(
        host change: (inout ContainerAssembly.HostSide) -> Void = { _ in },
        _ body: (inout DesiredContainer) -> Void
    ) throws -> ContainerConfiguration {
        var container = DesiredContainer(
            id: ContainerID(service: "web", number: 1), image: "demo:1", process: .init(entrypoint: ["sh"]),
            hostname: "web")
        body(&container)
        var host = ContainerAssembly.HostSide(
            rootfs: "/r", nameFiles: "/n", network: .path("/proc/7/ns/net"), cgroupPath: "/trice-web",
            initProgram: "/init", limits: Self.all)
        change(&host)
        let image = ImageConfiguration(platform: Platform(architecture: "amd64"), diffIDs: []).config
        return try ContainerAssembly(container: container, image: image, host: host).configuration { _, groups in
            ResolvedUser(uid: 0, gid: 0, additionalGroups: groups.compactMap { UInt32($0) })
        }
    }

    @Test func protection() throws {
        let made = try assemble { container in
            container.security.addedCapabilities = ["NET_ADMIN"]
            container.security.droppedCapabilities = ["CAP_CHOWN"]
            container.security.forbidsNewPrivileges = true
            container.security.showsSystemPaths = true
            container.security.groups = ["7", "8"]
            container.security.appArmorProfile = "p"
            container.annotations = ["a": "b"]
        }
        #expect(made.capabilities.contains("CAP_NET_ADMIN") && !made.capabilities.contains("CAP_CHOWN"))
        #expect(made.forbidsNewPrivileges && made.showsSystemPaths && !made.isPrivileged)
        #expect(made.user.additionalGroups == [7, 8] && made.annotations == ["a": "b"])
        #expect(made.appArmorProfile == nil, "the host has no AppArmor")
        let privileged = try assemble { container in
            container.security.isPrivileged = true
            container.security.droppedCapabilities = ["ALL"]
        }
        #expect(privileged.isPrivileged && privileged.capabilities == .all)
    }

    @Test func protectionOfTheHost() throws {
        let made = try assemble(host: { $0.facts = HostSecurity(hasAppArmor: true, hasSELinux: true) }) { container in
            container.security.appArmorProfile = "p"
            container.security.label = ["type": "t"]
        }
        #expect(made.appArmorProfile == "p" && made.processLabel == "system_u:system_r:t:s0")
        let without = try assemble(host: { $0.facts = HostSecurity(hasAppArmor: true, hasSELinux: true) }) {
            $0.security.appArmorProfile = "unconfined"
            $0.security.label = ["disable": "true", "type": "t"]
        }
        #expect(without.appArmorProfile == nil && without.processLabel == nil)
    }

    @Test func namespaces() throws {
        let made = try assemble(host: {
            $0.joinedNamespaces = [.ipc: "/proc/9/ns/ipc"]
            $0.sharedMemory = "/run/shm"
        }) { container in
            container.namespaces.pid = .host
            container.namespaces.ipc = .service("db")
            container.namespaces.parameters = ["net.core.somaxconn": "7"]
        }
        #expect(made.namespaces.pid == .host && made.namespaces.ipc == .path("/proc/9/ns/ipc"))
        #expect(made.namespaces.uts == .own && made.sharedMemory == "/run/shm")
        #expect(made.sysctls == ["net.core.somaxconn": "7"])
        #expect(try assemble { $0.namespaces.ipc = .bare }.hasNoSharedMemory)
    }

    @Test func limits() throws {
        let made = try assemble(host: { $0.blockNumbers = ["/dev/a": .init(major: 8, minor: 1)] }) { container in
            container.limits.memory = 64 << 20
            container.limits.processorQuota = 50_000
            container.limits.processorPeriod = 100_000
            container.limits.processes = 20
            container.limits.processors = "0"
            container.limits.outOfMemoryScore = -100
            container.limits.sharedMemory = 5
            container.limits.resourceLimits = ["nofile": .init(soft: 10, hard: -1)]
            container.limits.blockDevices = .init(weight: 300, readRates: [.init(path: "/dev/a", value: 7)])
        }
        #expect(made.resources?.memory == .init(limit: 64 << 20, swap: 128 << 20))
        #expect(made.resources?.cpu == .init(quota: 50_000, period: 100_000, cpus: "0"))
        #expect(made.resources?.pids == .init(limit: 20))
        #expect(made.resources?.blockIO?.weight == 300)
        #expect(made.resources?.blockIO?.throttleReadBpsDevice == [.init(major: 8, minor: 1, rate: 7)])
        #expect(made.resourceLimits == [.init(type: "RLIMIT_NOFILE", soft: 10, hard: .max)])
        #expect(made.sharedMemorySize == 5 && made.outOfMemoryScoreAdjustment == -100)
    }

    @Test func whatTheHostCannotDoIsLeftOutAndNamed() throws {
        let none = LimitSupport(limits: [], reason: "because")
        var limits = DesiredContainer.Limits()
        limits.memory = 1
        limits.processes = 1
        limits.outOfMemoryScore = -5
        limits.resourceLimits = ["nofile": .init(soft: 1, hard: 900)]
        #expect(limits.resources(on: none) == .init())
        let facts = HostFacts(
            cgroups: .v1, kernelRelease: "6.1", hardLimits: ["RLIMIT_NOFILE": 100], capabilities: .standard,
            hasSeccomp: true)
        var container = DesiredContainer(
            id: ContainerID(service: "web", number: 1), image: "demo:1", hostname: "web")
        container.limits = limits
        container.security.addedCapabilities = ["ALL", "SYS_ADMIN", "CHOWN"]
        let found = HostShortfalls(limits: none, security: HostSecurity(lowestOutOfMemoryScore: 0), facts: facts)
            .of(container)
        #expect(
            found.map(\.key) == ["mem_limit", "pids_limit", "oom_score_adj", "ulimits.nofile", "cap_add: SYS_ADMIN"])
        let message = HostShortfalls.message(found) ?? ""
        #expect(message.contains("`mem_limit` (web), `pids_limit` (web): because"), "\(message)")
        #expect(HostShortfalls.message([]) == nil)
        let clamped = try assemble(host: { $0.facts.lowestOutOfMemoryScore = 0 }) { $0.limits.outOfMemoryScore = -5 }
        #expect(clamped.outOfMemoryScoreAdjustment == 0)
    }
}
