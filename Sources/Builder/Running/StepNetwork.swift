internal import LinuxSystem
package import SystemPackage

/// How a RUN step reaches the network.
package enum StepNetwork: Sendable {
    /// A loopback interface and nothing else.
    case none
    /// The network of the host.
    case host
    /// A namespace that is created for this step; the closure gets the ID of the step.
    case attached(@Sendable (_ id: String) throws(BuildError) -> StepAttachment)
}

/// A network namespace that is ready for a container.
package struct StepAttachment: Sendable {
    /// A file of `/proc/PID/ns` or a bind mount of such.
    package var namespace: FilePath
    /// The text of /etc/hosts, without the extra hosts of the build.
    package var hosts: String
    /// The text of /etc/resolv.conf.
    package var resolvConf: String
    /// Takes it all away again; called once, when no process of the step is left.
    package var detach: @Sendable () throws -> Void

    package init(
        namespace: FilePath, hosts: String, resolvConf: String, detach: @escaping @Sendable () throws -> Void
    ) {
        self.namespace = namespace
        self.hosts = hosts
        self.resolvConf = resolvConf
        self.detach = detach
    }
}

/// A name that a step knows an address by.
package struct HostAddress: Sendable, Hashable {
    package var name: String
    /// IPv4 or IPv6, as hosts(5) has it.
    package var address: String

    package init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}

/// The texts by which a step finds names.
struct NameTexts: Sendable, Hashable {
    var hosts: String
    var resolvConf: String

    private static let localHosts = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback

        """

    /// Those of a step without a namespace of the Engine's: on the host's network the resolver is the host's.
    static func plain(hostname: String, usesHost: Bool) throws(SystemError) -> NameTexts {
        let resolver = usesHost ? try Files.text("/etc/resolv.conf") ?? "" : ""
        return NameTexts(hosts: localHosts + "127.0.0.1\t\(hostname)\n", resolvConf: resolver)
    }

    func adding(_ extra: [HostAddress]) -> NameTexts {
        NameTexts(
            hosts: extra.map { "\($0.address)\t\($0.name)\n" }.joined() + hosts, resolvConf: resolvConf)
    }
}
