import Glibc
import LinuxSystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct LockedDirectoriesTests {
    private struct Refusal: Error {}

    /// Runs a body with a directory of its own.
    private func withDirectory(_ body: (FilePath) throws -> Void) throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        try body(directory)
    }

    private func names(_ directory: FilePath) throws -> [String] {
        try Files.names(in: directory).filter { $0 != "gate" }.sorted()
    }

    /// What a killed process leaves: a directory and a lock that nobody holds.
    private func abandon(_ name: String, in directory: FilePath) throws {
        try Files.createDirectory(directory.appending(name))
        try Files.write("x".utf8, to: directory.appending(name).appending("file"))
        try Files.write("".utf8, to: directory.appending(name + ".lock"))
    }

    @Test func workGoesWithItsValue() throws {
        try withDirectory { directory in
            let places = LockedDirectories(directory)
            var first: LockedDirectory? = try places.begin()
            let second = try places.begin()
            let path = try #require(first?.path)
            try Files.write("x".utf8, to: path.appending("file"))
            #expect(path != second.path)
            #expect(try Files.status(path)?.mode == 0o700)
            first = nil
            #expect(try names(directory) == [second.name, second.name + ".lock"])
            withExtendedLifetime(second) {}
        }
    }

    @Test func clearingTakesWhatIsNobodysAndNothingElse() throws {
        try withDirectory { directory in
            let places = LockedDirectories(directory, foreign: ["ours"])
            try Files.createDirectory(directory.appending("ours"))
            try abandon("1-dead", in: directory)
            try Files.createDirectory(directory.appending("2-without-lock"))
            try Files.write("".utf8, to: directory.appending("3-lock-alone.lock"))
            let work = try places.begin()
            try LockedDirectories(directory, foreign: ["ours"]).clear()
            #expect(try names(directory) == [work.name, work.name + ".lock", "ours"].sorted())
            withExtendedLifetime(work) {}
        }
    }

    /// With the lock held in another process, which then is killed.
    @Test func theLockOfAKilledProcessIsFree() throws {
        try withDirectory { directory in
            try abandon("1-other", in: directory)
            let lock = directory.appending("1-other.lock")
            // -F: flock(1) becomes sleep(1), so that one process has it all.
            var other = pid_t()
            let words: [String] = ["flock", "-F", lock.string, "sleep", "60"]
            var arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) }
            arguments.append(nil)
            defer { for argument in arguments { free(argument) } }
            try #require(posix_spawnp(&other, "flock", nil, nil, &arguments, environ) == 0)
            while let mine = try FileLock.attempt(lock) {
                _ = consume mine
                usleep(2_000)
            }
            try LockedDirectories(directory).clear()
            let left = try names(directory)
            kill(other, SIGKILL)
            waitpid(other, nil, 0)
            #expect(left == ["1-other", "1-other.lock"])
            try LockedDirectories(directory).clear()
            #expect(try names(directory) == [])
        }
    }

    @Test func nothingIsClearedWhileSomebodyBegins() throws {
        try withDirectory { directory in
            try abandon("1-dead", in: directory)
            let passage = try FileLock(waitingFor: directory.appending("gate"), .shared)
            try LockedDirectories(directory).clear()
            #expect(try names(directory) == ["1-dead", "1-dead.lock"])
            _ = consume passage
            try LockedDirectories(directory).clear()
            #expect(try names(directory) == [])
        }
    }

    @Test func afterAFailureTheOthersAreRemovedAndTheFailedOneStays() throws {
        try withDirectory { directory in
            for name in ["1-a", "2-b", "3-c"] { try abandon(name, in: directory) }
            let places = LockedDirectories(directory)
            var isLast = false
            let failures = places.clear { path in
                if path.lastComponent?.string == "2-b" { throw Refusal() }
                try Files.removeTree(path)
            } last: {
                isLast = true
                return [Refusal()]
            }
            #expect(failures.count == 2 && failures.allSatisfy { $0 is Refusal })
            #expect(isLast)
            #expect(try names(directory) == ["2-b", "2-b.lock"])
            #expect(throws: SystemError.self) {
                try LockedDirectories(directory) { path throws(SystemError) in
                    throw SystemError("remove", path.string, .resourceBusy)
                }.clear()
            }
            #expect(try names(directory) == ["2-b", "2-b.lock"])
        }
    }

    @Test func theLastActRunsWhereNothingIsLeft() throws {
        try withDirectory { directory in
            var runs = 0
            let failures = LockedDirectories(directory).clear(with: { _ in }) {
                runs += 1
                return []
            }
            #expect(failures.isEmpty && runs == 1)
        }
    }

    @Test func aNamedLockLeavesNoFile() throws {
        try withDirectory { directory in
            let places = LockedDirectories(directory)
            let lock = try places.lock(named: "layer")
            #expect(try names(directory) == ["layer.lock"])
            #expect(try FileLock.attempt(directory.appending("layer.lock")) == nil)
            _ = consume lock
            #expect(try names(directory) == [])
        }
    }

    /// Many threads want one lock while others clear: never two at once have it, and no file is left.
    @Test func oneAtATimeHasANamedLockWhoeverClears() async throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let places = LockedDirectories(directory)
        let turns = Turns()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: BlockingExecutor(label: "trice.test.clear")) {
                for _ in 0..<40 {
                    try places.clear()
                    let work = try places.begin()
                    #expect(Files.exists(work.path))
                }
            }
            for _ in 0..<7 {
                group.addTask(executorPreference: BlockingExecutor(label: "trice.test.lock")) {
                    for _ in 0..<40 { try turns.take(places) }
                }
            }
            try await group.waitForAll()
        }
        #expect(turns.most == 1)
        #expect(turns.count == 280)
        try places.clear()
        #expect(try names(directory) == [])
    }
}

/// Counts who has a lock at the same time.
private final class Turns: Sendable {
    private struct State {
        var inside = 0
        var most = 0
        var count = 0
    }

    private let state = Mutex(State())

    var most: Int { state.withLock { $0.most } }
    var count: Int { state.withLock { $0.count } }

    func take(_ places: LockedDirectories) throws(SystemError) {
        let lock = try places.lock(named: "layer")
        state.withLock {
            $0.inside += 1
            $0.most = max($0.most, $0.inside)
            $0.count += 1
        }
        usleep(200)
        state.withLock { $0.inside -= 1 }
        _ = consume lock
    }
}
