import Glibc
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

@Suite("Facts about the host", .timeLimit(.minutes(2)))
struct HostFactsTests {
    @Test func modesInWords() {
        #expect("\(CgroupMode.hybrid(controllersInV2: []))" == "v1, with an empty v2 hierarchy beside it")
        #expect("\(CgroupMode.hybrid(controllersInV2: ["pids", "rdma"]))" == "v1, and v2 for pids, rdma")
        #expect("\(CgroupMode.v2)" == "v2")
    }

    @Test(
        "the cgroup layout is read from mountinfo",
        arguments: [
            ("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "cpu memory\n", CgroupMode.v2),
            ("30 23 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", "", .v1),
            (
                "30 23 0:26 / /sys/fs/cgroup/cpu rw shared:4 - cgroup c rw,cpu\n31 23 0:27 / /sys/fs/cgroup/unified rw - cgroup2 c rw",
                "hugetlb rdma\n", .hybrid(controllersInV2: ["hugetlb", "rdma"])
            ),
            (
                "30 23 0:26 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n31 23 0:27 / /sys/fs/cgroup/unified rw - cgroup2 c rw",
                "\n", .hybrid(controllersInV2: [])
            ),
            ("30 23 0:26 / / rw - ext4 /dev/a rw\nshort line", "", CgroupMode.none),
        ])
    func cgroupMode(mountinfo: String, controllers: String, expected: CgroupMode) {
        #expect(CgroupMode(mountinfo: mountinfo) { _ in controllers } == expected)
    }

    @Test("crun goes without cgroups only where it must")
    func cgroupManager() {
        let crun = RuntimeFacts(kind: .crun, path: "/usr/bin/crun", version: "1.8.1", features: [])
        let runc = RuntimeFacts(kind: .generic, path: "/usr/sbin/runc", version: "1.1.5", features: [])
        guard case .disabled(let reason) = host(.hybrid(controllersInV2: ["hugetlb"])).cgroupManager(for: crun) else {
            Issue.record("crun refuses such a host")
            return
        }
        #expect(reason.contains("hugetlb"))
        #expect(host(.hybrid(controllersInV2: ["hugetlb"])).cgroupManager(for: runc) == .cgroupfs)
        for mode in [CgroupMode.v1, .v2, .hybrid(controllersInV2: [])] {
            #expect(host(mode).cgroupManager(for: crun) == .cgroupfs)
        }
        let driver = crun.runtime(root: "/run/x", on: host(.hybrid(controllersInV2: ["hugetlb"])))
        #expect(
            driver.stateCommand("a").arguments == ["--root", "/run/x", "--cgroup-manager", "disabled", "state", "a"])
    }

    @Test("limits are cut to the hard limit, and only those above it")
    func clamping() {
        var facts = host(.v2)
        facts.hardLimits = HostFacts.hardLimits(
            in: """
                Limit                     Soft Limit           Hard Limit           Units
                Max stack size            8388608              unlimited            bytes
                Max open files            1024                 20000                files
                Max processes             broken
                """)
        #expect(facts.hardLimits == ["RLIMIT_NOFILE": 20000, "RLIMIT_STACK": .max])
        #expect(
            facts.clamped(.init(type: "RLIMIT_NOFILE", soft: 65536, hard: .max))
                == .init(type: "RLIMIT_NOFILE", soft: 20000, hard: 20000))
        #expect(
            facts.clamped(.init(type: "RLIMIT_NOFILE", soft: 10, hard: 20))
                == .init(type: "RLIMIT_NOFILE", soft: 10, hard: 20))
        // A soft limit above its hard one would be refused by the kernel.
        #expect(
            facts.clamped(.init(type: "RLIMIT_CORE", soft: 9, hard: 5)) == .init(type: "RLIMIT_CORE", soft: 5, hard: 5))
    }

    @Test("this host answers")
    func observed() throws {
        let facts = try HostFacts.observe()
        #expect(facts.hasSeccomp && facts.cgroups != .none)
        #expect(facts.hardLimits.count == 16)
        // CAP_CHOWN is bit 0 of the bounding set, which capsh(1) and the tests' own run may have made smaller.
        let bounding = try #require(
            Files.text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapBnd:") })
        let hasChown = bounding.last.flatMap(\.hexDigitValue).map { $0 % 2 == 1 }
        #expect(facts.capabilities.contains("CAP_CHOWN") == hasChown)
        #expect(try Files.text("/proc/version")?.contains(facts.kernelRelease) == true)
    }

    @Test("versions are read as crun and runc print them")
    func versions() {
        let crun = RuntimeFacts(
            path: "/c", versionText: "crun version 1.8.1\ncommit: f8\nspec: 1.0.0\n+SYSTEMD +SECCOMP +EBPF\n")
        #expect(crun.kind == .crun && crun.version == "1.8.1" && crun.features == ["SYSTEMD", "SECCOMP", "EBPF"])
        let runc = RuntimeFacts(path: "/r", versionText: "runc version 1.1.5+ds1\nspec: 1.0.2-dev\nlibseccomp: 2.5.4\n")
        #expect(runc.kind == .generic && runc.version == "1.1.5+ds1" && runc.features == ["SECCOMP"])
        let odd = RuntimeFacts(path: "/o", versionText: "")
        #expect(odd.kind == .generic && odd.version == "" && odd.features.isEmpty)
    }

    @Test("the version is asked for once, and again when the program changes")
    func versionCache() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let program = directory.appending("crun")
        let count = directory.appending("count")
        func install(_ version: String) throws {
            try Files.write(
                "#!/bin/sh\necho x >> \(count)\necho crun version \(version)\n".utf8, to: program, mode: 0o755)
        }
        func ask() throws -> RuntimeFacts? {
            try RuntimeFacts.observe(
                "crun", in: ProgramSearch(only: "/nonexistent:\(directory)"),
                cache: directory.appending("cache"))
        }
        try install("1.0")
        #expect(try ask()?.version == "1.0")
        #expect(try ask()?.version == "1.0")
        #expect(try Files.text(count) == "x\n")
        try install("1.0.1")
        #expect(try ask()?.version == "1.0.1")
        #expect(try Files.text(count) == "x\nx\n")
        for name in try Files.names(in: directory.appending("cache")) {
            try Files.write("{ broken".utf8, to: directory.appending("cache").appending(name))
        }
        #expect(try ask()?.version == "1.0.1")
        #expect(try RuntimeFacts.observe("nosuch", in: ProgramSearch(only: "\(directory)"), cache: nil) == nil)
        #expect(throws: ContainersError.self) {
            try Files.write("#!/bin/sh\nexit 3\n".utf8, to: program, mode: 0o755)
            _ = try ask()
        }
    }

    @Test("the systemd of a user is told slice, prefix and name in place of a path")
    func userManager() {
        var host = host(.v2)
        #expect(host.cgroupsPath("/trice-shop-web-1") == "/trice-shop-web-1")
        host.userManager = UserManager(controllers: ["memory", "pids"])
        #expect(host.cgroupsPath("/trice-shop-web-1") == "user.slice:trice:shop-web-1")
        #expect(host.cgroupsPath("/work.slice/trice-shop-web-1") == "work.slice:trice:shop-web-1")
        #expect(host.cgroupsPath("/work/trice-shop-web-1") == "user.slice:trice:shop-web-1")
        // Beside version 1 systemd gives users nothing.
        host.cgroups = .v1
        #expect(host.cgroupsPath("/trice-shop-web-1") == "/trice-shop-web-1")
    }

    private func host(_ mode: CgroupMode) -> HostFacts {
        HostFacts(cgroups: mode, kernelRelease: "6.1", hardLimits: [:], capabilities: .all, hasSeccomp: true)
    }
}
