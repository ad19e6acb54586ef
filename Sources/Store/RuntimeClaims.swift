import GRDB

/// Claims: each looks for what is free and takes it in one transaction, so that no two processes get the same.
extension RuntimeStore {
    /// Gives the environment a number for the group of its links: the one it has, else the lowest free from `first` on.
    ///
    /// - Parameter first: best one of the environment's own, so that two databases on one host hand out different ones.
    public func claimLinkGroup(environmentID: String, from first: UInt32 = 1000) throws(StoreError) -> UInt32 {
        try database.write("claim a link group for environment \(environmentID)") { db in
            if let number = try UInt32.fetchOne(
                db, sql: "SELECT number FROM linkGroup WHERE environmentID = ?", arguments: [environmentID])
            {
                return number
            }
            let taken = try UInt32.fetchAll(db, sql: "SELECT number FROM linkGroup ORDER BY number")
            let number = Self.lowest(from: first, notIn: taken)
            try db.execute(
                sql: "INSERT INTO linkGroup (environmentID, number) VALUES (?, ?)", arguments: [environmentID, number])
            return number
        }
    }

    /// - Returns: whether the environment had a group.
    @discardableResult
    public func releaseLinkGroup(environmentID: String) throws(StoreError) -> Bool {
        try database.write("release the link group of environment \(environmentID)") {
            try $0.execute(sql: "DELETE FROM linkGroup WHERE environmentID = ?", arguments: [environmentID])
            return $0.changesCount > 0
        }
    }

    /// Records a network, in state `creating`, with the first candidate that overlaps no recorded subnet.
    ///
    /// - Parameter candidates: such as `10.5.3.0/24`, the best first.
    /// - Returns: `nil` when none is free.
    /// - Throws: `exists` when the network has a record or another one has the bridge; `invalid` for a candidate
    ///   before the free one that is no subnet, and for a bridge name that is empty or longer than 15 bytes.
    public func claimSubnet(
        environmentID: String, network: String, bridge: String, linkGroup: UInt32, configuration: String,
        isInternal: Bool = false, candidates: some Sequence<String>
    ) throws(StoreError) -> NetworkRecord? {
        guard (1...15).contains(bridge.utf8.count) else {
            throw StoreError(
                .invalid, "\"\(bridge)\" cannot name a bridge because an interface name has 1 to 15 bytes.")
        }
        return try database.write("claim a subnet for network \(network)") { db in
            let taken = try String.fetchAll(db, sql: "SELECT subnet FROM network").map { try IPv4Subnet($0) }
            for candidate in candidates {
                let subnet = try IPv4Subnet(candidate)
                if taken.contains(where: { $0.overlaps(subnet) }) { continue }
                let record = NetworkRecord(
                    environmentID: environmentID, name: network, bridge: bridge, subnet: subnet.description,
                    linkGroup: linkGroup, configuration: configuration, isInternal: isInternal)
                try record.insert(db)
                return record
            }
            return nil
        }
    }

    /// Records the lowest free address of a network, from host number 2 on, for a container; 1 is the bridge's.
    ///
    /// The hardware address is `02:54` (locally administered) and the four bytes of the address, so it is as unique.
    ///
    /// - Returns: the record that is there already when the container has an address in the network; `nil` when none
    ///   is free.
    /// - Throws: `missing` when the network or the container has no record.
    public func claimAddress(
        environmentID: String, network: String, service: String, number: Int, priority: Int = 0,
        gatewayPriority: Int = 0
    ) throws(StoreError) -> AddressRecord? {
        try database.write("claim an address in network \(network)") { db in
            if let existing = try AddressRecord.fetchOne(
                db,
                sql: "SELECT * FROM address WHERE environmentID = ? AND network = ? AND service = ? AND number = ?",
                arguments: [environmentID, network, service, number])
            {
                return existing
            }
            guard
                let text = try String.fetchOne(
                    db, sql: "SELECT subnet FROM network WHERE environmentID = ? AND name = ?",
                    arguments: [environmentID, network])
            else { throw Self.missing("network \(network)", environmentID) }
            let subnet = try IPv4Subnet(text)
            let taken = try String.fetchAll(
                db, sql: "SELECT address FROM address WHERE environmentID = ? AND network = ?",
                arguments: [environmentID, network]
            ).compactMap { IPv4Subnet.parse(address: $0) }.map { $0 &- subnet.base }
            let host = Self.lowest(from: 2, notIn: taken.sorted())
            // The last address is the broadcast address.
            guard host < subnet.size - 1 else { return nil }
            let address = subnet.base + host
            let record = AddressRecord(
                environmentID: environmentID, network: network, service: service, number: number,
                address: IPv4Subnet.text(address: address), macAddress: IPv4Subnet.macAddress(for: address),
                priority: priority, gatewayPriority: gatewayPriority)
            try record.insert(db)
            return record
        }
    }

    /// Records the first host port of the candidates that no container of any environment holds.
    ///
    /// `any` stands for every address: a port on `any` excludes the same port on each single address, and the reverse.
    ///
    /// - Returns: `nil` when none is free; `portHolders` tells who has them.
    /// - Throws: `missing` when the container has no record.
    public func claimPort(
        environmentID: String, service: String, number: Int, hostAddress: String, target: UInt16,
        transportProtocol: String, candidates: some Sequence<UInt16>
    ) throws(StoreError) -> PublishedPortRecord? {
        try database.write("claim a host port for container \(service)-\(number)") { db in
            for port in candidates {
                let holders = try Self.holders(
                    db, hostAddress: hostAddress, hostPort: port, transportProtocol: transportProtocol)
                guard holders.isEmpty else { continue }
                let record = PublishedPortRecord(
                    environmentID: environmentID, service: service, number: number, hostAddress: hostAddress,
                    hostPort: port, target: target, transportProtocol: transportProtocol)
                try record.insert(db)
                return record
            }
            return nil
        }
    }

    /// Frees a host port.
    ///
    /// - Returns: whether there was such a record.
    @discardableResult
    public func releasePort(_ record: PublishedPortRecord) throws(StoreError) -> Bool {
        try database.write("release host port \(record.hostPort)") { db in
            try db.execute(
                sql: """
                    DELETE FROM publishedPort WHERE environmentID = ? AND service = ? AND number = ?
                    AND hostAddress = ? AND hostPort = ? AND transportProtocol = ?
                    """,
                arguments: [
                    record.environmentID, record.service, record.number, record.hostAddress, record.hostPort,
                    record.transportProtocol,
                ])
            return db.changesCount > 0
        }
    }

    /// The records that keep this host port from being claimed.
    public func portHolders(
        hostAddress: String, hostPort: UInt16, transportProtocol: String
    ) throws(StoreError) -> [PublishedPortRecord] {
        try database.read("look up host port \(hostPort)") {
            try Self.holders(
                $0, hostAddress: hostAddress, hostPort: hostPort, transportProtocol: transportProtocol)
        }
    }

    private static func holders(
        _ db: Database, hostAddress: String, hostPort: UInt16, transportProtocol: String
    ) throws -> [PublishedPortRecord] {
        try PublishedPortRecord.fetchAll(
            db,
            sql: """
                SELECT * FROM publishedPort WHERE hostPort = ?1 AND transportProtocol = ?2
                AND (hostAddress = ?3 OR hostAddress = 'any' OR ?3 = 'any') ORDER BY hostAddress
                """, arguments: [hostPort, transportProtocol, hostAddress])
    }

    /// The lowest number from `start` on that the sorted numbers lack.
    private static func lowest(from start: UInt32, notIn sorted: [UInt32]) -> UInt32 {
        var number = start
        for taken in sorted where taken >= number {
            if taken > number { break }
            number += 1
        }
        return number
    }
}
