/// Which address inside a container the datagrams of one sender go to: decides, but does nothing.
///
/// Nothing but a refusal tells that no server listens at an address: the next one is then tried with the same datagram.
/// When every address has refused, the next datagram begins again at the first one, since the server may be only
/// starting, or starting again.
struct DatagramRoute: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        /// Sends a datagram to the address with this number.
        case send([UInt8], to: Int)
        /// Nothing until the next datagram.
        case rest
    }

    /// Larger datagrams are not kept for another try.
    static let keptSize = 4096

    private let addressCount: Int
    /// The number of the address in use.
    private(set) var current = 0
    /// What was sent last, until an answer shows that a server listens.
    private var unanswered: [UInt8]?
    /// How many addresses have refused since the last answer.
    private var refusals = 0

    /// - Parameter addressCount: at least 1; the first address is the best.
    init(addressCount: Int) {
        self.addressCount = addressCount
    }

    /// The sender has another datagram.
    mutating func received(_ datagram: [UInt8]) -> Action {
        unanswered = addressCount > 1 && datagram.count <= Self.keptSize ? datagram : nil
        return .send(datagram, to: current)
    }

    /// An answer came.
    mutating func answered() {
        unanswered = nil
        refusals = 0
    }

    /// The address in use refuses, or cannot be reached.
    mutating func refused() -> Action {
        refusals += 1
        guard refusals < addressCount else {
            refusals = 0
            current = 0
            unanswered = nil
            return .rest
        }
        current = (current + 1) % addressCount
        return unanswered.map { .send($0, to: current) } ?? .rest
    }
}
