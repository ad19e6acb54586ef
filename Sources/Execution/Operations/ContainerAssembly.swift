package import Containers
internal import LinuxSystem
internal import OCI
internal import Planning
package import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID
internal import struct Vocabulary.Signal

/// Joins what a container should be with what its image says and what the host has prepared into the configuration of
/// one container: a pure function of the three.
package struct ContainerAssembly: Sendable {
    let container: DesiredContainer
    let image: ImageConfiguration.Execution
    let host: HostSide

    /// What the host has prepared for the container.
    struct HostSide: Sendable {
        /// The mounted root file system.
        var rootfs: FilePath
        /// Where the files `hosts`, `resolv.conf` and `hostname` lie.
        var directory: FilePath
        /// The mounts with their sources on the host.
        var mounts: [ContainerMount] = []
        /// The path of the prepared namespace.
        var networkNamespace: FilePath
        var cgroupPath: String
        var seccomp: ContainerConfiguration.Seccomp = .unconfined
        /// The small init, for a container that uses it.
        var initProgram: FilePath
    }

    /// - Parameter user: looks up `USER[:GROUP]` in the root file system; empty for the image's own default.
    /// - Throws: `invalidProject` for a container that has nothing to run, or whose image says a wrong signal; what
    ///   `user` throws.
    func configuration(user: (String) throws -> ResolvedUser) throws -> ContainerConfiguration {
        let process = container.process
        let user = try user(process.user ?? image.user)
        let environment = ContainerEnvironment.assemble(
            image: image.environment,
            service: process.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            home: user.home, hostname: container.hostname, hasTerminal: process.hasTerminal)
        var configuration = ContainerConfiguration(
            arguments: try arguments(), environment: environment,
            workingDirectory: workingDirectory, user: user, hostname: container.hostname, rootfs: host.rootfs)
        configuration.isRootReadOnly = container.isRootReadOnly
        configuration.mounts = host.mounts
        configuration.files = ContainerConfiguration.NameFiles(
            hosts: host.directory.appending("hosts"), resolvConf: host.directory.appending("resolv.conf"),
            hostname: host.directory.appending("hostname"))
        configuration.terminal = process.hasTerminal ? .allocated(height: 24, width: 80) : .none
        configuration.namespaces.network = .path(host.networkNamespace)
        configuration.cgroupPath = host.cgroupPath
        configuration.seccomp = host.seccomp
        configuration.stopSignal = try stopSignal().number
        if process.usesInit {
            configuration.initProgram = ContainerConfiguration.InitProgram(
                path: host.initProgram, recordDescriptor: 3)
        }
        return configuration
    }

    /// The signal that asks the main process to end.
    private func stopSignal() throws(EngineError) -> Signal {
        if let signal = container.stopSignal { return signal }
        guard let text = image.stopSignal else { return .terminate }
        if let signal = Signal(parsing: text) { return signal }
        throw EngineError(
            .invalidProject,
            "The image \(container.image) stops with `\(text)`, which is no signal; use a name such as SIGTERM or a "
                + "number from 1 to 64 in `stop_signal`.")
    }

    private var workingDirectory: String {
        if let directory = container.process.workingDirectory { return directory }
        return image.workingDirectory.isEmpty ? "/" : image.workingDirectory
    }

    /// An entrypoint of the container's own drops the image's command too, as in Docker.
    private func arguments() throws(EngineError) -> [String] {
        let entrypoint = container.process.entrypoint
        let command = container.process.command ?? (entrypoint == nil ? image.command : [])
        let words = (entrypoint ?? image.entrypoint) + command
        guard let first = words.first, !first.isEmpty else {
            throw EngineError(
                .invalidProject,
                "Service \(container.id.service) has nothing to run: its image \(container.image) has no command. "
                    + "Add `command:` to the service.")
        }
        return words
    }

    package static func seccomp(
        for runtime: RuntimeFacts, cache: FilePath, _ host: HostFacts
    ) throws -> ContainerConfiguration.Seccomp {
        guard host.hasSeccomp, runtime.features.contains("SECCOMP"),
            let architecture = SeccompArchitecture.native
        else { return .unconfined }
        let profile = SeccompProfile.standard(capabilities: .standard, architecture: architecture)
        guard runtime.kind == .crun else { return .profile(profile) }
        return .compiled(try SeccompCache(directory: cache).compiled(profile))
    }
}
