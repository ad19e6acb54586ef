/// One published port; ranges have been expanded to one mapping per container port.
public struct PortMapping: Hashable, Sendable {
    public enum TransportProtocol: String, Hashable, Sendable, Codable, CaseIterable {
        case tcp, udp, sctp
    }

    public enum HostAddress: Hashable, Sendable {
        /// 127.0.0.1 and ::1.
        case loopback
        /// Every address, IPv4 and IPv6.
        case any
        /// One address, as written.
        case address(String)
    }

    /// The way in which Swarm publishes the port; on one host both values have the same effect.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        case host, ingress
    }

    public var hostAddress: HostAddress
    /// The allowed host ports, lowest first; `nil` for any free port.
    public var published: ClosedRange<UInt16>?
    public var target: UInt16
    public var transportProtocol: TransportProtocol
    /// Whether a taken host port is replaced by the next free one instead of being an error.
    public var autoCorrects: Bool
    /// The other fields of the long form; the short form has `ingress` and its protocol.
    public var details: Details

    public init(
        hostAddress: HostAddress, published: ClosedRange<UInt16>?, target: UInt16,
        transportProtocol: TransportProtocol = .tcp, autoCorrects: Bool, details: Details = Details()
    ) {
        self.hostAddress = hostAddress
        self.published = published
        self.target = target
        self.transportProtocol = transportProtocol
        self.autoCorrects = autoCorrects
        self.details = details
    }

    /// Fields that describe a port and do not change its publication.
    public struct Details: Hashable, Sendable {
        public var name: String?
        /// The application protocol, such as `http`.
        public var appProtocol: String?
        public var mode: Mode?
        /// Whether `protocol` was written.
        public var isProtocolGiven: Bool

        public init(
            name: String? = nil, appProtocol: String? = nil, mode: Mode? = .ingress, isProtocolGiven: Bool = true
        ) {
            self.name = name
            self.appProtocol = appProtocol
            self.mode = mode
            self.isProtocolGiven = isProtocolGiven
        }
    }
}
