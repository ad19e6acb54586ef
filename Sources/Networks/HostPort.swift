internal import Glibc
internal import LinuxSystem
internal import SystemPackage
package import Vocabulary

/// A port of the host, as the sockets of the calling thread's network namespace have it.
///
/// A port that is published by the packet filter has no socket: those are known from the records or `NFTables.list`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    package var transport: Transport
    package var address: IPAddress
    package var port: Port

    package init(_ transport: Transport, address: IPAddress, port: Port) {
        self.transport = transport
        self.address = address
        self.port = port
    }

    package var description: String {
        switch address {
        case .v4(let address): "\(address):\(port)/\(transport.rawValue)"
        case .v6(let address): "[\(address)]:\(port)/\(transport.rawValue)"
        }
    }
}

// MARK: - Is it free?

extension HostPort {
    /// Whether a socket could be bound to it now, tried by binding one for a moment.
    ///
    /// - Throws: `.addressNotLocal`; `.notPermitted` for a port below 1024 without the privilege.
    package func isFree() throws(NetworkError) -> Bool {
        // A program that another thread starts has copies of this process's sockets until its execve(2): try again.
        for _ in 0..<3 {
            do throws(SystemError) {
                try occupy()
                return true
            } catch {
                switch error.errno {
                case .addressInUse: usleep(3000)
                case .permissionDenied:
                    throw NetworkError(
                        .notPermitted,
                        "port \(self) cannot be opened: users without root have none below 1024. Let them have it with `sudo "
                            + "sysctl -w net.ipv4.ip_unprivileged_port_start=\(port)`, or publish another port",
                        cause: error)
                case .addressNotAvailable:
                    throw NetworkError(
                        .addressNotLocal, "port \(self) cannot be opened: no interface has that address", cause: error)
                default: throw NetworkError("try whether port \(self) is free", error)
                }
            }
        }
        return false
    }

    /// Whether the kernel has the transport at all.
    package static func isSupported(_ transport: Transport) -> Bool {
        guard transport == .sctp else { return true }
        let fd = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_SCTP))
        if fd >= 0 { close(fd) }
        return fd >= 0
    }

    private func occupy() throws(SystemError) {
        let isStream = transport != .udp
        let socket = try HostSocket.bind(
            HostSocket.Request(
                kind: Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue),
                protocolNumber: transport == .sctp ? Int32(IPPROTO_SCTP) : 0, address: rawAddress))
        // Two sockets that may reuse the address conflict only when they listen. A copy that a starting program holds then
        // listens no more.
        let fd = socket.rawValue
        if isStream { try systemCall("shutdown", "\(self)") { shutdown(fd, Int32(SHUT_RDWR)) } }
    }

    /// In the kernel's form; ip(7), ipv6(7).
    private var rawAddress: [UInt8] {
        switch address {
        case .v4(let address):
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.rawValue.bigEndian
            name.sin_addr.s_addr = address.rawValue.bigEndian
            return withUnsafeBytes(of: name, Array.init)
        case .v6(let address):
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.rawValue.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return withUnsafeBytes(of: name, Array.init)
        }
    }
}

// MARK: - Holders

extension HostPort {
    /// The processes whose sockets prevent binding this port, the closest match first; empty when it is free.
    package func holders() throws(NetworkError) -> [PortHolder] {
        var entries: [SocketEntry] = []
        let process = OutsideHost.agentProcess().map { "\($0)" } ?? "thread-self"
        do throws(SystemError) {
            for suffix in ["", "6"] {
                // A kernel without IPv6 has no such file.
                let path = FilePath("/proc/\(process)/net/\(transport.rawValue)\(suffix)")
                entries += SocketEntry.parse(try Files.text(path) ?? "")
            }
        } catch {
            throw NetworkError("see who holds port \(self)", error)
        }
        let hindering = hindering(entries)
        if hindering.isEmpty { return [] }
        let owners = Self.owners(of: Set(hindering.map(\.inode)))
        var holders: [PortHolder] = []
        for entry in hindering {
            let pid = owners[entry.inode]
            // A process that ends between the calls has no name.
            let name = pid.flatMap { try? Files.text(FilePath("/proc/\($0)/comm")) }
            let command = name.map { String($0.prefix { $0 != "\n" }) }
            let holder = PortHolder(pid: pid, command: command, address: entry.address)
            if !holders.contains(holder) { holders.append(holder) }
        }
        return holders
    }

    /// The entries that hold the port on this address or on all; a socket on `::` may serve IPv4 too.
    func hindering(_ entries: [SocketEntry]) -> [SocketEntry] {
        let candidates = entries.filter { $0.port == port.rawValue && (transport == .udp || $0.isListening) }
        let same = candidates.filter { entry in
            switch (entry.address, address) {
            case (.v4, .v4), (.v6, .v6): entry.address == address || entry.address.isAny || address.isAny
            default: false
            }
        }
        if !same.isEmpty { return same.sorted { ($0.address == address ? 0 : 1) < ($1.address == address ? 0 : 1) } }
        guard case .v4 = address else { return [] }
        return candidates.filter { $0.address == .v6(.any) }
    }

    /// The process, of the lowest id, that has each socket open.
    private static func owners(of inodes: Set<UInt64>) -> [UInt64: Int32] {
        var owners: [UInt64: Int32] = [:]
        // Processes that end or are another user's are passed over: their sockets have no owner that can be seen.
        let processes = ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }.sorted()
        for pid in processes {
            let directory = "/proc/\(pid)/fd"
            for name in (try? Files.names(in: FilePath(directory))) ?? [] {
                guard let inode = socketInode("\(directory)/\(name)"), inodes.contains(inode), owners[inode] == nil
                else { continue }
                owners[inode] = pid
            }
            if owners.count == inodes.count { break }
        }
        return owners
    }

    private static func socketInode(_ path: String) -> UInt64? {
        var buffer = [CChar](repeating: 0, count: 64)
        let length = readlink(path, &buffer, buffer.count)
        guard length > 0 else { return nil }
        let target = String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard target.hasPrefix("socket:["), target.hasSuffix("]") else { return nil }
        return UInt64(target.dropFirst(8).dropLast())
    }
}
