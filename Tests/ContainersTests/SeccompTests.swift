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
