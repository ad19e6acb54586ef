internal import Builder
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// The socket of an SSH agent inside a container: what connects to it reaches the agent of the user.
///
/// The socket itself cannot be mounted there: an agent answers its own user and root only, and the user inside may be another.
final class AgentSocket {
    /// The path inside.
    let path: String
    private let directory: OwnedDescriptor
    private let name: String
    private let relay: AgentRelay

    /// Offers an agent to one user of a container for as long as this value lives.
    ///
    /// - Throws: where the agent does not answer.
    init(to agent: FilePath, in process: Int32, user: UInt32, group: UInt32) throws {
        _ = try StreamListener.connect(to: agent)
        let root = try OwnedDescriptor.open(FilePath("/proc/\(process)/root"), CL_O_PATH | O_DIRECTORY)
        directory = try root.openBeneath("/dev", CL_O_PATH | O_DIRECTORY)
        name = "trice-agent.\(getpid())"
        path = "/dev/\(name)"
        // What a process of the same number has left.
        _ = unlinkat(directory.rawValue, name, 0)
        relay = try AgentRelay(
            listening: try StreamListener.listen(in: directory, named: name, user: user, group: group), agent: agent)
    }

    deinit {
        relay.stop()
        // The container may be gone.
        _ = unlinkat(directory.rawValue, name, 0)
    }
}
