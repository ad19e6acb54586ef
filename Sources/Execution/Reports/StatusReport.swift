internal import Envfile
package import Workspaces

/// What `trice status` shows, as text or as JSON.
package struct StatusReport: Sendable, Encodable {
    package struct Service: Sendable, Encodable {
        /// The container, such as `web-1`.
        package var container: String
        package var service: String
        package var image: String
        /// `created`, `running`, `exited` or `incomplete`.
        package var state: String
        /// The exit code, or 128 plus the signal; absent while it runs and when nobody could know it.
        package var exitCode: Int32?
        package var pid: Int32?
        package var address: String?
        package var ports: [Port]
        /// Since it is in this state.
        package var sinceSeconds: Int64?
    }

    package struct Port: Sendable, Encodable {
        package var hostAddress: String
        package var hostPort: UInt16
        package var target: UInt16
        package var transportProtocol: String

        /// `127.0.0.1:8080 → 80/tcp`.
        package var text: String { "\(bracketed(hostAddress)):\(hostPort) → \(target)/\(transportProtocol)" }

        /// Where a browser on this host finds it.
        package var url: String {
            let isWildcard = ["127.0.0.1", "0.0.0.0", "::"].contains(hostAddress)
            return "http://\(isWildcard ? "localhost" : bracketed(hostAddress)):\(hostPort)"
        }

        private func bracketed(_ address: String) -> String {
            address.contains(":") ? "[\(address)]" : address
        }
    }

    package struct Supervisor: Sendable, Encodable {
        package var pid: Int32
    }

    package var environment: String
    package var directory: String?
    package var services: [Service]
    package var supervisor: Supervisor?
}

extension Project {
    /// `post_up_message` with the host ports that the report tells; `nil` where there is none.
    package func postUpMessage(_ report: StatusReport) -> String? {
        environment.tools.postUpMessage?.text { service, target, transport in
            report.services.filter { $0.service == service }.flatMap(\.ports)
                .first { $0.target == target && $0.transportProtocol == transport.rawValue }?.hostPort
        }
    }
}
