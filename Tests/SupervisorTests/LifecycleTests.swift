import Glibc
import LinuxSystem
import SupervisorProtocol
import Testing
import Vocabulary

@testable import Supervisor

@Suite(.timeLimit(.minutes(2))) struct LifecycleTests {
    private let start = ContinuousClock.now

    private func running() -> ContainerLifecycle {
        var lifecycle = ContainerLifecycle()
        _ = lifecycle.started(pid: 7, now: start)
        return lifecycle
    }

    @Test func stopSignalsAndKillsAfterTheGrace() {
        var lifecycle = running()
        #expect(lifecycle.stopRequested(signal: SIGTERM, grace: .seconds(10), now: start) == [.signal(SIGTERM)])
        #expect(lifecycle.deadline == start.advanced(by: .seconds(10)))
        #expect(lifecycle.deadlinePassed(now: start.advanced(by: .seconds(9))) == [])
        #expect(lifecycle.deadlinePassed(now: start.advanced(by: .seconds(10))) == [.signal(SIGKILL)])
        #expect(lifecycle.deadlinePassed(now: start.advanced(by: .seconds(11))) == [])
        #expect(lifecycle.isAlive)
    }

    @Test func aSecondOrderShortensTheGraceButNeverLengthensIt() {
        var lifecycle = running()
        _ = lifecycle.stopRequested(signal: SIGTERM, grace: .seconds(5), now: start)
        _ = lifecycle.stopRequested(signal: SIGTERM, grace: .seconds(60), now: start)
        #expect(lifecycle.deadline == start.advanced(by: .seconds(5)))
        _ = lifecycle.stopRequested(signal: SIGTERM, grace: .seconds(1), now: start)
        #expect(lifecycle.deadline == start.advanced(by: .seconds(1)))
    }

    @Test func noGraceMeansKillAtOnce() {
        var lifecycle = running()
        #expect(
            lifecycle.stopRequested(signal: SIGTERM, grace: .zero, now: start) == [.signal(SIGTERM), .signal(SIGKILL)])
        #expect(lifecycle.deadline == nil)
        #expect(lifecycle.stopRequested(signal: SIGKILL, grace: .seconds(3), now: start) == [.signal(SIGKILL)])
    }

    @Test func aStopDuringTheStartIsDeliveredWhenItRuns() {
        var lifecycle = ContainerLifecycle()
        #expect(lifecycle.stopRequested(signal: SIGINT, grace: .seconds(2), now: start) == [])
        let later = start.advanced(by: .seconds(1))
        #expect(lifecycle.started(pid: 9, now: later) == [.signal(SIGINT)])
        #expect(lifecycle.deadline == later.advanced(by: .seconds(2)))
    }

    @Test func waitersHearOfTheEndOnceAndLateOnesAtOnce() {
        var lifecycle = running()
        #expect(lifecycle.waitRequested(client: 1) == [])
        #expect(lifecycle.waitRequested(client: 2) == [])
        lifecycle.clientGone(1)
        let ending = Ending(.exited(3), at: 5)
        #expect(lifecycle.ended(ending) == [.sync, .answer(client: 2)])
        #expect(lifecycle.ended(ending) == [])
        #expect(lifecycle.waitRequested(client: 3) == [.answer(client: 3)])
        #expect(lifecycle.stopRequested(signal: SIGTERM, grace: .seconds(1), now: start) == [])
        #expect(lifecycle.started(pid: 8, now: start) == [])
        #expect(lifecycle.ending?.code == 3)
    }

    @Test func theQueueKeepsItsLimitAndOrder() {
        var queue = StartQueue(limit: 2)
        #expect(queue.enqueue("a") == ["a"])
        #expect(queue.enqueue("b") == ["b"])
        #expect(queue.enqueue("c") == [])
        #expect(queue.enqueue("d") == [])
        #expect(queue.finish("d") == [])
        #expect(queue.enqueue("e") == [])
        #expect(queue.finish("b") == ["c"])
        #expect(queue.finish("a") == ["e"])
        #expect(queue.finish("c") == [])
        #expect(!queue.isIdle)
        #expect(queue.finish("e") == [])
        #expect(queue.isIdle)
    }

    @Test func severalEndingsAreCompleteWithTheLast() {
        var pending = PendingEndings(names: ["a", "b", "c"], alive: ["a", "c"])
        #expect(!pending.isComplete)
        #expect(pending.ended("b") == false)
        #expect(pending.ended("a") == false)
        #expect(pending.ended("a") == false)
        #expect(pending.ended("c") == true)
    }

    @Test(arguments: [
        (ExitEvidence(waited: .exited(2)), LinuxSystem.ExitStatus.exited(2)),
        (ExitEvidence(waited: .exited(139), recorded: .signaled(11)), .signaled(11)),
        (ExitEvidence(waited: .signaled(9), recorded: .exited(0)), .signaled(9)),
        (ExitEvidence(recorded: .exited(4), kept: .signaled(9), usesInit: true), .exited(4)),
        (ExitEvidence(kept: .exited(6), usesInit: true), .exited(6)),
        (ExitEvidence(usesInit: true), .signaled(9)),
    ])
    func theBestEvidenceDecides(evidence: ExitEvidence, status: LinuxSystem.ExitStatus) {
        #expect(evidence.status == status)
    }

    @Test func withoutEvidenceNobodyKnows() {
        #expect(ExitEvidence().status == nil)
        #expect(Ending(nil, at: 1).code == nil)
    }

    @Test(arguments: [
        "", "exited", "exited x", "exited -1", "exited 256", "signaled 0", "signaled 65", "done 1", "exited 1 2",
    ])
    func brokenExitRecordsAreNone(text: String) {
        #expect(LinuxSystem.ExitStatus(record: text) == nil)
    }

    @Test func exitRecordsAreRead() {
        #expect(LinuxSystem.ExitStatus(record: "exited 3\n") == .exited(3))
        #expect(LinuxSystem.ExitStatus(record: "signaled 15") == .signaled(15))
    }
}

@Suite(.timeLimit(.minutes(2))) struct HalfStreamTests {
    @Test func itFillsFlushesAndShuts() {
        var half = HalfStream()
        #expect(half.next == .rest)
        half.sourceReady()
        #expect(half.next == .fill)
        half.filled(10)
        #expect(half.next == .rest, "the sink takes nothing yet")
        half.sinkReady()
        #expect(half.next == .flush)
        half.flushed(4)
        #expect(half.next == .flush)
        half.sinkFull()
        #expect(half.next == .rest)
        half.sinkReady()
        half.flushed(6)
        half.sourceExhausted()
        #expect(half.next == .rest)
        half.sourceReady()
        half.filled(0)
        #expect(half.next == .shut)
        half.shut()
        #expect(half.next == .rest)
        #expect(half.isDone)
    }

    @Test func theEndWaitsForWhatIsInThePipe() {
        var half = HalfStream()
        half.sourceReady()
        half.filled(5)
        half.sourceReady()
        #expect(half.next == .rest)
        half.sinkReady()
        #expect(half.next == .flush)
        half.flushed(5)
        half.filled(0)
        #expect(half.next == .shut)
    }
}

@Suite(.timeLimit(.minutes(2))) struct SocketAddressTests {
    @Test(arguments: ["", "localhost", "256.1.1.1", "1.2.3", "::g", "127.0.0.1:80"])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(IPAddress(parsing: text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "10.1.2.3", "::1", "fd00:1:2::3"])
    func theKernelsFormComesBack(text: String) throws {
        let address = SocketAddress(try IPAddress(text), port: 8080)
        var storage = sockaddr_storage()
        address.withRaw { raw, length in
            withUnsafeMutableBytes(of: &storage) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: Int(length)))
            }
        }
        #expect(SocketAddress(storage) == address)
    }
}
