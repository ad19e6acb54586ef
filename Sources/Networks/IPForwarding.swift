internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Whether the host forwards IPv4 packets between its links; ip-sysctl.rst of the kernel, `ip_forward`.
///
/// The setting belongs to the calling thread's network namespace and is shared by all environments and other programs:
/// only the last user may restore it.
package enum IPForwarding {
    private static let path: FilePath = "/proc/sys/net/ipv4/ip_forward"

    /// Whether the kernel forwards IPv4 packets (`net.ipv4.ip_forward`).
    package static func isOn() throws(NetworkError) -> Bool {
        do throws(SystemError) {
            return try Files.read(path).first.map { $0 != UInt8(ascii: "0") } ?? false
        } catch {
            throw NetworkError("read \(path)", error)
        }
    }

    /// Switches forwarding on; writes nothing when it is on.
    ///
    /// - Returns: whether it was off before.
    package static func enable() throws(NetworkError) -> Bool {
        if try isOn() { return false }
        try set(true)
        return true
    }

    /// Undoes `enable`, given what that returned.
    package static func restore(wasOff: Bool) throws(NetworkError) {
        if wasOff { try set(false) }
    }

    private static func set(_ isOn: Bool) throws(NetworkError) {
        do throws(SystemError) {
            try OwnedDescriptor.open(path, O_WRONLY).write((isOn ? "1\n" : "0\n").utf8)
        } catch {
            throw NetworkError("switch IPv4 forwarding \(isOn ? "on" : "off") in \(path)", error)
        }
    }
}
