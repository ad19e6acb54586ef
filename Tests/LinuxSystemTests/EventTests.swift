import Glibc
import LinuxSystem
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Threads for one piece of work, and waiting for many descriptors.
@Suite(.timeLimit(.minutes(2))) struct EventTests {
    @Test func aDedicatedThreadIsAnotherThread() throws {
        let here = pthread_self()
        let (isOther, value) = try DedicatedThread.run { (pthread_equal(pthread_self(), here) == 0, 42) }
        #expect(isOther && value == 42)
        let error = #expect(throws: SystemError.self) {
            try DedicatedThread.run { () throws(SystemError) in throw SystemError("call", "subject", .ioError) }
        }
        #expect(error == SystemError("call", "subject", .ioError))
    }

    @Test func aDetachedThreadTakesNoSignals() throws {
        let seen = Mutex<Bool?>(nil)
        let notifier = try EventNotifier()
        let descriptor = try notifier.descriptor.duplicate().release()
        let cell = SharedFlag()
        try DedicatedThread.detach {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            cell.set(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGCHLD) == 1)
            eventfd_write(descriptor, 1)
            close(descriptor)
        }
        var poll = try EventPoll()
        try poll.add(notifier.descriptor.rawValue, .readable, token: 1)
        #expect(try poll.wait(milliseconds: 10_000).count == 1)
        seen.withLock { $0 = cell.value }
        #expect(seen.withLock { $0 } == true)
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        #expect(sigismember(&mask, SIGTERM) == 0, "the mask of the caller is as before")
    }

    @Test func aNotifierIsReadableUntilItIsCleared() throws {
        let notifier = try EventNotifier()
        var poll = try EventPoll()
        try poll.add(notifier.descriptor.rawValue, .readable, token: 7)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        notifier.signal()
        notifier.signal()
        for _ in 0..<2 {
            let events = try poll.wait(milliseconds: 0)
            #expect(events.map(\.token) == [7] && events.first?.readiness == .readable)
        }
        notifier.clear()
        notifier.clear()
        #expect(try poll.wait(milliseconds: 0).isEmpty)
    }

    @Test func tokensTellDescriptorsApart() throws {
        let first = try LinuxSystem.Pipe()
        let second = try LinuxSystem.Pipe()
        var poll = try EventPoll(batch: 1)
        try poll.add(first.reader.rawValue, .readable, token: 1)
        try poll.add(second.reader.rawValue, .readable, token: .max)
        try first.writer.write("a".utf8)
        try second.writer.write("b".utf8)
        // One event at most in each call; level-triggered events come back until they are consumed.
        var seen: Set<UInt64> = []
        for _ in 0..<4 { seen.formUnion(try poll.wait(milliseconds: 1000).map(\.token)) }
        #expect(seen == [1, .max])
        try poll.remove(first.reader.rawValue)
        try poll.remove(first.reader.rawValue)
        #expect(try poll.wait(milliseconds: 0).map(\.token) == [.max])
        try poll.modify(second.reader.rawValue, [], token: 3)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        let error = #expect(throws: SystemError.self) {
            try poll.add(second.reader.rawValue, .readable, token: 4)
        }
        #expect(error?.errno == .fileExists)
    }

    @Test func theEndOfTheOtherSideIsReportedUnasked() throws {
        let pipe = try LinuxSystem.Pipe()
        let reader = try pipe.reader.duplicate()
        var poll = try EventPoll()
        try poll.add(reader.rawValue, [], token: 1)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        _ = consume pipe
        #expect(try poll.wait(milliseconds: 1000).first?.readiness.contains(.hungUp) == true)
    }

    @Test func edgesAreReportedOnce() throws {
        let pipe = try LinuxSystem.Pipe()
        var poll = try EventPoll()
        try poll.add(pipe.reader.rawValue, [.readable, .edgeTriggered], token: 1)
        try pipe.writer.write("a".utf8)
        #expect(try poll.wait(milliseconds: 1000).count == 1)
        #expect(try poll.wait(milliseconds: 0).isEmpty)
        try pipe.writer.write("b".utf8)
        #expect(try poll.wait(milliseconds: 1000).count == 1)
    }

    @Test func aBlockingExecutorKeepsNoThreadOfThePool() async {
        // More tasks than any pool has threads, and each waits for all the others.
        let count = 40
        let arrived = Mutex(0)
        let barrier = Barrier()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask(executorPreference: BlockingExecutor(label: "trice.test.\(number)")) {
                    barrier.arrive()
                    _ = eventually(within: .seconds(30)) { barrier.count == count }
                }
            }
        }
        arrived.withLock { $0 = barrier.count }
        #expect(arrived.withLock { $0 } == count)
    }

    @Test func aCancellationReachesOtherThreads() async throws {
        let started = Barrier()
        let task = Task {
            try await Cancellation.watching {
                let current = Cancellation.current
                return try await withCheckedThrowingContinuation { continuation in
                    do throws(SystemError) {
                        try DedicatedThread.detach {
                            Cancellation.$current.withValue(current) {
                                let before = Cancellation.isRequested
                                started.arrive()
                                let after = eventually(within: .seconds(20)) { Cancellation.isRequested }
                                continuation.resume(returning: (before, after))
                            }
                        }
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        }
        #expect(try await eventually(suspendingWithin: .seconds(20)) { started.count == 1 })
        task.cancel()
        let (before, after) = try await task.value
        #expect(!before && after)
        #expect(!Cancellation.isRequested)
    }
}

private final class SharedFlag: Sendable {
    private let state = Mutex(false)

    var value: Bool { state.withLock { $0 } }

    func set(_ value: Bool) { state.withLock { $0 = value } }
}

private final class Barrier: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func arrive() { state.withLock { $0 += 1 } }
}
