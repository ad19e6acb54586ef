import GRDB
package import Vocabulary

/// A step of `provision` in a container: that it began, or has run.
///
/// It belongs to what the container wrote, and outlives a restart of the machine with that.
package struct ProvisionedStepRecord: Hashable, Sendable, Codable {
    /// The environment of the container.
    package var environmentID: EnvironmentID
    /// The container's service.
    package var service: ServiceName
    /// The container's number.
    package var number: Int
    /// The step's name.
    package var name: String
    /// What determined the step, as JSON.
    package var fingerprint: String
    /// Whether it came to its end.
    package var isComplete: Bool
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    package var ranAt: Int64
    /// The exit code of a step that failed by it.
    package var code: Int32?

    package init(
        environmentID: EnvironmentID, service: ServiceName, number: Int, name: String, fingerprint: String,
        isComplete: Bool, ranAt: Int64, code: Int32? = nil
    ) {
        self.environmentID = environmentID
        self.service = service
        self.number = number
        self.name = name
        self.fingerprint = fingerprint
        self.isComplete = isComplete
        self.ranAt = ranAt
        self.code = code
    }
}

extension DurableStore {
    /// The steps of all containers of an environment, sorted by container and name.
    package func provisionedSteps(environmentID: EnvironmentID) throws(StoreError) -> [ProvisionedStepRecord] {
        try database.read("list the steps that have run") {
            try ProvisionedStepRecord.fetchAll(
                $0, sql: "SELECT * FROM provisionedStep WHERE environmentID = ? ORDER BY service, number, name",
                arguments: [environmentID.column])
        }
    }

    /// Inserts the records, each in place of the one of the same container and name.
    package func save(_ records: [ProvisionedStepRecord]) throws(StoreError) {
        guard !records.isEmpty else { return }
        try database.write("write the records of steps") { db in
            for record in records { try record.insert(db, onConflict: .replace) }
        }
    }

    /// Forgets the steps of one container, or of a whole environment. Where there are none nothing is written.
    package func deleteProvisionedSteps(
        environmentID: EnvironmentID, container: ContainerID? = nil
    ) throws(StoreError) {
        let arguments: StatementArguments = [
            environmentID.column, container?.service.column, container?.number,
        ]
        let condition = "environmentID = ?1 AND (?2 IS NULL OR (service = ?2 AND number = ?3))"
        let isThere = try database.read("look for the steps that have run") {
            try Bool.fetchOne(
                $0, sql: "SELECT EXISTS (SELECT 1 FROM provisionedStep WHERE \(condition))", arguments: arguments)
        }
        guard isThere == true else { return }
        try database.write("delete the records of steps") {
            try $0.execute(sql: "DELETE FROM provisionedStep WHERE \(condition)", arguments: arguments)
        }
    }
}
