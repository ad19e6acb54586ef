internal import Containers
internal import LinuxSystem
internal import OCI
internal import Planning
internal import SystemPackage
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
        var nameFiles: FilePath
        /// The mounts with their sources on the host.
        var mounts: [ContainerMount] = []
        /// The prepared namespace, or another one.
        var network: ContainerConfiguration.Namespace
        var cgroupPath: String
        var seccomp: ContainerConfiguration.Seccomp = .unconfined
        /// The small init, for a container that uses it.
        var initProgram: FilePath
        /// The maps of a user namespace of its own; `nil` for that of Trice.
        var maps: NamespaceMaps?
        /// Namespaces of other containers that it joins.
        var joinedNamespaces: [RuntimeSpecification.Namespace.Kind: FilePath] = [:]
        /// Memory at /dev/shm that several containers see; `nil` for the container's own.
        var sharedMemory: FilePath?
        var devices: [ContainerDevice] = []
        /// What devices add that are known by the Container Device Interface.
        var deviceEdits = DeviceEdits()
        /// The block devices that limits name, by their paths.
        var blockNumbers: [String: BlockDeviceNumbers] = [:]
        /// Which limits can be in force.
        var limits = LimitSupport(limits: [], reason: "")
        var facts = HostSecurity()
    }

    /// - Parameter user: looks up `USER[:GROUP]` in the root file system, with further groups; empty for the image's own
    ///   default.
    /// - Throws: `invalidProject` for a container that has nothing to run, or whose image says a wrong signal; what
    ///   `user` throws.
    func configuration(user: (String, [String]) throws -> ResolvedUser) throws -> ContainerConfiguration {
        let process = container.process
        var user = try user(process.user ?? image.user, container.security.groups)
        user.additionalGroups += host.deviceEdits.groups.filter { !user.additionalGroups.contains($0) }
        let environment = ContainerEnvironment.assemble(
            image: image.environment + host.deviceEdits.environment,
            service: process.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                + (process.removedVariables ?? []),
            home: user.home, hostname: container.hostname, hasTerminal: process.hasTerminal)
        var configuration = ContainerConfiguration(
            arguments: try arguments(), environment: environment,
            workingDirectory: workingDirectory, user: user, hostname: container.hostname, rootfs: host.rootfs)
        configuration.domainname = container.naming?.domainname
        configuration.isRootReadOnly = container.isRootReadOnly
        configuration.mounts = host.mounts + host.deviceEdits.mounts
        configuration.hooks = host.deviceEdits.hooks
        configuration.files = ContainerConfiguration.NameFiles(
            hosts: host.nameFiles.appending("hosts"), resolvConf: host.nameFiles.appending("resolv.conf"),
            hostname: host.nameFiles.appending("hostname"))
        configuration.terminal = process.hasTerminal ? terminal : .none
        applyNamespaces(to: &configuration)
        configuration.userMappings = host.maps?.users ?? []
        configuration.groupMappings = host.maps?.groups ?? []
        applyLimits(to: &configuration)
        try applySecurity(to: &configuration)
        configuration.annotations = container.annotations
        configuration.stopSignal = try stopSignal().number
        if process.usesInit {
            configuration.initProgram = ContainerConfiguration.InitProgram(
                path: host.initProgram, recordDescriptor: 3)
        }
        return configuration
    }

    private var terminal: ContainerConfiguration.Terminal {
        guard let size = container.oneOff?.terminalSize else { return .allocated(height: 24, width: 80) }
        return .allocated(height: UInt64(size.rows), width: UInt64(size.columns))
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

    /// An entrypoint of the container's own drops the image's command too, unless it is empty, as in Docker.
    private func arguments() throws(EngineError) -> [String] {
        let entrypoint = container.process.entrypoint
        let command = container.process.command ?? (entrypoint?.isEmpty == false ? [] : image.command)
        let words = (entrypoint ?? image.entrypoint) + command
        guard let first = words.first, !first.isEmpty else {
            throw EngineError(
                .invalidProject,
                "Service \(container.id.service) has nothing to run: its image \(container.image) has no command. "
                    + "Add `command:` to the service.")
        }
        return words
    }
}
