internal import CLinux
internal import FoundationEssentials
internal import Glibc
public import LinuxSystem
public import OCI
internal import SystemPackage

/// A further program to run in a container; what is `nil` is as in the container's first process.
///
/// It reaches the runtime as a process document, because the runtimes' own options differ in what they leave out:
/// crun's know no supplementary groups and fall back to root.
public struct ExecRequest: Hashable, Sendable {
    public var arguments: [String]
    public var hasTerminal: Bool
    public var workingDirectory: String?
    /// `NAME=value` each; they win over the first process' variables of the same name.
    public var environment: [String]
    public var user: ResolvedUser?
    /// Instead of the container's own.
    public var capabilities: CapabilitySet?

    public init(
        _ arguments: [String], hasTerminal: Bool = false, workingDirectory: String? = nil, environment: [String] = [],
        user: ResolvedUser? = nil, capabilities: CapabilitySet? = nil
    ) {
        self.arguments = arguments
        self.hasTerminal = hasTerminal
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.user = user
        self.capabilities = capabilities
    }

    /// MFD_CLOEXEC of linux/memfd.h.
    private static let memfdCloseOnExec: UInt32 = 1

    /// The number under which the runtime finds the document.
    static let documentNumber: Int32 = 9

    /// The process, in a container that was made from `specification`.
    public func process(in specification: RuntimeSpecification) throws(ContainersError) -> RuntimeSpecification.Process
    {
        guard let first = arguments.first, !first.isEmpty, var process = specification.process else {
            throw ContainersError(.invalidConfiguration, "no program can be run in the container: none was given")
        }
        process.args = arguments
        process.terminal = hasTerminal
        process.consoleSize = nil
        process.cwd = workingDirectory ?? process.cwd
        guard process.cwd.hasPrefix("/") else {
            throw ContainersError(
                .invalidConfiguration,
                "'\(first)' cannot be run: its working directory '\(process.cwd)' is not absolute")
        }
        if let user { process.user = .init(uid: user.uid, gid: user.gid, additionalGids: user.additionalGroups) }
        if let names = capabilities?.names {
            process.capabilities = .init(
                bounding: names, effective: names, inheritable: [], permitted: names, ambient: [])
        }
        process.env = ContainerEnvironment.assemble(
            image: (process.env ?? []).filter { user == nil || !$0.hasPrefix("HOME=") }, service: environment,
            home: user?.home ?? "/", hostname: specification.hostname ?? "", hasTerminal: hasTerminal)
        return process
    }

    /// The process as a file in memory, for `OCIRuntime.execCommand`.
    public func document(in specification: RuntimeSpecification) throws(ContainersError) -> OwnedDescriptor {
        let process = try process(in: specification)
        do {
            let data = try JSONEncoder().encode(process)
            let file = OwnedDescriptor(
                owning: try systemCall("memfd_create", "process") { cl_memfd_create("process", Self.memfdCloseOnExec) })
            try file.write(data)
            let fd = file.rawValue
            try systemCall("lseek", "process") { lseek(fd, 0, SEEK_SET) }
            return file
        } catch {
            throw ContainersError(.runtimeFailed, "'\(arguments[0])' cannot be described to the runtime", cause: error)
        }
    }
}
