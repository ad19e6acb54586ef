import CLinux
import Dispatch
import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Supervisor

/// A supervisor process of its own per test, with shells as containers.
@Suite(.timeLimit(.minutes(2)), .serialized) struct ControlTests {
    @Test func anExitCodeAndTheOutputArrive() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let pid = try fixture.start(client, fixture.request("web", "echo out; echo err >&2; sleep 0.2; exit 7"))
            #expect(try client.status().map(\.state) == [.running])
            let status = try client.wait(for: "web")
            #expect(status.code == 7 && status.signal == nil && !status.isAdopted)
            #expect(status.endedAt ?? 0 > status.startedAt ?? .max)
            #expect(try fixture.log("web") == "out\n")
            #expect(try fixture.log("web", .stderr) == "err\n")
            #expect(ProcessFacts.startTime(of: pid) == nil)
            #expect(try client.wait(for: "web") == status, "a late one hears the same")
        }
    }

    @Test func oneThatEndsAtOnceIsNotMissed() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            for code in 0..<20 {
                _ = try client.start(fixture.request("quick", "echo \(code); exit \(code)"))
                #expect(try client.wait(for: "quick").code == Int32(code))
            }
            #expect(try fixture.log("quick") == (0..<20).map { "\($0)\n" }.joined())
        }
    }

    @Test func allOutputIsThereWhenTheEndIsTold() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            _ = try client.start(fixture.request("loud", "seq 1 200000"))
            #expect(try client.wait(for: "loud").code == 0)
            #expect(try fixture.log("loud") == (1...200_000).map { "\($0)\n" }.joined())
        }
    }

    @Test func theRuntimesOwnWordsAreInTheError() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let log = fixture.root.appending("runtime.log").string
            var request = fixture.request("bad", "true")
            request.command = ["/bin/sh", "-c", "echo 'no such rootfs' > \(log); exit 3"]
            request.runtimeLog = log
            let error = #expect(throws: SupervisorError.self) { try client.start(request) }
            #expect(error?.code == .runtimeFailed)
            #expect(error?.message.contains("exit code 3") == true && error?.message.contains("no such rootfs") == true)
            #expect(try client.status() == [])

            request.command = ["/nonexistent/runtime"]
            #expect(throws: SupervisorError.self) { try client.start(request) }
            request.command = ["/bin/true"]
            #expect(#expect(throws: SupervisorError.self) { try client.start(request) }?.code == .runtimeFailed)
            // The queue is free again.
            try fixture.start(client, fixture.request("good", "sleep 100"))
        }
    }

    /// Its starter may have been killed: nobody else would end it.
    @Test(arguments: [0, 1, 2, 3, 5, 8, 12, 20, 40]) func oneThatIsOnlyStartingIsEndedToo(milliseconds: UInt32) throws {
        try Fixture.with { fixture in
            let command = try fixture.command
            let child = try ChildProcess.start(ChildProcess.Command(command[0], Array(command.dropFirst())))
            let process = try ProcessDescriptor(pid: child.pid)
            usleep(milliseconds * 1000)
            let lock = try SupervisorClient.end(runDirectory: fixture.run)
            try Files.removeTree(fixture.run)
            _ = consume lock
            let hasEnded = try process.waitForEnd(milliseconds: 5000)
            #expect(hasEnded)
            if !hasEnded { try process.send(signal: SIGKILL) }
            _ = try child.wait()
            #expect(!Files.exists(fixture.run))
        }
    }

    /// A process that a killed one was just starting may hold its lock for a moment.
    @Test func aLockWithoutASupervisorIsWaitedFor() throws {
        try Fixture.with { fixture in
            let lock = try FileLock.attempt(fixture.run.appending("supervisor.lock"))
            let command = try fixture.command
            let child = try ChildProcess.start(ChildProcess.Command(command[0], Array(command.dropFirst())))
            fixture.addSupervisor(child.pid)
            usleep(200_000)
            _ = consume lock
            #expect(eventually { (try? SupervisorClient.connect(runDirectory: fixture.run))?.pid == child.pid })
        }
    }

    @Test func badRequestsAreRefused() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            for name in ["", ".", "..", "a/b", "a\nb"] {
                let error = #expect(throws: SupervisorError.self) { try client.start(fixture.request(name, "true")) }
                #expect(error?.code == .badRequest)
            }
            #expect(#expect(throws: SupervisorError.self) { try client.wait(for: "x") }?.code == .unknownContainer)
            #expect(
                #expect(throws: SupervisorError.self) { try client.kill("x", signal: 9) }?.code == .unknownContainer)
            #expect(try client.stop([StopOrder(name: "x")]) == [])
            try client.forget("x")
            let port = PublishedPort(container: "x", hostPort: 0, target: 80)
            #expect(#expect(throws: SupervisorError.self) { try client.publish([port]) }?.code == .unknownNamespace)

            try fixture.start(client, fixture.request("a", "sleep 100"))
            #expect(
                #expect(throws: SupervisorError.self) { try client.start(fixture.request("a", "true")) }?.code
                    == .alreadyRunning)
            #expect(#expect(throws: SupervisorError.self) { try client.forget("a") }?.code == .stillRunning)
            #expect(#expect(throws: SupervisorError.self) { try client.shutdown() }?.code == .stillRunning)
        }
    }

    @Test(arguments: [
        "", "null", "{", "{\"version\":99}", "{\"version\":1}", "{\"version\":1,\"request\":{\"dance\":{}}}",
    ])
    func brokenMessagesAreAnswered(text: String) throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let socket = try MessageSocket.connect(to: fixture.run.appending("supervisor.sock"))
            if text.isEmpty {
                // A client that leaves without a word.
                _ = consume socket
            } else {
                try socket.send(Array(text.utf8))
                let message = try #require(try receive(socket))
                guard case .failed(let code, _) = try Coding.decode(Response.self, message) else {
                    Issue.record("\(text) was accepted")
                    return
                }
                #expect(code == (text.contains("99") ? "versionMismatch" : "badRequest"))
            }
            #expect(try client.status() == [])
        }
    }

    @Test func stopEscalatesAfterTheGrace() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let ignoring = "trap '' TERM; echo ready; while true; do sleep 0.05; done"
            try fixture.start(client, fixture.request("stubborn", ignoring))
            try fixture.start(
                client, fixture.request("kind", "trap 'exit 4' TERM; echo ready; while true; do sleep 0.05; done"))
            try fixture.start(client, fixture.request("plain", "echo ready; exec sleep 100"))
            for name in ["stubborn", "kind", "plain"] {
                #expect(try eventually { try fixture.log(name) == "ready\n" })
            }
            let begin = ContinuousClock.now
            let orders = ["stubborn", "kind", "plain"].map { StopOrder(name: $0, graceMilliseconds: 400) }
            let statuses = try client.stop(orders)
            let duration = begin.duration(to: .now)
            #expect(duration >= .milliseconds(400) && duration < .seconds(3))
            #expect(statuses.map(\.name) == ["stubborn", "kind", "plain"])
            #expect(statuses.map(\.code) == [137, 4, 143])
            #expect(statuses.map(\.signal) == [9, nil, 15])
            #expect(try client.stop(orders) == statuses, "what has ended is told at once")
        }
    }

    @Test func killReachesOnlyTheLiving() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(
                client, fixture.request("a", "trap 'echo hup; exit 0' HUP; echo up; while true; do sleep 0.02; done"))
            #expect(try eventually { try fixture.log("a") == "up\n" })
            try client.kill("a", signal: SIGHUP)
            #expect(try client.wait(for: "a").code == 0)
            #expect(try fixture.log("a") == "up\nhup\n")
            #expect(#expect(throws: SupervisorError.self) { try client.kill("a", signal: 9) }?.code == .notRunning)
            try client.forget("a", removesLogs: true)
            #expect(try client.status() == [])
            #expect(!Files.exists(fixture.logs.file("a", .stdout)))
        }
    }

    @Test func moreStartsThanTheLimitAllRun() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let names = (0..<6).map { "c\($0)" }
            let requests = names.map { fixture.request($0, "sleep 100") }
            // One thread per client: each blocks until its own container runs.
            let threads = try requests.map { request -> pthread_t in
                var thread = pthread_t()
                let work = Unmanaged.passRetained(StartWork(client: client, request: request))
                let code = pthread_create(
                    &thread, nil,
                    { raw in
                        guard let raw else { return nil }
                        let work = Unmanaged<StartWork>.fromOpaque(raw).takeRetainedValue()
                        _ = try? work.client.start(work.request)
                        return nil
                    }, work.toOpaque())
                try #require(code == 0)
                return thread
            }
            for thread in threads { pthread_join(thread, nil) }
            let statuses = try client.status()
            #expect(statuses.map(\.name) == names)
            #expect(statuses.allSatisfy { $0.state == .running })
            #expect(try client.stop(names.map { StopOrder(name: $0) }).count == 6)
        }
    }

    @Test func aStoppedSupervisorIsNamedAfterFiveSeconds() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(client, fixture.request("a", "sleep 100"))
            kill(client.pid, SIGSTOP)
            defer { kill(client.pid, SIGCONT) }
            let (run, command) = (fixture.run, try fixture.command)
            let asks: [@Sendable () throws -> Void] = [
                { _ = try SupervisorClient.connect(runDirectory: run) },
                { _ = try SupervisorClient.connect(orStarting: command, runDirectory: run) },
                { _ = try client.status() },
                { _ = try SupervisorClient.end(runDirectory: run) },
            ]
            DispatchQueue.concurrentPerform(iterations: asks.count) { index in
                let began = ContinuousClock.now
                let error = #expect(throws: SupervisorError.self, "\(index)") { try asks[index]() }
                #expect(error?.code == .notAnswering)
                #expect(error?.message.contains("kill -CONT \(client.pid)") == true)
                #expect(ContinuousClock.now - began > .seconds(4) && ContinuousClock.now - began < .seconds(20))
            }
            kill(client.pid, SIGCONT)
            #expect(try client.status().map(\.state) == [.running])
        }
    }

    /// A request that takes longer than that is waited for.
    @Test func aSupervisorThatAnswersOtherClientsIsWaitedFor() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(client, fixture.request("a", "exec sleep 6"))
            #expect(try client.wait(for: "a").code == 0)
        }
    }

    @Test func theExitRecordIsDescriptorThree() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            _ = try client.start(
                fixture.request("init", "echo signaled 11 >&3; exit 139", usesInit: true, exitRecord: true))
            let status = try client.wait(for: "init")
            #expect(status.code == 139 && status.signal == 11)
        }
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }) func heldNamespacesOpenByTheirPath() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let one = try NetworkNamespace.create()
            let paths = try client.hold([("one", one.rawValue)])
            let path = try #require(paths["one"])
            #expect(try Files.status(path, followingLinks: true)?.inode == inode(of: one.rawValue))
            try client.forget("one")
            let left = try Files.status(path, followingLinks: true)?.inode
            #expect(left != inode(of: one.rawValue))
        }
    }

    private func receive(_ socket: borrowing MessageSocket) throws -> [UInt8]? {
        try socket.receive()?.bytes
    }

    private func inode(of fd: Int32) -> UInt64 {
        var info = stat()
        fstat(fd, &info)
        return UInt64(info.st_ino)
    }
}

private final class StartWork: Sendable {
    let client: SupervisorClient
    let request: StartRequest

    init(client: SupervisorClient, request: StartRequest) {
        self.client = client
        self.request = request
    }
}
