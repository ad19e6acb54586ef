import GRDB
import Testing
import Vocabulary

@testable import Store

/// A database that an earlier Trice wrote while its environments were up.
@Suite(.timeLimit(.minutes(1))) struct MigrationTests {
    @Test func networksOfAnEarlierVersionStayReadable() throws {
        let fixture = try Fixture()
        let old = try RecordDatabase(
            path: fixture.runtimePath, durability: .normal, migrations: Array(RuntimeSchema.migrations.prefix(2)))
        // The digests are those that the earlier Trice wrote for an open and for an internal network.
        try old.write("fill") { database in
            try database.execute(
                sql: """
                    INSERT INTO boot (id) VALUES ('boot-1');
                    INSERT INTO network VALUES
                        ('e1', 'back', 'tr-1', '10.5.0.0/24', 7, '277069d870062db7c105a7a200abfa94', 'created'),
                        ('e1', 'front', 'tr-2', '10.5.1.0/24', 7, '6ae9984508062dbd0246fb22c42fee75', 'creating');
                    INSERT INTO container VALUES
                        ('e1', 'web', 1, 'e1-web-1', 'crun', 'sha256:1', '{}', '[]', 1, 2, 'created', NULL, '[]');
                    INSERT INTO address VALUES ('e1', 'back', 'web', 1, '10.5.0.2', '02:54:0a:05:00:02');
                    """)
        }
        let back = try IPv4Network("10.5.0.0/24")
        let front = try IPv4Network("10.5.1.0/24")
        let records = try fixture.runtime().records(environmentID: "e1")
        #expect(
            records.networks == [
                NetworkRecord(
                    environmentID: "e1", name: "back", bridge: "tr-1", subnet: back, linkGroup: 7,
                    configuration: #"{"isInternal":true}"#, isInternal: true, state: .created),
                NetworkRecord(
                    environmentID: "e1", name: "front", bridge: "tr-2", subnet: front, linkGroup: 7,
                    configuration: "{}", isInternal: false, state: .creating),
            ])
        #expect(records.addresses.map(\.priority) == [0])
        #expect(records.addresses.map(\.gatewayPriority) == [0])
        #expect(records.containers.map(\.runtimeID) == ["e1-web-1"])
        // Claims go on in the migrated database.
        let claimed = try fixture.runtime().claimAddress(
            environmentID: "e1", network: "front", service: "web", number: 1,
            AddressRequest(priority: 3, gatewayPriority: -1))
        #expect(claimed?.address.description == "10.5.1.2")
        #expect(try fixture.runtime().records(environmentID: "e1").addresses.last == claimed)
    }
}
