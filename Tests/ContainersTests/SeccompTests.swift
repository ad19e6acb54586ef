import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

@Suite("The seccomp profile", .timeLimit(.minutes(2)))
struct SeccompTests {
    private func standard(_ capabilities: CapabilitySet = .standard) throws -> RuntimeSpecification.Seccomp {
        SeccompProfile.standard(capabilities: capabilities, architecture: try #require(SeccompArchitecture.native))
    }

    private func actions(_ profile: RuntimeSpecification.Seccomp, _ name: String) -> [RuntimeSpecification.Seccomp
        .Action]
    {
        (profile.syscalls ?? []).filter { $0.names.contains(name) && $0.args == nil }.map(\.action)
    }

    @Test("capabilities open their calls, and nothing is both allowed and refused")
    func capabilityRules() throws {
        let plain = try standard()
        #expect(actions(plain, "mount") == [.errno] && actions(plain, "chroot") == [.allow])
        #expect(actions(plain, "keyctl") == [.errno] && actions(plain, "read") == [.allow])
        #expect(actions(plain, "clone3") == [], "the default action says that it is not there")
        let admin = try standard(.all)
        #expect(actions(admin, "mount") == [.allow] && actions(admin, "clone3") == [.allow])
        #expect(actions(admin, "keyctl") == [.errno])
        for profile in [plain, admin] {
            let rules = (profile.syscalls ?? []).filter { $0.args == nil }
            let allowed = Set(rules.filter { $0.action == .allow }.flatMap(\.names))
            let refused = Set(rules.filter { $0.action == .errno }.flatMap(\.names))
            #expect(allowed.isDisjoint(with: refused))
            #expect(rules.flatMap(\.names).count == allowed.count + refused.count, "a name stands twice")
        }
    }

    @Test("it compiles to a program that the kernel takes")
    func compiles() throws {
        for capabilities in [CapabilitySet.standard, .all, .none] {
            let program = try SeccompCompiler.compile(try standard(capabilities))
            // An instruction is 8 bytes and the kernel takes 4096 of them; seccomp(2).
            #expect(program.count % 8 == 0 && program.count > 1000 && program.count <= 4096 * 8)
        }
    }

    @Test("the same in, the same out; another profile, another program")
    func deterministic() throws {
        #expect(try SeccompCompiler.compile(standard()) == SeccompCompiler.compile(standard()))
        #expect(try SeccompCompiler.compile(standard()) != SeccompCompiler.compile(standard(.all)))
    }

    @Test("names that do not exist are passed over, bad architectures and actions are not")
    func badProfiles() throws {
        _ = try SeccompCompiler.compile(
            .init(defaultAction: .allow, syscalls: [.init(names: ["no_such_call"], action: .errno)]))
        for bad in [
            RuntimeSpecification.Seccomp(defaultAction: .errno, architectures: ["SCMP_ARCH_NONSENSE"]),
            .init(defaultAction: .errno, architectures: ["X"]),
            .init(defaultAction: .notify),
            .init(
                defaultAction: .errno,
                syscalls: [.init(names: ["read"], action: .allow, args: [.init(index: 9, value: 0, op: .equal)])]),
        ] {
            let error = #expect(throws: ContainersError.self) { try SeccompCompiler.compile(bad) }
            #expect(error?.code == .seccomp)
        }
    }

    /// The profile of podman's package, which Docker's is made from too.
    private static let referenceFile = "/usr/share/containers/seccomp.json"

    @Test(
        "the standard profile is that of the containers project but for what Docker refuses, for each set of capabilities",
        .enabled("\(referenceFile) is not there; install golang-github-containers-common") {
            Files.exists(FilePath(referenceFile))
        },
        arguments: [
            [], ["SYS_ADMIN"], ["SYS_PTRACE"], ["SYS_TIME", "SYS_NICE"], ["BPF", "PERFMON"], ["SYS_RAWIO"],
            ["DAC_READ_SEARCH"], ["SYS_CHROOT"], ["SYSLOG"], ["SYS_MODULE", "SYS_BOOT", "SYS_PACCT", "SYS_TTY_CONFIG"],
        ])
    func reference(added: [String]) throws {
        let capabilities = try CapabilitySet.standard.changed(add: added, drop: [])
        let ours = try standard(capabilities)
        let document = try SeccompDocument(json: try Files.read(FilePath(Self.referenceFile)))
        let theirs = document.profile(
            capabilities: capabilities, architecture: try #require(SeccompArchitecture.native), kernel: "6.1.0")
        #expect(ours.defaultAction == theirs.defaultAction && ours.defaultErrnoRet == theirs.defaultErrnoRet)
        #expect(Set(ours.architectures ?? []) == Set(theirs.architectures ?? []))
        func allowed(_ profile: RuntimeSpecification.Seccomp) -> Set<String> {
            Set((profile.syscalls ?? []).filter { $0.action == .allow }.flatMap(\.names))
        }
        let known = Set((theirs.syscalls ?? []).flatMap(\.names))
        #expect(allowed(theirs).subtracting(allowed(ours)).subtracting(Self.stricter).sorted() == [])
        #expect(allowed(ours).intersection(known).subtracting(allowed(theirs)).subtracting(Self.looser).sorted() == [])
    }

    /// What the containers project allows and Docker does not, or only with a capability; the rest is no system call.
    private static let stricter: Set<String> = [
        "clone3", "fsconfig", "fsmount", "fsopen", "fspick", "get_mempolicy", "keyctl", "mbind", "mount",
        "mount_setattr", "move_mount", "open_tree", "pidfd_getfd", "pivot_root", "query_module", "readdir", "reboot",
        "set_mempolicy",
        "setns", "syscall", "syslog", "timerfd", "umount", "umount2", "unshare",
    ]
    /// What Docker allows and Debian's release of the containers project's profile does not.
    private static let looser: Set<String> = ["bpf", "io_pgetevents", "perf_event_open", "vmsplice"]

    @Test("a profile of the user holds by capabilities, architecture and kernel")
    func document() throws {
        let text = """
            {"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64",
              "subArchitectures": ["SCMP_ARCH_X86"]}],
             "syscalls": [
              {"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
              {"name": "chown", "action": "SCMP_ACT_ERRNO"},
              {"names": ["a"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
              {"names": ["b"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
              {"names": ["c"], "action": "SCMP_ACT_ERRNO", "includes": {"arches": ["arm64"]}},
              {"names": ["d"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "6.2"}},
              {"names": ["e"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "5.10"}}]}
            """
        let profile = try SeccompDocument(json: Array(text.utf8)).profile(
            capabilities: .standard, architecture: .x86_64, kernel: "6.1.0-37-amd64")
        #expect(profile.syscalls?.flatMap(\.names) == ["chmod", "chown", "b", "e"])
        #expect(profile.syscalls?.first?.errnoRet == 5 && profile.defaultAction == .allow)
        #expect(profile.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])
        let error = #expect(throws: ContainersError.self) { try SeccompDocument(json: Array("[]".utf8)) }
        #expect(error?.message.contains("no seccomp profile") == true)
    }

    @Test("the cache holds what was compiled, one file a profile, and mends itself")
    func cache() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let cache = SeccompCache(directory: directory.appending("c"))
        let first = try cache.compiled(standard())
        let name = try #require(try Files.names(in: directory.appending("c")).first)
        let file = directory.appending("c").appending(name)
        let kept = try #require(try Files.text(file))
        // Proof that the second answer comes from the file.
        let marked = kept.replacing(first, with: "QUJD")
        try Files.write(marked.utf8, to: file)
        #expect(try cache.compiled(standard()) == "QUJD")
        try Files.write("nonsense\n".utf8, to: file)
        #expect(try cache.compiled(standard()) == first)
        #expect(try Files.text(file) == kept)
        #expect(try cache.compiled(standard(.all)) != first)
        #expect(try Files.names(in: directory.appending("c")).count == 2)
    }
}
