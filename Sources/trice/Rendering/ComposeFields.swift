internal import Execution
internal import Workspaces

/// Rows of containers with the fields of `docker compose ps`.
extension RowFields<StatusReport.Service> {
    /// - Parameter project: the name of the environment.
    init(ofContainersIn project: String) {
        all = [
            Field("ID") { .string($0.container) },
            Field("Name") { .string($0.container) },
            Field("Names") { .string($0.container) },
            Field("Project") { _ in .string(project) },
            Field("Service") { .string($0.service) },
            Field("Image") { .string($0.image) },
            Field("State") { .string($0.state == "incomplete" ? "dead" : $0.state) },
            Field("Status") { .string($0.composeStatus) },
            Field("Health") { .string($0.health ?? "") },
            Field("ExitCode") { .integer(Int64($0.exitCode ?? 0)) },
            Field("RunningFor") { .string($0.sinceSeconds.map { "\(Format.age(seconds: $0)) ago" } ?? "") },
            Field("Ports") { .string($0.ports.map(\.composeText).joined(separator: ", ")) },
            Field("Publishers") { .list($0.ports.map(\.composePublisher)) },
        ]
    }
}

extension StatusReport.Service {
    /// Such as `Up 5 minutes (healthy)` or `Exited (0) 2 hours ago`.
    fileprivate var composeStatus: String {
        let age = sinceSeconds.map { Format.age(seconds: $0) } ?? "some time"
        switch state {
        case "running":
            return "Up \(age)" + (health.map { $0 == "starting" ? " (health: starting)" : " (\($0))" } ?? "")
        case "paused": return "Up \(age) (Paused)"
        case "exited": return "Exited (\(exitCode ?? 0)) \(age) ago"
        case "restarting": return "Restarting (\(exitCode ?? 0)) \(age) ago"
        case "created": return "Created"
        default: return "Dead"
        }
    }
}

extension StatusReport.Port {
    /// `127.0.0.1:8080->80/tcp`.
    fileprivate var composeText: String { "\(address)->\(target)/\(transportProtocol)" }

    fileprivate var composePublisher: JSONValue {
        .object([
            "URL": .string(hostAddress), "TargetPort": .integer(Int64(target)),
            "PublishedPort": .integer(Int64(hostPort)), "Protocol": .string(transportProtocol),
        ])
    }
}

/// Rows of usage with the fields of `docker compose stats`.
extension RowFields<ContainerUsage> {
    init() {
        @Sendable func bytes(_ number: UInt64?) -> String { Format.bytes(Int64(clamping: number ?? 0)) }
        @Sendable func percent(_ number: Double?) -> String {
            let hundredths = Int64(((number ?? 0) * 100).rounded())
            let rest = hundredths % 100
            return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
        }
        all = [
            Field("Container") { .string($0.container) },
            Field("ID") { .string($0.container) },
            Field("Name") { .string($0.container) },
            Field("Service") { .string($0.service) },
            Field("CPUPerc") { .string(percent($0.processorPercent)) },
            Field("MemUsage") { .string("\(bytes($0.memory)) / \(bytes($0.memoryLimit))") },
            Field("MemPerc") { row in
                let limit = Double(row.memoryLimit ?? 0)
                return .string(percent(limit > 0 ? Double(row.memory ?? 0) / limit * 100 : 0))
            },
            Field("NetIO") { .string("\(bytes($0.received)) / \(bytes($0.sent))") },
            Field("BlockIO") { .string("\(bytes($0.read)) / \(bytes($0.written))") },
            Field("PIDs") { .string("\($0.processes ?? 0)") },
        ]
    }
}

/// Rows of volumes with the fields of `docker compose volumes`.
struct VolumeRow: Encodable {
    var name: String

    static let fields = RowFields<VolumeRow>(all: [
        .init("Name") { .string($0.name) }, .init("Driver") { _ in .string("local") },
        .init("Scope") { _ in .string("local") },
    ])
}
