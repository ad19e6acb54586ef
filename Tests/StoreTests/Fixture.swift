import Glibc
import Store
import TestSupport
import Testing
import Vocabulary

/// Databases in a temporary directory.
final class Fixture: Sendable {
    private let temporary: TemporaryDirectory
    var directory: String { temporary.path }

    init() throws { temporary = try TemporaryDirectory() }

    var durablePath: String { directory + "/trice.db" }
    var runtimePath: String { directory + "/run.db" }

    func durable() throws -> DurableStore { try DurableStore(path: durablePath) }
    func runtime(bootID: String = "boot-1") throws -> RuntimeStore {
        try RuntimeStore(path: runtimePath, bootID: bootID)
    }

    func write(_ bytes: [UInt8], to path: String, at offset: Int = 0) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        try #require(pwrite(file, bytes, bytes.count, offset) == bytes.count)
    }
}

/// The code of the error that `body` throws, `nil` when it throws none.
func code(_ body: () throws -> Void) -> StoreError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StoreError)?.code
    }
}

func containerRecord(_ service: ServiceName, environment: EnvironmentID = "e1", number: Int = 1) -> ContainerRecord {
    ContainerRecord(
        environmentID: environment, service: service, number: number,
        runtimeID: "\(environment)-\(service)-\(number)", runtime: "/usr/bin/crun", imageID: "sha256:1",
        fingerprint: "{}",
        dependencies: ["db", "cache"], createdAt: 1_700_000_000_123_456_789)
}

extension RuntimeStore {
    func claimSubnet(_ environment: EnvironmentID, _ network: NetworkName, _ candidates: [String]) throws
        -> NetworkRecord?
    {
        try claimSubnet(
            environmentID: environment, network: network, bridge: "b-\(environment)-\(network)", linkGroup: 1000,
            configuration: "c", candidates: candidates.map { text in try IPv4Network(text) })
    }

    func claimPort(
        _ environment: EnvironmentID, _ service: ServiceName, _ candidates: ClosedRange<UInt16>,
        address: HostAddress = .loopback, transport: Transport = .tcp
    ) throws -> PublishedPortRecord? {
        try claimPort(
            environmentID: environment, service: service, number: 1, hostAddress: address, target: 80,
            transportProtocol: transport, candidates: candidates.map { number in try Port(number) })
    }
}
