import Glibc
import LinuxSystem
import SupervisorProtocol
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// What becomes of containers, told as events, without a process and without waiting.
@Suite(.timeLimit(.minutes(1))) struct ProcessMachineTests {
    private typealias Machine = ProcessMachine<TestClock>
    private typealias Exit = LinuxSystem.ExitStatus

    private func running(_ names: String..., limit: Int = 5) throws -> Machine {
        var machine = Machine(startLimit: limit)
        for (index, name) in names.enumerated() {
            let pid = Int32(100 + index)
            #expect(try machine.startRequested(name, client: 1) == [.launch(name)])
            #expect(machine.launched(name, helper: pid + 100) == [])
            #expect(machine.childEnded(pid + 100, .exited(0)) == [.inspect(name, .exited(0))])
            #expect(
                machine.started(name, pid: pid, isGone: false, now: TestClock.at(0))
                    == [.answerStarted(client: 1, pid: pid)])
        }
        return machine
    }

    @Test func aStartEndsWithItsAnswer() throws {
        var machine = try running("web")
        #expect(machine.lifecycle(of: "web")?.pid == 100)
        #expect(machine.alive == ["web"])
        #expect(throws: ProcessFailure.self) { try machine.startRequested("web", client: 2) }
    }

    @Test func startsWaitForTheirTurn() throws {
        var machine = Machine(startLimit: 1)
        #expect(try machine.startRequested("a", client: 1) == [.launch("a")])
        #expect(try machine.startRequested("b", client: 2) == [])
        _ = machine.launched("a", helper: 10)
        _ = machine.childEnded(10, .exited(0))
        #expect(
            machine.started("a", pid: 11, isGone: false, now: TestClock.at(0))
                == [.answerStarted(client: 1, pid: 11), .launch("b")])
        let failure = ProcessFailure(code: .runtimeFailed, message: "No.")
        #expect(
            machine.startFailed("b", failure, at: 7) == [
                .finish("b", Ending(nil, at: 7)), .discard("b"), .answerFailed(client: 2, failure),
            ])
        machine.discarded("b")
        #expect(machine.names == ["a"])
    }

    @Test func anEndBeforeItsPidIsKnownIsNotLost() throws {
        var machine = Machine(startLimit: 1)
        _ = try machine.startRequested("a", client: 1)
        // The runtime and its container are so short that both are reaped before either pid is known.
        #expect(machine.childEnded(10, .exited(0)) == [])
        #expect(machine.childEnded(11, .exited(3)) == [])
        #expect(machine.launched("a", helper: 10) == [.inspect("a", .exited(0))])
        #expect(machine.hasEnded(11))
        #expect(
            machine.started("a", pid: 11, isGone: false, now: TestClock.at(0))
                == [.answerStarted(client: 1, pid: 11), .examine("a", .exited(3))])
        #expect(!machine.hasEnded(11))
    }

    @Test func aStopSignalsThenKillsAndIsAnsweredWithTheLastEnd() throws {
        var machine = try running("a", "b")
        let orders = [StopOrder(name: "a", graceMilliseconds: 500), StopOrder(name: "b"), StopOrder(name: "unknown")]
        #expect(
            machine.stopRequested(orders, client: 7, now: TestClock.at(0))
                == [.signal("a", SIGTERM), .signal("b", SIGTERM)])
        #expect(machine.deadline == TestClock.at(500))
        #expect(machine.deadlinePassed(now: TestClock.at(499)) == [])
        #expect(machine.deadlinePassed(now: TestClock.at(500)) == [.signal("a", SIGKILL)])
        #expect(machine.deadline == TestClock.at(10_000))
        #expect(machine.childEnded(100, .signaled(9)) == [.examine("a", .signaled(9))])
        let first = Ending(.signaled(9), at: 1)
        #expect(machine.ended("a", first) == [.finish("a", first)])
        let second = Ending(.exited(0), at: 2)
        #expect(
            machine.ended("b", second) == [.finish("b", second), .answerStatus(client: 7, ["a", "b"])])
        #expect(machine.deadline == nil)
        #expect(
            machine.stopRequested(orders, client: 8, now: TestClock.at(0)) == [.answerStatus(client: 8, ["a", "b"])])
    }

    /// A frozen process takes no signal: the client hears of it in time.
    @Test func aKilledContainerThatDoesNotEndIsReported() throws {
        var machine = try running("a", "b")
        let orders = [StopOrder(name: "a", graceMilliseconds: 0), StopOrder(name: "b", graceMilliseconds: 0)]
        _ = machine.stopRequested(orders, client: 7, now: TestClock.at(0))
        let ending = Ending(.signaled(9), at: 1)
        #expect(machine.ended("b", ending) == [.finish("b", ending)])
        #expect(machine.deadline == TestClock.at(10_000))
        #expect(machine.deadlinePassed(now: TestClock.at(9_999)) == [])
        let actions = machine.deadlinePassed(now: TestClock.at(10_000))
        guard case .answerFailed(7, let failure)? = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return
        }
        #expect(failure.code == .stillRunning && failure.message.contains("`a`"))
        #expect(machine.deadline == nil)
        // It may still end, but no client waits for that any more.
        #expect(machine.ended("a", ending) == [.finish("a", ending)])
    }

    @Test func clientsThatLeftAreNotAnswered() throws {
        var machine = try running("a")
        #expect(try machine.waitRequested("a", client: 4) == [])
        #expect(try machine.waitRequested("a", client: 5) == [])
        _ = machine.stopRequested([StopOrder(name: "a")], client: 6, now: TestClock.at(0))
        machine.clientLeft(4)
        machine.clientLeft(6)
        let ending = Ending(.exited(0), at: 1)
        #expect(machine.ended("a", ending) == [.finish("a", ending), .answerStatus(client: 5, ["a"])])
        #expect(machine.ended("a", ending) == [])
    }

    @Test func whatRunsCannotBeForgotten() throws {
        var machine = try running("a")
        #expect(#expect(throws: ProcessFailure.self) { try machine.forgetRequested("a") }?.code == .stillRunning)
        _ = machine.ended("a", Ending(.exited(0), at: 1))
        try machine.forgetRequested("a")
        #expect(machine.names == [])
        try machine.forgetRequested("a")
        #expect(#expect(throws: ProcessFailure.self) { try machine.checkRunning("a") }?.code == .unknownContainer)
    }

    @Test func anAdoptedStartGoesOn() {
        var machine = Machine(startLimit: 1)
        machine.adopted("a", .starting, helper: 50)
        #expect(machine.helperGone("a") == [.inspect("a", nil)])
        #expect(machine.helperGone("a") == [])
        #expect(machine.started("a", pid: 51, isGone: false, now: TestClock.at(0)) == [])
        #expect(machine.alive == ["a"])
    }
}

@Suite(.timeLimit(.minutes(1))) struct LogMachineTests {
    private let output = OutputKey(container: "a", stream: .stdout)
    private let errors = OutputKey(container: "a", stream: .stderr)

    @Test func aFullDiskIsTriedAgainAfterASecond() {
        var machine = LogMachine<TestClock>()
        #expect(machine.opened("a") == [.watch(output), .watch(errors)])
        #expect(machine.readable(output) == [.drain(output)])
        #expect(machine.drained(output, obstacle: nil, now: TestClock.at(0)) == [])
        #expect(machine.deadline == nil)

        #expect(
            machine.drained(output, obstacle: "full", now: TestClock.at(0))
                == [.noteBlocked(output, reason: "full"), .unwatch(output)])
        #expect(machine.readable(output) == [])
        #expect(machine.deadline == TestClock.at(1000))
        #expect(machine.deadlinePassed(now: TestClock.at(999)) == [])
        #expect(machine.deadlinePassed(now: TestClock.at(1000)) == [.drain(output)])
        // Still full: silently once more.
        #expect(machine.drained(output, obstacle: "full", now: TestClock.at(1000)) == [])
        #expect(machine.deadline == TestClock.at(2000))
        #expect(machine.drained(output, obstacle: nil, now: TestClock.at(2000)) == [.watch(output)])
        #expect(machine.deadline == nil)
    }

    @Test func whatIsClosedIsNotReadAgain() {
        var machine = LogMachine<TestClock>()
        _ = machine.opened("a")
        _ = machine.drained(errors, obstacle: "full", now: TestClock.at(0))
        #expect(machine.closed("a") == [.unwatch(output)])
        #expect(machine.deadline == nil)
        #expect(machine.drained(output, obstacle: nil, now: TestClock.at(0)) == [])
        #expect(machine.readable(output) == [])
    }
}

@Suite(.timeLimit(.minutes(1))) struct PortMachineTests {
    private let port = PublishedPort(container: "a", hostPort: 0, target: 80)

    @Test func aPublicationIsRecordedWithTheChosenPort() {
        var machine = PortMachine()
        #expect(machine.publishRequested([port], client: 3) == [.open([port], client: 3)])
        let result = PublicationResult(isPublished: true, ports: [.init(hostPort: 4711, errno: nil)])
        var opened = port
        opened.hostPort = 4711
        #expect(
            machine.completed(client: 3, result)
                == [.record(["a": [opened]]), .answerPublished(client: 3, result)])
        #expect(machine.containerEnded("a") == [.detach("a")])
        #expect(machine.published == ["a": [opened]])
        #expect(machine.withdrawRequested("a", client: 4) == [.record([:]), .close("a", client: 4)])
        #expect(machine.completed(client: 4, nil) == [.answerDone(client: 4)])
        #expect(machine.withdrawRequested("a", client: 5) == [.close("a", client: 5)])
    }

    @Test func aRefusedPublicationChangesNothing() {
        var machine = PortMachine()
        _ = machine.publishRequested([port], client: 3)
        let result = PublicationResult(isPublished: false, ports: [.init(hostPort: 0, errno: EADDRINUSE)])
        #expect(machine.completed(client: 3, result) == [.answerPublished(client: 3, result)])
        #expect(machine.published == [:])
    }

    @Test func whatWasOpenIsOpenedAgain() {
        var machine = PortMachine()
        #expect(machine.adopted(["a": [port]]) == [.open([port], client: 0)])
        #expect(machine.open == [])
        let result = PublicationResult(isPublished: true, ports: [.init(hostPort: 4711, errno: nil)])
        #expect(machine.completed(client: 0, result) == [.answerPublished(client: 0, result)])
        #expect(machine.published == ["a": [port]] && machine.open == [port])
    }

    @Test func theNextProcessOfAContainerIsServed() {
        var machine = PortMachine()
        let result = PublicationResult(isPublished: true, ports: [.init(hostPort: 0, errno: nil)])
        _ = machine.publishRequested([port], client: 3)
        _ = machine.completed(client: 3, result)
        _ = machine.containerEnded("a")
        #expect(machine.containerStarted("a") == [.open([port], client: 0)])
        #expect(machine.open == [])
        #expect(machine.completed(client: 0, result) == [.answerPublished(client: 0, result)])
        #expect(machine.open == [port])
        #expect(machine.containerStarted("b") == [])
    }

    /// The record stays, so that the port is opened when it is free; but no client is told that it is open.
    @Test func whatCannotBeOpenedAgainIsNotOpen() {
        var machine = PortMachine()
        let other = PublishedPort(container: "b", hostPort: 0, target: 81)
        _ = machine.adopted(["a": [port], "b": [other]])
        let refused = PublicationResult(isPublished: false, ports: [.init(hostPort: 0, errno: EADDRINUSE)])
        _ = machine.completed(client: 0, refused)
        _ = machine.completed(client: 0, PublicationResult(isPublished: true, ports: [.init(hostPort: 7, errno: nil)]))
        #expect(machine.open == [other])
        #expect(machine.published["a"] == [port])
        // Another publication of the container mends it.
        _ = machine.publishRequested([port], client: 3)
        _ = machine.completed(client: 3, PublicationResult(isPublished: true, ports: [.init(hostPort: 9, errno: nil)]))
        #expect(machine.open.map(\.hostPort) == [9, 0])
    }
}
