import GRDB
import Glibc

/// A SQLite file that many processes use at once: opens it, migrates it to the current schema, and writes in immediate
/// transactions.
///
/// The schema's version is `PRAGMA user_version`: opening a current database costs one query and no lock.
struct RecordDatabase: Sendable {
    let path: String
    private let queue: DatabaseQueue
    private let reserve: DiskReserve

    /// The durability that the file system must provide; sqlite.org/pragma.html#pragma_synchronous.
    enum Durability: String {
        /// A committed record survives a power cut.
        case full = "FULL"
        /// The database stays whole after a power cut, the last records may be lost.
        case normal = "NORMAL"
    }

    /// Opens the database, and creates it with mode 0600 when it does not exist.
    ///
    /// - Parameter migrations: each migrates the schema to the next version, the first from nothing to 1.
    init(path: String, durability: Durability, migrations: [String]) throws(StoreError) {
        self.path = path
        // mknod(2) creates the file without opening it: closing another descriptor of it would release the locks of
        // other connections of this process.
        if mknod(path, S_IFREG | 0o600, 0) == -1, errno != EEXIST {
            throw StoreError(errno: errno, action: "create the database", path: path)
        }
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.timeout)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = \(durability.rawValue)")
        }
        reserve = DiskReserve(besideFile: path)
        do throws(StoreError) {
            queue = try Self.open(path, configuration)
        } catch {
            guard error.code == .diskFull, reserve.give() else { throw error }
            queue = try Self.open(path, configuration)
        }
        try migrate(migrations)
        reserve.keep()
    }

    private static func open(_ path: String, _ configuration: Configuration) throws(StoreError) -> DatabaseQueue {
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, action: "open the database", path: path)
        }
    }

    private static let timeout = 10.0

    /// Runs `body` in one read transaction: all that it sees is of one moment.
    func read<Result>(_ action: String, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        try usingReserve { () throws(StoreError) in
            do {
                return try queue.read(body)
            } catch let error as StoreError {
                throw error
            } catch {
                throw StoreError(error, action: action, path: path)
            }
        }
    }

    /// Runs `body`; where the disk is full a second time, with the space that is kept for this. So records can still be
    /// read, and commands that free space can note what they have removed.
    private func usingReserve<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            guard error.code == .diskFull, reserve.give() else { throw error }
            return try body()
        }
    }

    /// Runs `body` in one transaction that excludes every other writer from its start on.
    func write<Result>(_ action: String, _ body: (Database) throws -> Result) throws(StoreError) -> Result {
        try usingReserve { () throws(StoreError) in
            do {
                return try queue.writeWithoutTransaction { database in
                    var result: Result?
                    try database.inTransaction(.immediate) {
                        result = try body(database)
                        return .commit
                    }
                    guard let result else { throw DatabaseError(message: "The transaction had no result.") }
                    return result
                }
            } catch let error as StoreError {
                throw error
            } catch {
                throw StoreError(error, action: action, path: path)
            }
        }
    }
}

extension RecordDatabase {
    private func migrate(_ migrations: [String]) throws(StoreError) {
        let version = try read("read the schema's version") { try Self.version($0) }
        if version == migrations.count { return }
        try enableWriteAheadLog()
        try write("bring the schema to version \(migrations.count)") { database in
            let version = try Self.version(database)
            guard (0...migrations.count).contains(version) else {
                throw StoreError(
                    .newerVersion,
                    "Cannot use \(path) because a later version of Trice has written it (schema \(version), known are "
                        + "1 to \(migrations.count)). Use that version.")
            }
            for migration in migrations[version...] { try database.execute(sql: migration) }
            try database.execute(sql: "PRAGMA user_version = \(migrations.count)")
        }
    }

    private static func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    /// Readers then never wait for writers. The file stores the mode, so this happens once for each file.
    ///
    /// The change of mode does not wait for other connections (sqlite.org/wal.html, "busy").
    private func enableWriteAheadLog() throws(StoreError) {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(Self.timeout))
        while true {
            do {
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
                return
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && clock.now < deadline {
                usleep(2000)
            } catch {
                throw StoreError(error, action: "prepare the database", path: path)
            }
        }
    }
}
