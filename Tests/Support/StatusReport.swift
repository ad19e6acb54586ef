/// The parts of `trice status --json` that tests rely on; a change here breaks scripts of users.
public struct StatusReport: Decodable, Sendable {
    public struct Supervisor: Decodable, Sendable {
        public var pid: Int32
    }

    public struct Service: Decodable, Sendable {
        /// Such as `web-1`.
        public var container: String
        public var service: String
        /// `created`, `running`, `exited` or `incomplete`.
        public var state: String
        /// How the container ended, once it has.
        public var exitCode: Int32?
        /// The host's process id of the container's first process, while it runs.
        public var pid: Int32?
        /// The container's IPv4 address, while it runs.
        public var address: String?
        public var ports: [Port]
    }

    public struct Port: Decodable, Sendable {
        public var hostAddress: String
        public var hostPort: UInt16
        public var target: UInt16
        /// `tcp` or `udp`.
        public var transportProtocol: String
    }

    public var environment: String
    public var supervisor: Supervisor?
    public var services: [Service]

    /// The services that run, sorted.
    public var running: [String] { services.filter { $0.state == "running" }.map(\.service).sorted() }

    /// The service of that name.
    public func service(_ name: String) throws -> Service {
        guard let service = services.first(where: { $0.service == name }) else {
            throw TestError("`trice status` does not list \(name), only \(services.map(\.service))")
        }
        return service
    }

    /// The host port that serves a container port.
    public func port(of service: String, _ target: UInt16, _ transport: String = "tcp") throws -> UInt16 {
        let ports = try self.service(service).ports
        guard let port = ports.first(where: { $0.target == target && $0.transportProtocol == transport }) else {
            throw TestError("\(service) does not publish \(target)/\(transport), only \(ports)")
        }
        return port.hostPort
    }
}
