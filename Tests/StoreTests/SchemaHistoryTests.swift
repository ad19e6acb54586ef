import Foundation
import GRDB
import TestSupport
import Testing
import Vocabulary

@testable import Store

/// Each step of the schemas, with rows of the version before it: opened by this program, they are what they were, and what is new
/// in them has its default.
@Suite(.timeLimit(.minutes(1))) struct SchemaHistoryTests {
    /// The steps as released programs had them.
    private static func released(_ name: String) throws -> [String] {
        let path = TestSupport.Fixture.checkout + "Tests/ScenarioTests/Programs/Schemas/\(name).sql"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.components(separatedBy: "-- version ").dropFirst().map { step in
            let lines = step.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            return lines.joined(separator: "\n").trimmingCharacters(in: .newlines)
        }
    }

    @Test(arguments: ["run", "trice"]) func aReleasedStepNeverChanges(name: String) throws {
        let steps = name == "run" ? RuntimeSchema.migrations : DurableSchema.migrations
        let released = try Self.released(name)
        #expect(released.count == steps.count, "Schemas/\(name).sql lacks a step, or a step was removed")
        for (index, (step, text)) in zip(steps, released).enumerated() {
            #expect(step.trimmingCharacters(in: .newlines) == text, "step \(index + 1) of \(name).db")
        }
    }

    /// A database of an earlier version with one row in each table, of which each row has the columns of that version.
    private func database(
        _ path: String, version: Int, steps: [String], rows: [(table: String, values: [String: String])]
    ) throws {
        let old = try RecordDatabase(path: path, durability: .normal, migrations: Array(steps.prefix(version)))
        try old.write("fill") { database in
            for (table, values) in rows where try database.tableExists(table) {
                let columns = try database.columns(in: table).map(\.name)
                let literals = try columns.map { column in
                    try #require(values[column], "the sample of \(table) lacks the column \(column)")
                }
                try database.execute(
                    sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) "
                        + "VALUES (\(literals.joined(separator: ", ")))")
            }
        }
    }

    // MARK: - run.db

    private func runtimeRows(version: Int) -> [(table: String, values: [String: String])] {
        let configuration = version < 3 ? "'277069d870062db7c105a7a200abfa94'" : #"'{"isInternal":true}'"#
        return [
            ("boot", ["id": "'boot-1'"]),
            ("linkGroup", ["environmentID": "'e1'", "number": "7"]),
            (
                "network",
                [
                    "environmentID": "'e1'", "name": "'back'", "bridge": "'tr-1'", "subnet": "'10.5.0.0/24'",
                    "linkGroup": "7", "configuration": configuration, "state": "'created'", "isInternal": "1",
                    "ownerID": "NULL", "ownerNetwork": "NULL", "furtherSubnets": "'[\"10.6.0.0/24\"]'",
                ]
            ),
            (
                "container",
                [
                    "environmentID": "'e1'", "service": "'web'", "number": "1", "runtimeID": "'e1-web-1'",
                    "runtime": "'/usr/bin/crun'", "imageID": "'sha256:1'", "fingerprint": "'{}'",
                    "dependencies": #"'["db"]'"#, "stopGracePeriod": "5", "createdAt": "9", "state": "'created'",
                    "exitCode": "3", "layers": #"'["layer-1"]'"#, "baseImageID": "'sha256:0'",
                ]
            ),
            (
                "address",
                [
                    "environmentID": "'e1'", "network": "'back'", "service": "'web'", "number": "1",
                    "address": "'10.5.0.2'", "macAddress": "'02:54:0a:05:00:02'", "priority": "4",
                    "gatewayPriority": "5", "settings": #"'{"interfaceName":"lan0"}'"#,
                ]
            ),
            (
                "publishedPort",
                [
                    "environmentID": "'e1'", "service": "'web'", "number": "1", "hostAddress": "'loopback'",
                    "hostPort": "8080", "target": "80", "transportProtocol": "'tcp'",
                ]
            ),
        ]
    }

    private func expectedRecords(version: Int) throws -> RuntimeRecords {
        var container = ContainerRecord(
            environmentID: "e1", service: "web", number: 1, runtimeID: "e1-web-1", runtime: "/usr/bin/crun",
            imageID: "sha256:1", layers: version < 2 ? [] : ["layer-1"], fingerprint: "{}", dependencies: ["db"],
            stopGracePeriod: 5, createdAt: 9, state: .created, exitCode: 3)
        container.baseImageID = version < 6 ? nil : "sha256:0"
        let network = NetworkRecord(
            environmentID: "e1", name: "back", bridge: "tr-1", subnet: try IPv4Network("10.5.0.0/24"), linkGroup: 7,
            configuration: #"{"isInternal":true}"#, isInternal: true, state: .created,
            furtherSubnets: version < 7 ? [] : [try IPv4Network("10.6.0.0/24")])
        let address = AddressRecord(
            environmentID: "e1", network: "back", service: "web", number: 1, address: try IPv4Address("10.5.0.2"),
            macAddress: try MACAddress("02:54:0a:05:00:02"), priority: version < 3 ? 0 : 4,
            gatewayPriority: version < 3 ? 0 : 5,
            settings: version < 4 ? AddressSettings() : AddressSettings(interfaceName: "lan0"))
        let port = PublishedPortRecord(
            environmentID: "e1", service: "web", number: 1, hostAddress: .loopback, hostPort: try Port(8080),
            target: try Port(80), transportProtocol: .tcp)
        return RuntimeRecords(
            networks: [network], containers: [container], addresses: [address], publishedPorts: [port], linkGroup: 7)
    }

    @Test(arguments: 1...RuntimeSchema.migrations.count) func recordsOfKernelObjects(version: Int) throws {
        let fixture = try Fixture()
        try database(
            fixture.runtimePath, version: version, steps: RuntimeSchema.migrations, rows: runtimeRows(version: version))
        let store = try fixture.runtime()
        let found = try store.records(environmentID: "e1")
        let expected = try expectedRecords(version: version)
        #expect(found.networks == expected.networks)
        #expect(found.containers == expected.containers)
        #expect(found.addresses == expected.addresses)
        #expect(found.publishedPorts == expected.publishedPorts)
        #expect(found.linkGroup == expected.linkGroup)
        // The constraints are those of a new database.
        #expect(try store.claimPort("e2", "web", 8080...8080) == nil)
        #expect(try store.claimSubnet("e2", "front", ["10.5.0.0/16"]) == nil)
        #expect(try schema(fixture.runtimePath) == schema(of: RuntimeSchema.migrations))
        // Taken down, nothing of it is left.
        try store.deleteEnvironment(id: "e1")
        #expect(try store.records(environmentID: "e1") == RuntimeRecords())
    }

    // MARK: - trice.db

    private let durableRows: [(table: String, values: [String: String])] = [
        (
            "environment",
            [
                "id": "'e1'", "name": "'shop'", "directory": "'/srv/shop'", "createdAt": "9",
                "directoryIdentity": "'8:1'",
            ]
        ),
        (
            "image",
            [
                "reference": "'a:1'", "manifestDigest": "'m'", "configDigest": "'c'", "layers": "'[]'", "size": "1",
                "createdAt": "2",
            ]
        ),
        ("layer", ["diffID": "'d'", "size": "1", "createdAt": "2"]),
        ("volume", ["environmentID": "'e1'", "name": "'data'", "path": "'/srv/data'", "createdAt": "8"]),
        (
            "port",
            [
                "environmentID": "'e1'", "service": "'web'", "target": "80", "transportProtocol": "'tcp'",
                "hostAddress": "'loopback'", "hostPort": "8081",
            ]
        ),
        ("localImage", ["reference": "'a:1'", "document": "'{}'", "createdAt": "2"]),
        ("localLayer", ["name": "'l'", "document": "'{}'"]),
        (
            "imagePull",
            ["reference": "'docker.io/library/a:1'", "manifestDigest": "'sha256:1'", "pulledAt": "5", "checkedAt": "6"]
        ),
        ("buildStep", ["key": "'k'", "document": "'{}'", "usedAt": "5"]),
        ("buildDetails", ["key": "'k'", "bytes": "x'01'"]),
        ("buildNote", ["name": "'n'", "bytes": "x'02'"]),
        ("namedVolume", ["name": "'shared'", "path": "'/srv/shared'", "environmentID": "NULL", "createdAt": "5"]),
        (
            "provisionedStep",
            [
                "environmentID": "'e1'", "service": "'web'", "number": "1", "name": "'schema'", "fingerprint": "'{}'",
                "isComplete": "1", "ranAt": "5", "code": "0",
            ]
        ),
        (
            "snapshot",
            [
                "id": "'s1'", "environmentID": "'e1'", "name": "'base'", "isComplete": "1", "document": "'{}'",
                "createdAt": "5",
            ]
        ),
    ]

    @Test(arguments: 1...DurableSchema.migrations.count) func durableRecords(version: Int) throws {
        let fixture = try Fixture()
        try database(fixture.durablePath, version: version, steps: DurableSchema.migrations, rows: durableRows)
        let store = try fixture.durable()
        let environment = try #require(try store.environment(id: "e1"))
        #expect(environment.name == "shop" && environment.directory == "/srv/shop" && environment.createdAt == 9)
        #expect(environment.directoryIdentity == (version < 5 ? nil : "8:1"))
        #expect(try store.volumes(environmentID: "e1").map(\.path) == ["/srv/data"])
        #expect(try store.rememberedPorts(environmentID: "e1").map(\.hostPort.rawValue) == [8081])
        #expect(try count("imagePull", fixture) == (version < 2 ? 0 : 1))
        #expect(try count("buildStep", fixture) == (version < 3 ? 0 : 1))
        #expect(try count("buildDetails", fixture) == (version < 3 ? 0 : 1))
        #expect(try count("namedVolume", fixture) == (version < 4 ? 0 : 1))
        #expect(try count("provisionedStep", fixture) == (version < 6 ? 0 : 1))
        #expect(try count("snapshot", fixture) == (version < 8 ? 0 : 1))
        #expect(try schema(fixture.durablePath) == schema(of: DurableSchema.migrations))
        // What it has now can be written.
        try store.save(EnvironmentRecord(id: "e1", name: "shop", directory: "/srv/moved", createdAt: 1))
        #expect(try store.environment(id: "e1")?.directory == "/srv/moved")
    }

    // MARK: - Reading

    private func count(_ table: String, _ fixture: Fixture) throws -> Int? {
        try DatabaseQueue(path: fixture.durablePath).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
    }

    /// The columns of all tables, and the indices.
    private func schema(_ path: String) throws -> [String] {
        try DatabaseQueue(path: path).read { database in
            let names = try String.fetchAll(
                database, sql: "SELECT type || ' ' || name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
            )
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
            return try names
                + tables.flatMap { table in
                    try database.columns(in: table).map { "\(table).\($0.name) \($0.type) \($0.isNotNull)" }
                }
        }
    }

    private func schema(of steps: [String]) throws -> [String] {
        let fixture = try Fixture()
        _ = try RecordDatabase(path: fixture.runtimePath, durability: .normal, migrations: steps)
        return try schema(fixture.runtimePath)
    }
}
