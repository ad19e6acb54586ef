package import Containers
internal import Envfile
internal import Glibc
internal import Images
internal import LinuxSystem
internal import Networks
internal import OCI
internal import Planning
internal import Store
package import SystemPackage
internal import Workspaces

/// Joins what a service says with what its image says into the configuration of one container.
package struct ContainerAssembly: Sendable {
    let workspace: Workspace
    let service: Service
    let image: Image
    let id: ContainerID

    private var execution: ImageConfiguration.Execution { image.configuration.config }

    /// - Parameters:
    ///   - networkNamespace: the path of the prepared namespace.
    ///   - mounts: the service's mounts with their sources on the host.
    func configuration(
        networkNamespace: FilePath, mounts: [ContainerMount], seccomp: ContainerConfiguration.Seccomp
    ) throws -> ContainerConfiguration {
        let rootfs = workspace.rootfs(of: id)
        let user = try UserResolver(rootfs: rootfs).resolve(service.user ?? execution.user)
        let environment = ContainerEnvironment.assemble(
            image: execution.environment,
            service: service.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            home: user.home, hostname: service.hostname, hasTerminal: service.hasTerminal)
        var configuration = ContainerConfiguration(
            arguments: try arguments(), environment: environment,
            workingDirectory: workingDirectory, user: user, hostname: service.hostname, rootfs: rootfs)
        configuration.isRootReadOnly = service.isReadOnly
        configuration.mounts = mounts
        let directory = workspace.runDirectory(of: id)
        configuration.files = ContainerConfiguration.NameFiles(
            hosts: directory.appending("hosts"), resolvConf: directory.appending("resolv.conf"),
            hostname: directory.appending("hostname"))
        configuration.terminal = service.hasTerminal ? .allocated(height: 24, width: 80) : .none
        configuration.namespaces.network = .path(networkNamespace)
        configuration.cgroupPath = "/trice-\(workspace.runtimeID(of: id))"
        configuration.seccomp = seccomp
        configuration.stopSignal = try stopSignal()
        if service.usesInit {
            configuration.initProgram = ContainerConfiguration.InitProgram(
                path: try Installation().initProgram(), recordDescriptor: 3)
        }
        return configuration
    }

    /// The number of the signal that asks the main process to end.
    func stopSignal() throws -> Int32 {
        try Signal.number(service.stopSignal ?? execution.stopSignal ?? "SIGTERM")
    }

    private var workingDirectory: String {
        if let directory = service.workingDirectory { return directory }
        return execution.workingDirectory.isEmpty ? "/" : execution.workingDirectory
    }

    /// An entrypoint of the service's own drops the image's command too, as in Docker.
    private func arguments() throws(EngineError) -> [String] {
        let (entrypoint, ownEntrypoint): ([String], Bool) =
            switch service.entrypoint {
            case .image: (execution.entrypoint, false)
            case .replaced(let words): (words, true)
            }
        let command: [String] =
            switch service.command {
            case .image: ownEntrypoint ? [] : execution.command
            case .replaced(let words): words
            }
        guard let first = (entrypoint + command).first, !first.isEmpty else {
            throw EngineError(
                .invalidProject,
                "Service \(service.name) has nothing to run: its image \(service.image) has no command. "
                    + "Add `command:` to the service.")
        }
        return entrypoint + command
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

/// Signals by name; signal(7).
enum Signal {
    private static let numbers: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT, "BUS": SIGBUS,
        "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2, "PIPE": SIGPIPE,
        "ALRM": SIGALRM, "TERM": SIGTERM, "CHLD": SIGCHLD, "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP,
        "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG, "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM,
        "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": SIGIO, "PWR": SIGPWR, "SYS": SIGSYS,
    ]

    /// From `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3` or `RTMAX-1`.
    static func number(_ text: String) throws(EngineError) -> Int32 {
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        if let number = numbers[name] { return number }
        if let number = Int32(name), (1...64).contains(number) { return number }
        for (prefix, base) in [("RTMIN", Int32(34)), ("RTMAX", Int32(64))] where name.hasPrefix(prefix) {
            let offset = name.count == prefix.count ? 0 : Int32(name.dropFirst(prefix.count))
            if let offset, (34...64).contains(base + offset) { return base + offset }
        }
        throw EngineError(
            .invalidProject, "`\(text)` is no signal; use a name such as SIGTERM or a number from 1 to 64.")
    }
}
