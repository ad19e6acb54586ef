internal import Glibc
internal import LinuxSystem
internal import SupervisorProtocol
internal import SystemPackage

/// The network namespaces of containers, held from `hold` until the container is forgotten: also while it does not run,
/// so that it can be started again in the same one.
///
/// Each has a path in the run directory, a symbolic link to the descriptor in `/proc`: it stays the same when another
/// supervisor takes over, which turns the link to its own descriptor. It finds the namespace in the stash that outlives
/// the one before, or else opens that of the container's process.
final class NamespaceStore {
    private let directory: RunDirectory
    private let stash: NamespaceStash?
    /// Told of each namespace that is held from now on.
    var whenHeld: (String, SharedDescriptor) -> Void = { _, _ in }
    /// Told of each container whose namespace is let go.
    var whenForgotten: (String) -> Void = { _ in }
    private var held: [String: SharedDescriptor] = [:]
    /// Those of processes whose container has none that is held.
    private var found: [String: (pid: Int32, namespace: SharedDescriptor)] = [:]

    /// - Parameter stash: `nil` where nothing outlives this process.
    init(_ directory: RunDirectory, stash: NamespaceStash?) {
        self.directory = directory
        self.stash = stash
    }

    /// - Returns: the path by which a runtime finds it.
    func hold(_ namespace: SharedDescriptor, for name: String) throws(SystemError) -> FilePath {
        let isNew = held[name] == nil
        let path = try link(namespace, for: name)
        keep(isNew ? (name, namespace) : nil)
        return path
    }

    /// Brings the stash up to date; `new` is all that it lacks, or else it is written anew.
    private func keep(_ new: (name: String, namespace: SharedDescriptor)?) {
        guard let stash else { return }
        Journal.perform("keep namespaces for another supervisor") {
            if let new { try stash.add(new.name, new.namespace) } else { try stash.replaceAll(held) }
        }
    }

    private func link(_ namespace: SharedDescriptor, for name: String) throws(SystemError) -> FilePath {
        let files = directory.container(name)
        try Files.createDirectory(files.directory, mode: 0o700)
        try Files.remove(files.namespace)
        try Files.createSymbolicLink(
            files.namespace, to: "/proc/\(ProcessIdentity.current)/fd/\(namespace.rawValue)")
        held[name] = namespace
        whenHeld(name, namespace)
        return files.namespace
    }

    func isHeld(_ name: String) -> Bool { held[name] != nil }

    /// Whether a supervisor has held one for the container, which is gone now.
    func isLost(_ name: String) -> Bool {
        // A link that cannot be looked at is one that leads nowhere.
        held[name] == nil && (try? Files.status(directory.container(name).namespace)) != nil
    }

    /// The namespace for ports: the one that is held, else that of the process; the same object for the same namespace.
    ///
    /// - Throws: `SupervisorError` of code `unknownNamespace` where there is neither.
    func namespace(of name: String, pid: Int32?) throws -> SharedDescriptor {
        if let namespace = held[name] { return namespace }
        guard let pid else {
            throw SupervisorError(
                .unknownNamespace,
                "Cannot publish ports of `\(name)`: no namespace is held for it and it does not run.")
        }
        if let known = found[name], known.pid == pid { return known.namespace }
        let namespace = SharedDescriptor(try NetworkNamespace.of(process: pid))
        found[name] = (pid, namespace)
        return namespace
    }

    /// The container's process has ended.
    func processEnded(_ name: String) {
        found[name] = nil
    }

    /// Takes over what an earlier supervisor held and the guard has kept, except for containers that were forgotten.
    func adoptKept() throws(SystemError) {
        guard let stash else { return }
        for (name, namespace) in try stash.takeAll() {
            guard try Files.status(directory.container(name).namespace) != nil else { continue }
            _ = try hold(namespace, for: name)
        }
    }

    /// Takes over the namespace that an earlier supervisor held for a container that runs.
    func adopt(_ name: String, pid: Int32) throws(SystemError) {
        guard !isHeld(name) else { return }
        let link = directory.container(name).namespace
        guard try Files.status(link) != nil else { return }
        _ = try hold(SharedDescriptor(try NetworkNamespace.of(process: pid)), for: name)
    }

    func forget(_ name: String) throws(SystemError) {
        whenForgotten(name)
        found[name] = nil
        if held.removeValue(forKey: name) != nil { keep(nil) }
        try Files.remove(directory.container(name).namespace)
    }
}
