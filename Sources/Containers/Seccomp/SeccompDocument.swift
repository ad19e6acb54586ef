internal import FoundationEssentials
package import OCI
internal import Vocabulary

/// A profile of system calls as users write it for Docker and podman: rules that hold for some capabilities,
/// architectures and kernels only; docs.docker.com, "Seccomp security profiles for Docker".
package struct SeccompDocument: Decodable, Sendable {
    private var defaultAction: RuntimeSpecification.Seccomp.Action
    private var defaultErrnoRet: UInt32?
    private var architectures: [String]?
    private var archMap: [ArchitectureFamily]?
    private var flags: [String]?
    private var syscalls: [Rule]?

    private struct ArchitectureFamily: Decodable {
        var architecture: String
        var subArchitectures: [String]?
    }

    private struct Rule: Decodable {
        var names: [String]?
        /// The older form of `names`.
        var name: String?
        var action: RuntimeSpecification.Seccomp.Action
        var errnoRet: UInt32?
        var args: [RuntimeSpecification.Seccomp.Argument]?
        var includes: Filter?
        var excludes: Filter?
    }

    private struct Filter: Decodable {
        /// Go's names, such as `amd64`.
        var arches: [String]?
        var caps: [String]?
        /// Such as `4.8`.
        var minKernel: String?
    }

    /// - Throws: `seccomp` with what is wrong with the text.
    package init(json: [UInt8]) throws(ContainersError) {
        do {
            self = try JSONCoding.decode(SeccompDocument.self, from: json)
        } catch {
            throw ContainersError(
                .seccomp, "It is no seccomp profile: it must be a JSON object with `defaultAction` and `syscalls`.",
                cause: error)
        }
    }

    /// The rules that hold for a container.
    ///
    /// - Parameter kernel: the release of uname(2), such as `6.1.0-37-amd64`.
    package func profile(
        capabilities: CapabilitySet, architecture: SeccompArchitecture, kernel: String
    ) -> RuntimeSpecification.Seccomp {
        let family = archMap?.first { $0.architecture == architecture.name }
        let known = family.map { [$0.architecture] + ($0.subArchitectures ?? []) } ?? architectures
        let rules = (syscalls ?? []).filter { rule in
            holds(rule, capabilities, architecture, kernel)
        }
        return RuntimeSpecification.Seccomp(
            defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet,
            architectures: known ?? architecture.family.map(\.name), flags: flags,
            syscalls: rules.map { rule in
                .init(
                    names: rule.names ?? rule.name.map { [$0] } ?? [], action: rule.action, errnoRet: rule.errnoRet,
                    args: rule.args)
            })
    }

    private func holds(
        _ rule: Rule, _ capabilities: CapabilitySet, _ architecture: SeccompArchitecture, _ kernel: String
    ) -> Bool {
        let names = Set(architecture.family.compactMap(\.nameOfGo))
        if let wanted = rule.includes {
            if let arches = wanted.arches, !arches.isEmpty, names.isDisjoint(with: arches) { return false }
            if !(wanted.caps ?? []).allSatisfy(capabilities.contains) { return false }
            if let least = wanted.minKernel, !Self.isKernel(kernel, atLeast: least) { return false }
        }
        if let unwanted = rule.excludes {
            if !names.isDisjoint(with: unwanted.arches ?? []) { return false }
            if (unwanted.caps ?? []).contains(where: capabilities.contains) { return false }
            if let least = unwanted.minKernel, Self.isKernel(kernel, atLeast: least) { return false }
        }
        return true
    }

    /// Compares the first two numbers.
    private static func isKernel(_ release: String, atLeast least: String) -> Bool {
        func numbers(_ text: String) -> [Int] {
            let parts = text.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
            return parts + Array(repeating: 0, count: 2 - parts.count)
        }
        return !numbers(release).lexicographicallyPrecedes(numbers(least))
    }
}

extension SeccompArchitecture {
    /// The name that Go has for it; `nil` for one that profiles do not name.
    fileprivate var nameOfGo: String? {
        [
            "SCMP_ARCH_X86_64": "amd64", "SCMP_ARCH_X86": "x86", "SCMP_ARCH_X32": "x32", "SCMP_ARCH_AARCH64": "arm64",
            "SCMP_ARCH_ARM": "arm", "SCMP_ARCH_PPC64LE": "ppc64le", "SCMP_ARCH_S390X": "s390x",
            "SCMP_ARCH_RISCV64": "riscv64",
        ][name]
    }
}
