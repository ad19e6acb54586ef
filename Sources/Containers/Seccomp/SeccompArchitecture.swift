internal import CSeccomp

/// A machine architecture as seccomp names it.
package struct SeccompArchitecture: Hashable, Sendable {
    /// The runtime-spec's name, such as `SCMP_ARCH_X86_64`.
    package let name: String

    package static let x86_64 = SeccompArchitecture(name: "SCMP_ARCH_X86_64")
    package static let aarch64 = SeccompArchitecture(name: "SCMP_ARCH_AARCH64")
    package static let powerPC64LE = SeccompArchitecture(name: "SCMP_ARCH_PPC64LE")
    package static let s390x = SeccompArchitecture(name: "SCMP_ARCH_S390X")
    package static let riscv64 = SeccompArchitecture(name: "SCMP_ARCH_RISCV64")

    /// The architecture of this host.
    package static var native: SeccompArchitecture? {
        let token = seccomp_arch_native()
        return [x86_64, aarch64, powerPC64LE, s390x, riscv64].first { $0.token == token }
    }

    /// The architectures whose programs also run on this one, starting with itself.
    var family: [SeccompArchitecture] {
        switch self {
        case .x86_64: [self, SeccompArchitecture(name: "SCMP_ARCH_X86"), SeccompArchitecture(name: "SCMP_ARCH_X32")]
        case .aarch64: [self, SeccompArchitecture(name: "SCMP_ARCH_ARM")]
        default: [self]
        }
    }

    /// libseccomp's number; 0 when it does not know the architecture.
    var token: UInt32 {
        seccomp_arch_resolve_name(name.dropFirst("SCMP_ARCH_".count).lowercased())
    }
}
