import Glibc
import Store
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
    /// Each of ten processes opens the fresh databases and claims; none may get what another one has.
    @Test func tenProcesses() async throws {
        let fixture = try Fixture()
        let directory = fixture.directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<10 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [directory = directory as String, index = index as Int] in
                        try claimEverything(directory, environment: "e\(index)")
                    }
                }
            }
            try await group.waitForAll()
        }
        try expectDistinctClaims(in: try fixture.runtime(), environments: 10)
        #expect(try fixture.durable().environments().count == 10)
    }

    /// The same with a connection per thread in one process.
    @Test func tenConnections() throws {
        let fixture = try Fixture()
        let directory = fixture.directory
        var threads: [pthread_t] = []
        for index in 0..<10 {
            let argument = Unmanaged.passRetained(Argument(directory: directory, environment: "e\(index)"))
            var thread = pthread_t()
            let result = pthread_create(
                &thread, nil,
                { pointer in
                    guard let pointer else { return nil }
                    let argument = Unmanaged<Argument>.fromOpaque(pointer).takeRetainedValue()
                    #expect(throws: Never.self) {
                        try claimEverything(argument.directory, environment: argument.environment)
                    }
                    return nil
                }, argument.toOpaque())
            try #require(result == 0)
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        try expectDistinctClaims(in: try fixture.runtime(), environments: 10)
    }

    private final class Argument: Sendable {
        let directory: String
        let environment: String

        init(directory: String, environment: String) {
            self.directory = directory
            self.environment = environment
        }
    }

    private func expectDistinctClaims(in store: RuntimeStore, environments count: Int) throws {
        let records = try store.environmentIDs().map { try store.records(environmentID: $0) }
        #expect(records.count == count)
        let subnets = records.flatMap(\.networks).map(\.subnet)
        #expect(subnets.count == count * 3 && Set(subnets).count == subnets.count)
        let addresses = records.flatMap(\.addresses).map(\.address)
        #expect(addresses.count == count * 5 && Set(addresses).count == addresses.count)
        let ports = records.flatMap(\.publishedPorts).map(\.hostPort.rawValue)
        #expect(ports.sorted() == (20_000..<20_000 + UInt16(count * 5)).map { $0 })
        #expect(records.compactMap(\.linkGroup).sorted() == (1000..<1000 + UInt32(count)).map { $0 })
    }
}

/// Three networks, five containers with an address and a port each.
private func claimEverything(_ directory: String, environment: String) throws {
    let environment = try EnvironmentID(environment)
    let durable = try DurableStore(path: directory + "/trice.db")
    try durable.save(EnvironmentRecord(id: environment, name: environment.text, directory: "/", createdAt: 0))
    let store = try RuntimeStore(path: directory + "/run.db", bootID: "boot-1")
    _ = try store.claimLinkGroup(environmentID: environment)
    let candidates = (0..<40).map { "10.9.\($0).0/24" }
    for network in 0..<3 { _ = try store.claimSubnet(environment, NetworkName("n\(network)"), candidates) }
    for index in 0..<5 {
        let service = try ServiceName("s\(index)")
        try store.insert(containerRecord(service, environment: environment))
        _ = try store.claimAddress(environmentID: environment, network: "n0", service: service, number: 1)
        _ = try store.claimPort(environment, service, 20_000...20_999)
    }
}
