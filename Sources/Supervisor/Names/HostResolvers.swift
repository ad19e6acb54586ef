internal import Names
internal import SystemPackage

/// The name servers of the host as they are now.
///
/// They are asked from the host's network namespace, so that a server on the host's loopback serves containers too.
final class HostResolvers {
    private let own: WatchedFile<ResolverFile>
    private let upstream: WatchedFile<ResolverFile>

    /// - Parameters:
    ///   - file: the host's configuration.
    ///   - upstream: where systemd-resolved names the servers behind its stub.
    init(
        file: FilePath = "/etc/resolv.conf", upstream: FilePath = "/run/systemd/resolve/resolv.conf"
    ) {
        own = WatchedFile(file) { ResolverFile(String(decoding: $0, as: UTF8.self)) }
        self.upstream = WatchedFile(upstream) { ResolverFile(String(decoding: $0, as: UTF8.self)) }
    }

    var servers: [NameServer] {
        (own.current() ?? ResolverFile()).servers(upstream: upstream.current())
    }
}
