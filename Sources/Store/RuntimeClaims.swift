import GRDB
package import Vocabulary

/// Claims: each looks for what is free and takes it in one transaction, so that no two processes get the same.
extension RuntimeStore {
    /// Gives the environment a number for the group of its links: the one it has, else the lowest free from `first` on.
    ///
    /// - Parameter first: best one of the environment's own, so that two databases on one host hand out different ones.
    package func claimLinkGroup(environmentID: EnvironmentID, from first: UInt32 = 1000) throws(StoreError) -> UInt32 {
        try database.write("claim a link group for environment \(environmentID)") { db in
            if let number = try Self.linkGroup(db, environmentID) { return number }
            let taken = try UInt32.fetchAll(db, sql: "SELECT number FROM linkGroup ORDER BY number")
            let number = Self.lowest(from: first, notIn: taken)
            try db.execute(
                sql: "INSERT INTO linkGroup (environmentID, number) VALUES (?, ?)",
                arguments: [environmentID.column, number])
            return number
        }
    }

    /// - Returns: whether the environment had a group.
    @discardableResult
    package func releaseLinkGroup(environmentID: EnvironmentID) throws(StoreError) -> Bool {
        try database.write("release the link group of environment \(environmentID)") {
            try $0.execute(sql: "DELETE FROM linkGroup WHERE environmentID = ?", arguments: [environmentID.column])
            return $0.changesCount > 0
        }
    }

    /// Records a network, in state `creating`, with the first candidate that overlaps no recorded subnet.
    ///
    /// - Parameters:
    ///   - candidates: the best first.
    ///   - further: the other subnets that it has.
    /// - Returns: `nil` when none is free, or one of the others is not.
    /// - Throws: `exists` when the network has a record or another one has the bridge; `invalid` for a candidate
    ///   before the free one that has no room for containers or is larger than 10.0.0.0/8, and for a bridge name that
    ///   is empty or longer than 15 bytes.
    package func claimSubnet(
        environmentID: EnvironmentID, network: NetworkName, bridge: String, linkGroup: UInt32, configuration: String,
        isInternal: Bool = false, candidates: some Sequence<IPv4Network>, further: [IPv4Network] = []
    ) throws(StoreError) -> NetworkRecord? {
        guard (1...15).contains(bridge.utf8.count) else {
            throw StoreError(
                .invalid, "\"\(bridge)\" cannot name a bridge because an interface name has 1 to 15 bytes.")
        }
        return try database.write("claim a subnet for network \(network)") { db in
            let taken = try NetworkRecord.fetchAll(db, sql: "SELECT * FROM network").flatMap(\.subnets)
            if further.contains(where: { subnet in taken.contains { $0.overlaps(subnet) } }) { return nil }
            for subnet in candidates {
                guard Self.prefixLengths.contains(subnet.prefixLength) else {
                    throw StoreError(
                        .invalid,
                        "The subnet `\(subnet)` cannot be used because its prefix length is not from 8 to 29.")
                }
                if taken.contains(where: { $0.overlaps(subnet) }) { continue }
                let record = NetworkRecord(
                    environmentID: environmentID, name: network, bridge: bridge, subnet: subnet,
                    linkGroup: linkGroup, configuration: configuration, isInternal: isInternal,
                    furtherSubnets: further)
                try record.insert(db)
                return record
            }
            return nil
        }
    }

    /// Records an address of a network for a container: the one that is wanted, else the lowest free one from host number 2
    /// on; 1 is the bridge's unless it has another one. Of several subnets the first counts that has one.
    ///
    /// The hardware address is `02:54` (locally administered) and the four bytes of the address, so it is as unique.
    ///
    /// - Returns: the record that is there already when the container has an address in the network; `nil` when none
    ///   is free, or the one that is wanted is not.
    /// - Throws: `missing` when the network or the container has no record.
    package func claimAddress(
        environmentID: EnvironmentID, network: NetworkName, service: ServiceName, number: Int,
        _ request: AddressRequest = AddressRequest()
    ) throws(StoreError) -> AddressRecord? {
        try database.write("claim an address in network \(network)") { db in
            if let existing = try AddressRecord.fetchOne(
                db,
                sql: "SELECT * FROM address WHERE environmentID = ? AND network = ? AND service = ? AND number = ?",
                arguments: [environmentID.column, network.column, service.column, number])
            {
                return existing
            }
            guard
                let record = try NetworkRecord.fetchOne(
                    db, sql: "SELECT * FROM network WHERE environmentID = ? AND name = ?",
                    arguments: [environmentID.column, network.column])
            else { throw Self.missing("network \(network)", environmentID) }
            // Those of all environments that have the bridge.
            let taken = try String.fetchAll(
                db,
                sql: """
                    SELECT address.address FROM address JOIN network ON network.environmentID = address.environmentID
                    AND network.name = address.network WHERE network.subnet = ?
                    """, arguments: [record.subnet.description]
            ).map { try IPv4Address($0) }
            let ranges = [request.range] + request.furtherRanges
            let found = record.subnets.enumerated().lazy.compactMap { index, subnet in
                let range = ranges.indices.contains(index) ? ranges[index] : nil
                return Self.address(for: request, in: subnet, range: range, taken: Set(taken))
            }
            guard let address = found.first else { return nil }
            let claimed = AddressRecord(
                environmentID: environmentID, network: network, service: service, number: number, address: address,
                macAddress: request.macAddress ?? MACAddress(for: address, series: 0x54), priority: request.priority,
                gatewayPriority: request.gatewayPriority, settings: request.settings)
            try claimed.insert(db)
            return claimed
        }
    }

    private static func address(
        for request: AddressRequest, in subnet: IPv4Network, range: IPv4Network?, taken: Set<IPv4Address>
    ) -> IPv4Address? {
        // The last address is the broadcast address.
        func isUsable(_ address: IPv4Address) -> Bool {
            subnet.contains(address) && address != subnet.address && address != subnet.broadcast
                && !taken.contains(address)
        }
        if let wanted = request.address { return isUsable(wanted) ? wanted : nil }
        let range = range ?? subnet
        let hindering = taken.union(request.avoided).map { $0.rawValue &- range.address.rawValue }
        // Without a range the first free host number is 2, also where the gateway is another one.
        let first: UInt32 = range == subnet ? 2 : 0
        let number = lowest(from: first, notIn: hindering.filter { $0 < UInt32(clamping: range.count) }.sorted())
        guard let address = range[Int(number)] else { return nil }
        if isUsable(address) { return address }
        // The first address of a range that begins where the subnet does is no container's.
        guard address == subnet.address, let next = range[Int(lowest(from: 1, notIn: hindering.sorted()))] else {
            return nil
        }
        return isUsable(next) ? next : nil
    }

    /// Records the first host port of the candidates that no container of any environment holds.
    ///
    /// `any` stands for every address: a port on `any` excludes the same port on each single address, and the reverse.
    ///
    /// - Returns: `nil` when none is free; `portHolders` tells who has them.
    /// - Throws: `missing` when the container has no record.
    package func claimPort(
        environmentID: EnvironmentID, service: ServiceName, number: Int, hostAddress: HostAddress, target: Port,
        transportProtocol: Transport, candidates: some Sequence<Port>
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

    /// Records those of the host ports that no container of any environment holds, all in one write.
    ///
    /// - Returns: for each whether it is recorded now.
    /// - Throws: `missing` when the container of one has no record.
    package func claimPorts(_ records: [PublishedPortRecord]) throws(StoreError) -> [Bool] {
        guard let first = records.first else { return [] }
        return try database.write("claim host ports for container \(first.service)-\(first.number)") { db in
            // Read once: a look-up for each of hundreds takes longer than all the rest.
            var held = Dictionary(grouping: try Self.publishedPorts(db), by: \.hostPort)
            return try records.map { record in
                guard !held[record.hostPort, default: []].contains(where: record.excludes) else { return false }
                try record.insert(db)
                held[record.hostPort, default: []].append(record)
                return true
            }
        }
    }

    /// Frees a host port.
    ///
    /// - Returns: whether there was such a record.
    @discardableResult
    package func releasePort(_ record: PublishedPortRecord) throws(StoreError) -> Bool {
        try database.write("release host port \(record.hostPort)") { db in
            try db.execute(
                sql: """
                    DELETE FROM publishedPort WHERE environmentID = ? AND service = ? AND number = ?
                    AND hostAddress = ? AND hostPort = ? AND transportProtocol = ?
                    """,
                arguments: [
                    record.environmentID.column, record.service.column, record.number, record.hostAddress.column,
                    record.hostPort.rawValue, record.transportProtocol.column,
                ])
            return db.changesCount > 0
        }
    }

    /// The records that keep this host port from being claimed.
    package func portHolders(
        hostAddress: HostAddress, hostPort: Port, transportProtocol: Transport
    ) throws(StoreError) -> [PublishedPortRecord] {
        try database.read("look up host port \(hostPort)") {
            try Self.holders(
                $0, hostAddress: hostAddress, hostPort: hostPort, transportProtocol: transportProtocol)
        }
    }

    /// The published ports of all environments.
    package func publishedPorts() throws(StoreError) -> [PublishedPortRecord] {
        try database.read("look up the published ports") { try Self.publishedPorts($0) }
    }

    private static func publishedPorts(_ db: Database) throws -> [PublishedPortRecord] {
        try PublishedPortRecord.fetchAll(db, sql: "SELECT * FROM publishedPort")
    }

    private static func holders(
        _ db: Database, hostAddress: HostAddress, hostPort: Port, transportProtocol: Transport
    ) throws -> [PublishedPortRecord] {
        try PublishedPortRecord.fetchAll(
            db, sql: "SELECT * FROM publishedPort WHERE hostPort = ? AND transportProtocol = ? ORDER BY hostAddress",
            arguments: [hostPort.rawValue, transportProtocol.column]
        ).filter { $0.hostAddress.overlaps(hostAddress) }
    }

    /// The prefix lengths of subnets that have room for containers.
    private static let prefixLengths = 8...29

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

extension PublishedPortRecord {
    /// Whether both cannot be had at once.
    fileprivate func excludes(_ other: PublishedPortRecord) -> Bool {
        hostPort == other.hostPort && transportProtocol == other.transportProtocol
            && hostAddress.overlaps(other.hostAddress)
    }
}
