import GRDB
import Testing
import Vocabulary

@testable import Store

/// The records of steps that have run.
@Suite(.timeLimit(.minutes(1))) struct ProvisioningTests {
    private func record(
        _ service: ServiceName, _ name: String, number: Int = 1, environment: EnvironmentID = "e1",
        isComplete: Bool = true, code: Int32? = nil
    ) -> ProvisionedStepRecord {
        ProvisionedStepRecord(
            environmentID: environment, service: service, number: number, name: name, fingerprint: "{}",
            isComplete: isComplete, ranAt: 7, code: code)
    }

    @Test func recordsAreReplacedAndBelongToContainers() throws {
        let fixture = try Fixture()
        let store = try fixture.durable()
        try store.save([
            record("web", "schema", isComplete: false), record("web", "packages"), record("web", "schema", number: 2),
            record("db", "schema", isComplete: false, code: 3), record("web", "schema", environment: "e2"),
        ])
        try store.save([record("web", "schema")])
        #expect(
            try fixture.durable().provisionedSteps(environmentID: "e1") == [
                record("db", "schema", isComplete: false, code: 3), record("web", "packages"), record("web", "schema"),
                record("web", "schema", number: 2),
            ])
        try store.deleteProvisionedSteps(environmentID: "e1", container: ContainerID(service: "web", number: 1))
        #expect(try store.provisionedSteps(environmentID: "e1").map(\.number) == [1, 2])
        try store.deleteProvisionedSteps(environmentID: "e1")
        #expect(try store.provisionedSteps(environmentID: "e1").isEmpty)
        #expect(try store.provisionedSteps(environmentID: "e2").count == 1)
        // What is not there is no error.
        try store.deleteProvisionedSteps(environmentID: "e1")
    }

    @Test func aDatabaseOfAnEarlierVersionGetsTheTable() throws {
        let fixture = try Fixture()
        let old = try RecordDatabase(
            path: fixture.durablePath, durability: .full, migrations: Array(DurableSchema.migrations.prefix(5)))
        try old.write("fill") {
            try $0.execute(sql: "INSERT INTO environment VALUES ('e1', 'demo', '/srv', 1, NULL)")
        }
        let store = try fixture.durable()
        #expect(try store.provisionedSteps(environmentID: "e1").isEmpty)
        try store.save([record("web", "schema", isComplete: false, code: 1)])
        #expect(try store.environments().map(\.name) == ["demo"])
    }
}
