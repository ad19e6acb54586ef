internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// What the forwarding of IPv6 was before Trice switched it on; ip-sysctl.rst of the kernel, `conf/all/forwarding`.
///
/// A host that forwards ignores router advertisements, by which it may have its own default route, unless a link says 2 in
/// `accept_ra`: the links that listen to them are told to go on.
package struct IPv6Forwarding: Hashable, Sendable, Codable {
    private var wasOff: Bool
    /// The links that listened to router advertisements.
    private var listening: [String]

    private static let directory: FilePath = "/proc/sys/net/ipv6/conf"

    /// What it is now; `nil` on a host without IPv6.
    package static func current() throws(NetworkError) -> IPv6Forwarding? {
        guard Files.exists(directory) else { return nil }
        do throws(SystemError) {
            let isOn = try value("all", "forwarding") != "0"
            var listening: [String] = []
            for link in try Files.names(in: directory) where try value(link, "accept_ra") == "1" {
                listening.append(link)
            }
            return IPv6Forwarding(wasOff: !isOn, listening: listening)
        } catch {
            throw NetworkError("read the settings of IPv6", error)
        }
    }

    /// Switches it on.
    package func enable() throws(NetworkError) {
        guard wasOff else { return }
        do throws(SystemError) {
            for link in listening { try Self.set(link, "accept_ra", "2") }
            try Self.set("all", "forwarding", "1")
        } catch {
            throw NetworkError("switch IPv6 forwarding on", error)
        }
    }

    /// Puts back what was.
    package func restore() throws(NetworkError) {
        guard wasOff else { return }
        do throws(SystemError) {
            try Self.set("all", "forwarding", "0")
            for link in listening { try Self.set(link, "accept_ra", "1") }
        } catch {
            throw NetworkError("switch IPv6 forwarding off", error)
        }
    }

    private static func value(_ link: String, _ name: String) throws(SystemError) -> String? {
        try Files.text(directory.appending(link).appending(name))?.split(separator: "\n").first.map(String.init)
    }

    /// A link that is gone meanwhile is fine.
    private static func set(_ link: String, _ name: String, _ value: String) throws(SystemError) {
        let path = directory.appending(link).appending(name)
        guard Files.exists(path) else { return }
        try OwnedDescriptor.open(path, O_WRONLY).write("\(value)\n".utf8)
    }
}
