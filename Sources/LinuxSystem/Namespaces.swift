internal import CLinux
internal import Glibc
internal import SystemPackage

/// Network namespaces, held by descriptors; network_namespaces(7).
public enum NetworkNamespace {
    /// Creates a namespace that lives as long as the descriptor or a process in it.
    public static func create() throws(SystemError) -> OwnedDescriptor {
        try DedicatedThread.run { () throws(SystemError) -> OwnedDescriptor in
            try systemCall("unshare", "CLONE_NEWNET") { cl_unshare(CL_CLONE_NEWNET) }
            return try OwnedDescriptor.open("/proc/thread-self/ns/net")
        }
    }

    /// The namespace that a process is in.
    public static func of(process: Int32) throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor.open(FilePath("/proc/\(process)/ns/net"))
    }

    /// Runs `body` on a new thread inside the namespace; sockets that it opens stay in that namespace.
    public static func run<Result: ~Copyable>(
        in namespace: borrowing OwnedDescriptor, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let fd = namespace.rawValue
        return try DedicatedThread.run { () throws(SystemError) -> Result in
            try systemCall("setns", "\(fd)") { cl_setns(fd, CL_CLONE_NEWNET) }
            return try body()
        }
    }
}
