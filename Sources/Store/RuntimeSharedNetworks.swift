import GRDB
package import Vocabulary

/// Networks that several environments use: one of them made the bridge, and each of the others has a record of its own.
extension RuntimeStore {
    /// The networks of all environments.
    package func networks() throws(StoreError) -> [NetworkRecord] {
        try database.read("list the networks") {
            try NetworkRecord.fetchAll($0, sql: "SELECT * FROM network ORDER BY environmentID, name")
        }
    }

    /// The records of other environments that have a bridge, that of the one that made it among them.
    package func others(
        onBridge bridge: String, than environmentID: EnvironmentID
    ) throws(StoreError) -> [NetworkRecord] {
        try database.read("look up the environments on bridge \(bridge)") {
            try NetworkRecord.fetchAll(
                $0, sql: "SELECT * FROM network WHERE bridge = ? AND environmentID <> ? ORDER BY environmentID",
                arguments: [bridge, environmentID.column])
        }
    }

    /// Records that an environment uses the network of another one, with that one's bridge and subnet. Until the record is
    /// deleted, the other one's cannot be.
    ///
    /// - Throws: `missing` when the other record is gone, `exists` when the environment has a network of this name.
    package func joinNetwork(
        environmentID: EnvironmentID, network: NetworkName, of owner: NetworkRecord, linkGroup: UInt32,
        configuration: String
    ) throws(StoreError) -> NetworkRecord {
        var record = NetworkRecord(
            environmentID: environmentID, name: network, bridge: owner.bridge, subnet: owner.subnet,
            linkGroup: linkGroup, configuration: configuration, isInternal: owner.isInternal, state: .created,
            furtherSubnets: owner.furtherSubnets)
        record.ownerID = owner.environmentID
        record.ownerNetwork = owner.name
        let joined = record
        try database.write("join network \(owner.name) of environment \(owner.environmentID)") { try joined.insert($0) }
        return joined
    }

    /// The environments that use a network of this one.
    package func users(
        ofNetwork network: NetworkName, environmentID: EnvironmentID
    ) throws(StoreError) -> [EnvironmentID] {
        try database.read("look up who uses network \(network)") {
            try Self.users($0, network, environmentID)
        }
    }

    static func users(
        _ db: Database, _ network: NetworkName, _ environmentID: EnvironmentID
    ) throws -> [EnvironmentID] {
        try String.fetchAll(
            db,
            sql:
                "SELECT DISTINCT environmentID FROM network WHERE ownerID = ? AND ownerNetwork = ? ORDER BY environmentID",
            arguments: [environmentID.column, network.column]
        ).map { EnvironmentID(recorded: $0) }
    }
}
