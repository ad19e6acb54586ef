import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// Starting programs and collecting what they say.
@Suite(.timeLimit(.minutes(2))) struct ProcessTests {
    private func shell(
        _ script: String, input: String = "", limits: ProcessOutput.Limits = .init(), session: Bool = false
    ) throws(SystemError) -> ProcessOutput {
        try ProcessOutput.of(
            ChildProcess.Command("sh", ["-c", script], startsSession: session), input: Array(input.utf8),
            limits: limits)
    }

    @Test func bothOutputsAndTheStatusAreCollected() throws {
        let output = try shell("cat; echo wrong >&2; exit 3", input: "given")
        #expect(output.status == .exited(3) && output.status.code == 3)
        #expect(output.standardOutput == Array("given".utf8))
        #expect(output.message == "wrong")
        #expect(try shell("kill -9 $$").status == .signaled(9))
    }

    @Test func moreThanAPipeHoldsIsCollectedWhole() throws {
        let text = String(repeating: "0123456789abcdef", count: 100_000)
        let output = try shell("cat; cat /dev/null >&2", input: text)
        #expect(output.standardOutput == Array(text.utf8))
        #expect(try shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero").standardError.count == 300_000)
    }

    @Test func aProcessThatIsLeftBehindIsNotWaitedFor() throws {
        let start = ContinuousClock.now
        let output = try shell("sleep 20 & echo $!")
        #expect(ContinuousClock.now - start < .seconds(10))
        let left = try #require(Int32(String(decoding: output.standardOutput, as: UTF8.self).dropLast()))
        #expect(kill(left, SIGKILL) == 0)
    }

    @Test func aLimitEndsTheProgram() throws {
        let start = ContinuousClock.now
        let late = #expect(throws: SystemError.self) {
            try shell("exec sleep 20", limits: .init(timeout: .milliseconds(100)))
        }
        #expect(late?.errno == .timedOut)
        let long = #expect(throws: SystemError.self) {
            try shell("exec cat /dev/zero", limits: .init(maximumOutput: 1 << 20))
        }
        #expect(long?.errno == .fileTooLarge)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func aCancelledTaskEndsTheWholeSession() async throws {
        let directory = try TemporaryDirectory()
        let task = Task.detached {
            try shell(
                "sleep 30 & echo $! >\(directory.path)/pid; wait", limits: .init(isCancellable: true), session: true)
        }
        #expect(
            try await eventually(suspendingWithin: .seconds(20)) {
                (try? directory.read("pid"))?.hasSuffix("\n") == true
            })
        task.cancel()
        let error = await #expect(throws: SystemError.self) { _ = try await task.value }
        #expect(error?.errno == .canceled)
        let sleeper = try #require(Int32(try directory.read("pid").dropLast()))
        #expect(try await eventually(suspendingWithin: .seconds(10)) { ProcessFacts.startTime(of: sleeper) == nil })
    }

    @Test func aProgramThatIsMissingIsNamed() {
        let error = #expect(throws: SystemError.self) { try ChildProcess.start(.init("/nothing/here")) }
        #expect(error?.errno == .noSuchFileOrDirectory && error?.call == "posix_spawn")
        #expect(error?.subject == "/nothing/here")
    }

    @Test func theChildGetsTheGivenEnvironmentDescriptorsAndDirectory() throws {
        let directory = try TemporaryDirectory()
        let output = try OwnedDescriptor.memoryFile("output")
        let leaked = try OwnedDescriptor.memoryFile("leaked")
        #expect(fcntl(leaked.rawValue, F_SETFD, 0) == 0)
        let child = try ChildProcess.start(
            .init(
                "/bin/sh", ["-c", "echo $A; pwd; ls /proc/self/fd | wc -l; readlink /proc/self/fd/0"],
                environment: ["A=b", "PATH=/usr/bin:/bin"], descriptors: [1: output.rawValue],
                workingDirectory: FilePath(directory.path)))
        #expect(try child.wait() == .exited(0))
        let lines = String(decoding: try output.read(at: 0, atMost: 4096), as: UTF8.self).split(separator: "\n")
        // 0, 1, 2 and the descriptor by which ls reads the directory.
        #expect(lines == ["b", Substring(directory.path), "4", "/dev/null"])
    }

    @Test func descriptorsAreExchangedWithoutLoss() throws {
        let one = try OwnedDescriptor.memoryFile("one")
        let two = try OwnedDescriptor.memoryFile("two")
        // Each number is the target of one and the source of the other.
        let low = Swift.min(one.rawValue, two.rawValue)
        let high = Swift.max(one.rawValue, two.rawValue)
        let child = try ChildProcess.start(
            .init(
                "/bin/sh", ["-c", "echo a >/proc/self/fd/\(low); echo b >/proc/self/fd/\(high)"],
                descriptors: [low: high, high: low]))
        #expect(try child.wait() == .exited(0))
        func text(_ descriptor: borrowing OwnedDescriptor) throws -> String {
            String(decoding: try descriptor.read(at: 0, atMost: 10), as: UTF8.self)
        }
        let (first, second) = (try text(one), try text(two))
        #expect(one.rawValue == low ? (first, second) == ("b\n", "a\n") : (first, second) == ("a\n", "b\n"))
    }

    @Test func aPidDescriptorKnowsTheEnd() throws {
        let child = try ChildProcess.start(.init("sleep", ["30"]))
        let handle = try ProcessDescriptor(pid: child.pid)
        #expect(try !handle.waitForEnd(milliseconds: 0))
        #expect(try handle.send(signal: SIGTERM))
        #expect(try handle.waitForEnd(milliseconds: 10_000))
        #expect(try child.wait() == .signaled(SIGTERM))
        #expect(try !handle.send(signal: SIGTERM))
    }

    @Test func workInParallelKeepsItsOrderAndThrowsTheFirstFailure() throws {
        struct Odd: Error, Equatable { var number: Int }
        #expect(inParallel([Int]()) { (item: Int) throws(Never) in item }.isEmpty)
        for length in [1, 7, 1000] {
            let doubled = inParallel(Array(0..<100), pieceLength: length) { (item: Int) throws(Never) in item * 2 }
            #expect(doubled == (0..<100).map { $0 * 2 })
        }
        #expect(throws: Odd(number: 3)) {
            _ = try inParallel(Array(0..<50)) { (item: Int) throws(Odd) -> Int in
                if item % 10 == 3 { throw Odd(number: item) }
                return item
            }
        }
    }
}
