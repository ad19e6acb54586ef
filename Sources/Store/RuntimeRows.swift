import GRDB
import Vocabulary

/// The rows of `run.db`. Commands read many of them, and Codable takes longer for a row than SQLite does.
extension NetworkRecord: Recorded {
    static var table: String { "network" }

    static func decode(_ row: Row) throws -> NetworkRecord {
        var record = NetworkRecord(
            environmentID: EnvironmentID(recorded: try row.decode(forColumn: "environmentID")),
            name: try row.text("name"), bridge: try row.decode(forColumn: "bridge"), subnet: try row.text("subnet"),
            linkGroup: try row.decode(forColumn: "linkGroup"),
            configuration: try row.decode(forColumn: "configuration"),
            isInternal: try row.decode(forColumn: "isInternal"), state: try row.state("state"),
            furtherSubnets: try row.list("furtherSubnets"))
        record.ownerID = try row.decode(String?.self, forColumn: "ownerID").map { EnvironmentID(recorded: $0) }
        record.ownerNetwork = try row.decode(String?.self, forColumn: "ownerNetwork").map { try NetworkName($0) }
        return record
    }
}

extension ContainerRecord: Recorded {
    static var table: String { "container" }

    static func decode(_ row: Row) throws -> ContainerRecord {
        var record = ContainerRecord(
            environmentID: EnvironmentID(recorded: try row.decode(forColumn: "environmentID")),
            service: try row.text("service"), number: try row.decode(forColumn: "number"),
            runtimeID: try row.decode(forColumn: "runtimeID"), runtime: try row.decode(forColumn: "runtime"),
            imageID: try row.decode(forColumn: "imageID"), layers: try row.list("layers"),
            fingerprint: try row.decode(forColumn: "fingerprint"), dependencies: try row.list("dependencies"),
            stopGracePeriod: try row.decode(forColumn: "stopGracePeriod"),
            createdAt: try row.decode(forColumn: "createdAt"), state: try row.state("state"),
            exitCode: try row.decode(forColumn: "exitCode"))
        record.baseImageID = try row.decode(forColumn: "baseImageID")
        return record
    }
}

extension AddressRecord: Recorded {
    static var table: String { "address" }

    static func decode(_ row: Row) throws -> AddressRecord {
        let settings = try row.decode(String.self, forColumn: "settings")
        return AddressRecord(
            environmentID: EnvironmentID(recorded: try row.decode(forColumn: "environmentID")),
            network: try row.text("network"), service: try row.text("service"),
            number: try row.decode(forColumn: "number"), address: try row.text("address"),
            macAddress: try row.text("macAddress"), priority: try row.decode(forColumn: "priority"),
            gatewayPriority: try row.decode(forColumn: "gatewayPriority"),
            settings: settings == "{}"
                ? AddressSettings() : try JSONCoding.decode(AddressSettings.self, from: settings))
    }
}

extension PublishedPortRecord: Recorded {
    static var table: String { "publishedPort" }

    static func decode(_ row: Row) throws -> PublishedPortRecord {
        PublishedPortRecord(
            environmentID: EnvironmentID(recorded: try row.decode(forColumn: "environmentID")),
            service: try row.text("service"), number: try row.decode(forColumn: "number"),
            hostAddress: try row.text("hostAddress"),
            hostPort: try Port(row.decode(UInt16.self, forColumn: "hostPort")),
            target: try Port(row.decode(UInt16.self, forColumn: "target")),
            transportProtocol: try row.text("transportProtocol"))
    }
}

extension Row {
    fileprivate func text<Value: TextualValue>(_ column: String) throws -> Value {
        try Value(decode(String.self, forColumn: column))
    }

    fileprivate func state(_ column: String) throws -> CreationState {
        let text = try decode(String.self, forColumn: column)
        guard let state = CreationState(rawValue: text) else {
            throw InvalidValue(text, "is no state of a record")
        }
        return state
    }

    /// A column that holds a JSON array.
    fileprivate func list<Value: Decodable>(_ column: String) throws -> [Value] {
        let text = try decode(String.self, forColumn: column)
        return text == "[]" ? [] : try JSONCoding.decode([Value].self, from: text)
    }
}
