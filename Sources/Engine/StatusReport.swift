/// What `trice status` shows, as text or as JSON.
public struct StatusReport: Sendable, Encodable {
    public struct Service: Sendable, Encodable {
        /// The container, such as `web-1`.
        public var container: String
        public var service: String
        public var image: String
        /// `created`, `running`, `exited` or `incomplete`.
        public var state: String
        /// The exit code, or 128 plus the signal; absent while it runs and when nobody could know it.
        public var exitCode: Int32?
        public var pid: Int32?
        public var address: String?
        public var ports: [Port]
        /// Since it is in this state.
        public var sinceSeconds: Int64?
    }

    public struct Port: Sendable, Encodable {
        public var hostAddress: String
        public var hostPort: UInt16
        public var target: UInt16
        public var transportProtocol: String

        /// `127.0.0.1:8080 → 80/tcp`.
        public var text: String { "\(bracketed(hostAddress)):\(hostPort) → \(target)/\(transportProtocol)" }

        /// Where a browser on this host finds it.
        public var url: String {
            let isWildcard = ["127.0.0.1", "0.0.0.0", "::"].contains(hostAddress)
            return "http://\(isWildcard ? "localhost" : bracketed(hostAddress)):\(hostPort)"
        }

        private func bracketed(_ address: String) -> String {
            address.contains(":") ? "[\(address)]" : address
        }
    }

    public struct Supervisor: Sendable, Encodable {
        public var pid: Int32
    }

    public var environment: String
    public var directory: String?
    public var services: [Service]
    public var supervisor: Supervisor?
}
