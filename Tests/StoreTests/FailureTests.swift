import Glibc
import Store
import TestSupport
import Testing
import Vocabulary

@Suite(.timeLimit(.minutes(2))) struct FailureTests {
    @Test func aFileThatIsNoDatabase() throws {
        let fixture = try Fixture()
        try fixture.write(Array("not a database, but long enough to look at".utf8), to: fixture.durablePath)
        let error = #expect(throws: StoreError.self) { try fixture.durable() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(fixture.durablePath) == true)
        #expect(error?.cause != nil)
    }

    @Test func aDamagedDatabase() throws {
        let fixture = try Fixture()
        // Without the log beside it the file is all there is: a store that is gone has folded it in.
        do { try fixture.durable().save(EnvironmentRecord(id: "e", name: "e", directory: "/", createdAt: 0)) }
        try fixture.write(Array(repeating: 0xff, count: 60_000), to: fixture.durablePath, at: 200)
        #expect(code { _ = try fixture.durable().environments() } == .corrupt)
    }

    @Test func aMissingDirectory() {
        let error = #expect(throws: StoreError.self) { try DurableStore(path: "/tmp/trice-store-absent/trice.db") }
        #expect(error?.code == .missing)
        #expect(
            error?.message
                == "Cannot create the database /tmp/trice-store-absent/trice.db because its directory does not exist.")
        #expect(code { _ = try DurableStore(path: "/dev/null/trice.db") } == .missing)
    }

    @Test func aDirectoryInItsPlace() throws {
        let fixture = try Fixture()
        #expect(code { _ = try DurableStore(path: fixture.directory) } == .failed)
    }

    @Test func theFileIsPrivate() throws {
        let fixture = try Fixture()
        _ = try fixture.runtime()
        var status = stat()
        try #require(stat(fixture.runtimePath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    /// In a process of its own, which gives up being root.
    @Test func aReadOnlyDirectory() async throws {
        let fixture = try Fixture()
        try #require(chmod(fixture.directory, 0o555) == 0)
        defer { chmod(fixture.directory, 0o700) }
        await #expect(processExitsWith: .success) { [directory = fixture.directory as String] in
            becomeNobody()
            expect(code { _ = try DurableStore(path: directory + "/trice.db") }, .permissionDenied)
        }
    }

    @Test(.enabled("only root can become somebody else") { try Requirement.met(.root) }) func aFileOfSomebodyElse()
        async throws
    {
        let fixture = try Fixture()
        _ = try fixture.durable()
        try #require(chmod(fixture.directory, 0o755) == 0)
        await #expect(processExitsWith: .success) { [path = fixture.durablePath as String] in
            becomeNobody()
            expect(code { _ = try DurableStore(path: path) }, .permissionDenied)
        }
    }

    @Test(.enabled("only root can mount") { try Requirement.met(.root) }) func aFullDisk() throws {
        let fixture = try Fixture()
        try #require(mount("trice-store-test", fixture.directory, "tmpfs", 0, "size=512k") == 0)
        defer { umount2(fixture.directory, CInt(MNT_DETACH)) }
        let store = try fixture.durable()
        let long = String(repeating: "x", count: 2_000_000)
        let record = EnvironmentRecord(id: "e", name: long, directory: "/", createdAt: 0)
        let error = #expect(throws: StoreError.self) { try store.save(record) }
        #expect(error?.code == .diskFull)
        #expect(
            error?.message
                == "Cannot write the record of environment e in \(fixture.durablePath) because the disk is full; "
                + "free some space and try again.")
        #expect(try store.environments().isEmpty)
    }

    @Test(.enabled("only root can mount") { try Requirement.met(.root) }) func aReadOnlyFileSystem() throws {
        let fixture = try Fixture()
        try #require(mount("trice-store-test", fixture.directory, "tmpfs", UInt(MS_RDONLY), "") == 0)
        defer { umount2(fixture.directory, CInt(MNT_DETACH)) }
        #expect(code { _ = try fixture.durable() } == .readOnly)
    }

    @Test func aLaterVersion() throws {
        let fixture = try Fixture()
        do { _ = try fixture.durable() }
        // user_version is the big-endian word at offset 60 (sqlite.org/fileformat.html, 1.3).
        try fixture.write([0, 0, 0, 99], to: fixture.durablePath, at: 60)
        let error = #expect(throws: StoreError.self) { try fixture.durable() }
        #expect(error?.code == .newerVersion)
    }

    @Test func openingIsFast() throws {
        let fixture = try Fixture()
        _ = try fixture.runtime()
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<50 { times.append(try clock.measure { _ = try fixture.runtime() }) }
        let median = times.sorted()[25]
        print("opening run.db takes \(median) (median)")
        // The aim is 1 ms; the bound leaves room for a loaded machine and a debug build.
        #expect(median < .milliseconds(10))
    }
}

private func becomeNobody() {
    guard getuid() == 0 else { return }
    expect(setgid(65534), 0)
    expect(setuid(65534), 0)
}

/// Ends the process in failure when the values differ: for processes of their own.
private func expect<Value: Equatable>(_ found: Value, _ wanted: Value) {
    guard found != wanted else { return }
    print("found \(found), wanted \(wanted)")
    exit(1)
}

/// A file system that is full, in memory and of the test's own.
@Suite(.timeLimit(.minutes(1)), .enabled("needs root to mount") { try Requirement.met(.root) })
struct FullDiskTests {
    /// Opens a database, fills the disk to the last byte, and goes on.
    private func withFullDisk(_ body: (_ path: String) throws -> Void) throws {
        let temporary = try TemporaryDirectory()
        try #require(mount("none", temporary.path, "tmpfs", 0, "size=4m") == 0)
        defer { umount2(temporary.path, Int32(MNT_DETACH)) }
        let path = temporary.path + "/trice.db"
        do {
            let store = try DurableStore(path: path)
            try store.save(EnvironmentRecord(id: "e", name: "e", directory: "/", createdAt: 0))
        }
        let file = open(temporary.path + "/fill", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(file, block, block.count) > 0 {}
        close(file)
        try body(path)
    }

    @Test func recordsAreReadAndRemoved() throws {
        try withFullDisk { path in
            let store = try DurableStore(path: path)
            #expect(try store.environments().count == 1)
            try store.deleteEnvironment(id: "e")
            #expect(try store.environments().isEmpty)
        }
    }

    @Test func withoutAReserveTheMessageSaysWhy() throws {
        try withFullDisk { path in
            try #require(unlink(path + ".reserve") == 0)
            let file = open(path + ".more", O_WRONLY | O_CREAT, 0o600)
            let block = [UInt8](repeating: 1, count: 4096)
            while write(file, block, block.count) > 0 {}
            close(file)
            let error = #expect(throws: StoreError.self) { try DurableStore(path: path).environments() }
            #expect(error?.code == .diskFull, "\(String(describing: error))")
            #expect(error?.message.contains("the disk is full") == true)
        }
    }
}
