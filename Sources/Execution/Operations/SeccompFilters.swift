package import Containers
internal import LinuxSystem
internal import OCI
internal import Planning
internal import Synchronization
internal import SystemPackage
package import Workspaces

/// The filters of system calls of one execution: containers that may do the same share one.
package final class SeccompFilters: Sendable {
    private struct Key: Hashable {
        var capabilities: CapabilitySet
        var choice: DesiredContainer.Security.Seccomp?
        var runtime: FilePath
    }

    private let made = Mutex<[Key: ContainerConfiguration.Seccomp]>([:])

    package init() {}

    /// The filter of a container that asks for nothing.
    package func standard(for runtime: RuntimeFacts, on host: Host) throws -> ContainerConfiguration.Seccomp {
        try filter(of: DesiredContainer.Security(), for: runtime, on: host)
    }

    /// - Throws: `invalidProject` for a profile that cannot be read.
    func filter(
        of security: DesiredContainer.Security, for runtime: RuntimeFacts, on host: Host
    ) throws -> ContainerConfiguration.Seccomp {
        guard !security.isPrivileged, security.seccomp != .unconfined, host.facts.hasSeccomp,
            runtime.features.contains("SECCOMP"), let architecture = SeccompArchitecture.native
        else { return .unconfined }
        let capabilities = try ContainerAssembly.capabilities(of: security)
        let key = Key(capabilities: capabilities, choice: security.seccomp, runtime: runtime.path)
        return try made.withLock { made in
            if let filter = made[key] { return filter }
            let profile = try Self.profile(security.seccomp, capabilities, architecture, host.facts.kernelRelease)
            let filter: ContainerConfiguration.Seccomp =
                runtime.kind == .crun
                ? .compiled(try SeccompCache(directory: host.layout.cache).compiled(profile)) : .profile(profile)
            made[key] = filter
            return filter
        }
    }

    /// No profile is longer.
    private static let limit = 4 << 20

    /// - Parameter kernel: the release of the kernel.
    static func profile(
        _ choice: DesiredContainer.Security.Seccomp?, _ capabilities: CapabilitySet,
        _ architecture: SeccompArchitecture, _ kernel: String
    ) throws -> RuntimeSpecification.Seccomp {
        guard case .file(let path)? = choice else {
            return SeccompProfile.standard(capabilities: capabilities, architecture: architecture)
        }
        do {
            let document = try SeccompDocument(json: try Files.readRegular(FilePath(path), limit: limit))
            return document.profile(capabilities: capabilities, architecture: architecture, kernel: kernel)
        } catch {
            throw EngineError(
                .invalidProject,
                "The seccomp profile `\(path)` of `security_opt` cannot be used: \(ErrorReport(of: error).message)",
                causes: [error])
        }
    }
}
