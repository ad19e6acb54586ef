internal import CLinux
internal import Glibc
internal import SystemPackage

/// Network namespaces, held by descriptors; network_namespaces(7).
package enum NetworkNamespace {
    /// Creates a namespace that lives as long as the descriptor or a process in it.
    ///
    /// Every user in it may bind every port and send echo requests, as in the containers of other engines: the ports are
    /// the container's own; ip-sysctl of the kernel.
    package static func create() throws(SystemError) -> OwnedDescriptor {
        try DedicatedThread.run { () throws(SystemError) -> OwnedDescriptor in
            try systemCall("unshare", "CLONE_NEWNET") { cl_unshare(CL_CLONE_NEWNET) }
            // `/proc/sys/net` is that of the thread. Where it cannot be written the kernel's own limits stay.
            try? set("ip_unprivileged_port_start", "0")
            allowEchoRequests()
            return try OwnedDescriptor.open("/proc/thread-self/ns/net")
        }
    }

    /// Of every group; in a user namespace of those that it has, since the kernel takes no others there.
    private static func allowEchoRequests() {
        do throws(SystemError) {
            try set("ping_group_range", "0 2147483647")
        } catch {
            let map = ((try? Files.text("/proc/self/gid_map")) ?? nil) ?? ""
            let last = map.split(separator: "\n").compactMap { line -> UInt32? in
                let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
                return numbers.count == 3 && numbers[2] > 0 ? numbers[0] + (numbers[2] - 1) : nil
            }.max()
            if let last { try? set("ping_group_range", "0 \(last)") }
        }
    }

    private static func set(_ name: String, _ value: String) throws(SystemError) {
        try OwnedDescriptor.open(FilePath("/proc/sys/net/ipv4/\(name)"), O_WRONLY).write(value.utf8)
    }

    /// The namespace that a process is in.
    package static func of(process: Int32) throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor.open(FilePath("/proc/\(process)/ns/net"))
    }

    /// Runs `body` on a new thread inside the namespace; sockets that it opens stay in that namespace.
    package static func run<Result: ~Copyable>(
        in namespace: borrowing OwnedDescriptor, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let fd = namespace.rawValue
        return try DedicatedThread.run { () throws(SystemError) -> Result in
            try systemCall("setns", "\(fd)") { cl_setns(fd, CL_CLONE_NEWNET) }
            return try body()
        }
    }
}
