/// The transport protocol that a port belongs to.
package enum Transport: String, TextualValue, Comparable, CaseIterable {
    case tcp, udp, sctp

    /// Reads the name in any case.
    package init(_ text: String) throws(InvalidValue) {
        guard let value = Transport(rawValue: text.lowercased()) else {
            throw InvalidValue(text, "is not a transport protocol: use tcp, udp or sctp")
        }
        self = value
    }

    package var description: String { rawValue }

    package static func < (left: Transport, right: Transport) -> Bool {
        left.order < right.order
    }

    private var order: Int {
        switch self {
        case .tcp: 0
        case .udp: 1
        case .sctp: 2
        }
    }
}
