import Dispatch
import Envfile
import Execution
import Glibc
import LinuxSystem
import Netlink
import Store
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Vocabulary
import Workspaces

/// Networks that come and go at the same time, on real links.
@Suite(.timeLimit(.minutes(1)), .enabled("needs root") { try Requirement.met(.root) })
struct NetworkOperationsTests {
    private let temporary: TemporaryDirectory
    private let workspace: Workspace

    init() throws {
        temporary = try TemporaryDirectory()
        let request = ProjectRequest(
            files: [], projectName: nil, profiles: [], runtime: nil,
            processEnvironment: [
                "TRICE_STATE_DIRECTORY": temporary.path + "/state", "TRICE_RUN_DIRECTORY": temporary.path + "/run",
            ], userID: 0, workingDirectory: temporary.path, version: "1.0.0")
        let host = try Host(
            layout: Layout(environment: request.processEnvironment, userID: 0), request: request, settings: Settings())
        workspace = Workspace(id: EnvironmentID(recorded: "networks-\(getpid())"), host: host)
    }

    private func hasLink(_ name: String) throws -> Bool {
        try NetlinkSocket().links().contains { $0.name == name }
    }

    /// The last network that goes takes what all have in common: one that comes at that moment keeps its bridge.
    @Test func aNetworkThatComesWhileTheLastOneGoesIsWhole() throws {
        let networks = NetworkOperations(workspace: workspace)
        for round in 0..<10 {
            try networks.create(Network(name: "front"))
            let failures = Mutex<[any Error]>([])
            DispatchQueue.concurrentPerform(iterations: 3) { index in
                do {
                    if index == 0 {
                        try networks.remove("front")
                    } else {
                        try networks.create(Network(name: NetworkName("back\(index)")))
                    }
                } catch {
                    failures.withLock { $0.append(error) }
                }
            }
            #expect(failures.withLock(\.self).isEmpty)
            let records = try workspace.records()
            #expect(records.networks.map(\.name) == ["back1", "back2"])
            for record in records.networks {
                #expect(try hasLink(record.bridge), "round \(round)")
                try networks.remove(record.name)
                #expect(try !hasLink(record.bridge))
            }
            #expect(try workspace.records().linkGroup == nil)
        }
    }
}
