package import Vocabulary

/// One published port; ranges have been expanded to one mapping per container port.
package struct PortMapping: Hashable, Sendable {
    /// The way in which Swarm publishes the port; on one host both values have the same effect.
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case host, ingress
    }

    package var hostAddress: HostAddress
    /// The allowed host ports, lowest first; `nil` for any free port.
    package var published: PortRange?
    package var target: Port
    package var transportProtocol: Transport
    /// Whether a taken host port is replaced by the next free one instead of being an error.
    package var autoCorrects: Bool
    /// The other fields of the long form.
    package var details: Details

    package init(
        hostAddress: HostAddress, published: PortRange?, target: Port,
        transportProtocol: Transport = .tcp, autoCorrects: Bool, details: Details = Details()
    ) {
        self.hostAddress = hostAddress
        self.published = published
        self.target = target
        self.transportProtocol = transportProtocol
        self.autoCorrects = autoCorrects
        self.details = details
    }

    /// Fields that describe a port and do not change its publication.
    package struct Details: Hashable, Sendable {
        package var name: String?
        /// The host's address as written, which `config` shows.
        package var hostAddressText: String?
        /// The application protocol, such as `http`.
        package var appProtocol: String?
        package var mode: Mode
        /// The protocol as written in the long form, which `config` shows.
        package var protocolText: String?

        package init(
            name: String? = nil, hostAddressText: String? = nil, appProtocol: String? = nil, mode: Mode = .ingress,
            protocolText: String? = nil
        ) {
            self.name = name
            self.hostAddressText = hostAddressText
            self.appProtocol = appProtocol
            self.mode = mode
            self.protocolText = protocolText
        }
    }
}
