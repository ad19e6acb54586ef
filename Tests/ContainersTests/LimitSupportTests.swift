import Testing

@testable import Containers

@Suite("Which limits a host can put in force", .timeLimit(.minutes(1)))
struct LimitSupportTests {
    private func support(
        _ mode: CgroupMode, files: Set<String> = [], controllers: String? = nil, manager: CgroupManager = .cgroupfs
    ) -> LimitSupport {
        LimitSupport(mode: mode, manager: manager, exists: files.contains, controllers: { controllers })
    }

    @Test("version 1 has what there are files for")
    func version1() {
        let found = support(
            .v1, files: ["/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/pids/cgroup.procs"])
        #expect(found.limits == [.memory, .neverKilled, .processes])
        #expect(found.reason.contains("version 1"))
    }

    @Test("version 2 has what its controllers can do, and devices")
    func version2() {
        let found = support(.v2, controllers: "cpu memory pids\n")
        #expect(
            found.limits == [.memory, .memoryReservation, .memoryAndSwap, .shares, .quota, .processes, .devices])
        #expect(support(.v2).limits == [.devices])
    }

    @Test("the systemd of a user has what is delegated to it, and no devices")
    func delegated() {
        let found = support(.v2, controllers: "memory pids", manager: .systemd)
        #expect(found.limits == [.memory, .memoryReservation, .memoryAndSwap, .processes])
        #expect(found.reason.contains("systemd"))
    }

    @Test("without cgroups, or a runtime that can use them, there are none")
    func none() {
        #expect(support(.none).limits.isEmpty)
        let disabled = support(.hybrid(controllersInV2: ["hugetlb"]), manager: .disabled(reason: "because"))
        #expect(disabled.limits.isEmpty && disabled.reason == "because")
    }
}
