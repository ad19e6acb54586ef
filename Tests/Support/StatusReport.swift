/// The parts of `trice status --json` that tests rely on; a change here breaks scripts of users.
package struct StatusReport: Decodable, Sendable {
    package struct Supervisor: Decodable, Sendable {
        package var pid: Int32
    }

    package struct Service: Decodable, Sendable {
        /// Such as `web-1`.
        package var container: String
        package var service: String
        /// `created`, `running`, `exited` or `incomplete`.
        package var state: String
        /// How the container ended, once it has.
        package var exitCode: Int32?
        /// The host's process id of the container's first process, while it runs.
        package var pid: Int32?
        /// The container's IPv4 address, while it runs.
        package var address: String?
        package var ports: [Port]
        /// `starting`, `healthy` or `unhealthy`, where it has a check and runs.
        package var health: String?
        /// From its start until it was healthy, in milliseconds.
        package var healthyAfter: Int?
        /// How often it was started again by itself.
        package var restarts: Int?
        package var lastExit: Exit?
    }

    package struct Exit: Decodable, Sendable {
        package var code: Int32?
        package var signal: Int32?
    }

    package struct Port: Decodable, Sendable {
        package var hostAddress: String
        package var hostPort: UInt16
        package var target: UInt16
        /// `tcp` or `udp`.
        package var transportProtocol: String
    }

    package var environment: String
    package var supervisor: Supervisor?
    package var services: [Service]

    /// The services that run, sorted.
    package var running: [String] { services.filter { $0.state == "running" }.map(\.service).sorted() }

    /// The service of that name.
    package func service(_ name: String) throws -> Service {
        guard let service = services.first(where: { $0.service == name }) else {
            throw TestError("`trice status` does not list \(name), only \(services.map(\.service))")
        }
        return service
    }

    /// The host port that serves a container port.
    package func port(of service: String, _ target: UInt16, _ transport: String = "tcp") throws -> UInt16 {
        let ports = try self.service(service).ports
        guard let port = ports.first(where: { $0.target == target && $0.transportProtocol == transport }) else {
            throw TestError("\(service) does not publish \(target)/\(transport), only \(ports)")
        }
        return port.hostPort
    }
}
