internal import Envfile
internal import Vocabulary
package import Workspaces

/// What `trice status` shows, as text or as JSON.
package struct StatusReport: Sendable, Encodable {
    /// One container of a service.
    package struct Service: Sendable, Encodable {
        /// The container, such as `web-1`.
        package var container: String
        package var service: String
        package var image: String
        /// `created`, `running`, `paused`, `restarting` (it has ended and is started again, at once or later), `exited` or
        /// `incomplete`.
        package var state: String
        /// The exit code, or 128 plus the signal; absent while it runs and when no supervisor saw its end.
        package var exitCode: Int32?
        package var pid: Int32?
        package var address: String?
        package var ports: [Port]
        /// Since it is in this state.
        package var sinceSeconds: Int64?
        /// `starting`, `healthy` or `unhealthy`; absent without a check and when it does not run.
        package var health: String?
        /// The last check that ended.
        package var lastCheck: Check?
        /// From its start until it was healthy for the first time, in milliseconds.
        package var healthyAfter: Int64?
        /// How often it was started again by itself since a user started it.
        package var restarts: Int?
        /// The end of the run before the present one.
        package var lastExit: Exit?
        /// The steps of `provision`; absent where there are none.
        package var steps: [Step]?
    }

    /// One step of `provision` in a container.
    package struct Step: Sendable, Encodable {
        /// How a step stands.
        package enum State: String, Sendable, Encodable {
            case done, changed, failed
            case notRun = "not run"
        }

        /// Its `name`, otherwise its number from 1.
        package var name: String
        /// How it stands now.
        package var state: State
        /// What has changed since it ran, such as `input db/002.sql added`.
        package var changes: [String]?
        /// Of a run that failed; absent where it was interrupted.
        package var exitCode: Int32?
        /// Since it last ran or began to.
        package var sinceSeconds: Int64?
        /// Why it could not run now, such as a script that is gone.
        package var problem: String?

        package init(name: String, state: State, changes: [String]? = nil, exitCode: Int32? = nil) {
            self.name = name
            self.state = state
            self.changes = changes
            self.exitCode = exitCode
        }
    }

    /// The last health check that has ended.
    package struct Check: Sendable, Encodable {
        package var isSuccess: Bool
        /// Of a command.
        package var exitCode: Int32?
        package var output: String
        /// In a row, as far as they counted.
        package var failures: Int
    }

    /// How a run of the container before the present one ended.
    package struct Exit: Sendable, Encodable {
        package var code: Int32?
        package var signal: Int32?
        package var secondsAgo: Int64
    }

    /// One published port.
    package struct Port: Sendable, Encodable {
        package var hostAddress: String
        package var hostPort: UInt16
        package var target: UInt16
        package var transportProtocol: String
        /// Whether it is open at this moment.
        package var isOpen = true

        /// `127.0.0.1:8080`.
        package var address: String { "\(bracketed(hostAddress)):\(hostPort)" }

        /// `127.0.0.1:8080 → 80/tcp`.
        package var text: String {
            "\(address) → \(target)/\(transportProtocol)" + (isOpen ? "" : " (closed)")
        }

        /// Where a browser on this host finds it.
        package var url: String {
            let isWildcard = ["127.0.0.1", "0.0.0.0", "::"].contains(hostAddress)
            return "http://\(isWildcard ? "localhost" : bracketed(hostAddress)):\(hostPort)"
        }

        private func bracketed(_ address: String) -> String {
            address.contains(":") ? "[\(address)]" : address
        }
    }

    /// A service of another environment.
    package struct External: Sendable, Encodable {
        /// What it is called here.
        package var name: String
        /// The ID of the other environment.
        package var environment: String
        /// What it is called there.
        package var service: String
        /// Of its containers, `missing` where it has none; of several, that of one that does not run.
        package var state: String
        /// The same; absent without a check.
        package var health: String?
    }

    /// The supervisor of the environment.
    package struct Supervisor: Sendable, Encodable {
        package var pid: Int32
    }

    package var environment: String
    package var directory: String?
    package var services: [Service]
    /// The services of other environments that this one uses.
    package var externals: [External] = []
    package var supervisor: Supervisor?
    /// Its services that other environments use.
    package var usedBy: [ServiceUse] = []
    /// Where else the environment may be, when nothing is up; one sentence each.
    package var notes: [String] = []
    /// What is not as it was made, one sentence each; `up` mends it.
    package var problems: [String] = []
}

extension Project {
    /// `post_up_message` with the host ports that the report tells; `nil` where there is none.
    package func postUpMessage(_ report: StatusReport) -> String? {
        environment.tools.postUpMessage?.text { service, target, transport in
            report.services.filter { $0.service == service.rawValue }.flatMap(\.ports)
                .first { $0.target == target.rawValue && $0.transportProtocol == transport.rawValue }
                .flatMap { Port(exactly: $0.hostPort) }
        }
    }
}
