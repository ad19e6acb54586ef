import Glibc
import LinuxSystem
import SupervisorProtocol
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// Supervisors that are killed with SIGKILL, and what the next one makes of it.
@Suite(.timeLimit(.minutes(5)), .serialized) struct AdoptionTests {
    @Test func noLineIsLostOrDoubledOverManyKills() throws {
        try Fixture.with { fixture in
            var client = try fixture.connect()
            let count = 60_000
            // It ends only when a supervisor lives: what is in a pipe that nobody holds any more is gone.
            let gate = fixture.root.appending("gate")
            try Files.createFIFO(gate)
            let script =
                "i=0; while [ $i -lt \(count) ]; do i=$((i+1)); echo $i; done; echo end >&2; read x < \(gate); exit 5"
            let pid = try fixture.start(client, fixture.request("loud", script))
            for _ in 0..<8 {
                usleep(25_000)
                try fixture.crash(client)
                client = try fixture.connect()
                let status = try #require(try client.status().first)
                #expect(status.isAdopted)
                if status.state == .running { #expect(status.pid == pid) }
            }
            try OwnedDescriptor.open(gate, O_WRONLY).write(Array("go\n".utf8))
            let status = try client.wait(for: "loud")
            #expect(status.code == 5 || status.code == nil, "the exit code depends on the kernel and on who waits")
            #expect(try fixture.log("loud") == (1...count).map { "\($0)\n" }.joined())
            #expect(try fixture.log("loud", .stderr) == "end\n")
            var reader = try LogReader(directory: fixture.logs, containers: ["loud"], streams: [.stdout], tail: 2)
            let lines = try reader.next()
            #expect(lines.map(\.text) == ["\(count - 1)", "\(count)"])
            #expect(lines.allSatisfy { $0.time > status.startedAt ?? .max })
        }
    }

    @Test func theExitCodeOfAnAdoptedOneComesFromItsRecord() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(
                client,
                fixture.request(
                    "init", "trap 'echo exited 6 >&3; exit 6' TERM; echo up; while true; do sleep 0.02; done",
                    usesInit: true,
                    exitRecord: true))
            #expect(try eventually { try fixture.log("init") == "up\n" })
            try fixture.crash(client)
            let next = try fixture.connect()
            #expect(next.pid != client.pid)
            let stopped = try next.stop([StopOrder(name: "init")])
            #expect(stopped.map(\.code) == [6])
            #expect(stopped.first?.isAdopted == true)
        }
    }

    /// A supervisor that is killed after it has sent the signal of a stop: the next one knows that the container is about
    /// to end, and kills it when its time is over.
    @Test func aStopGoesOn() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let pid = try fixture.start(
                client, fixture.request("deaf", "trap 'echo asked' TERM; echo up; while true; do sleep 0.02; done"))
            #expect(try eventually { try fixture.log("deaf") == "up\n" })
            try DedicatedThread.detach {
                // It has no answer: its supervisor is killed.
                _ = try? client.stop([StopOrder(name: "deaf", signal: SIGTERM, graceMilliseconds: 1500)])
            }
            #expect(try eventually { try fixture.log("deaf").contains("asked") })
            try fixture.crash(client)
            let left = try #require(
                try LeftContainers(runDirectory: fixture.run, logs: fixture.logs).statuses().first)
            #expect(left.state == .running && left.isStopping == true)
            let next = try fixture.connect()
            #expect(try next.status().first?.isStopping == true)
            #expect(try next.wait(for: "deaf").code == 137)
            #expect(!ProcessFacts.isAlive(pid))
        }
    }

    /// The record of its end is there before PID 1 has gone.
    @Test func whatHasRecordedItsEndIsEnding() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(
                client,
                fixture.request(
                    "init", "echo exited 3 >&3; echo up; exec sleep 100", usesInit: true, exitRecord: true))
            #expect(try eventually { try fixture.log("init") == "up\n" })
            let status = try #require(try client.status().first)
            #expect(status.hasRecordedEnd == true && status.isStopping == nil)
        }
    }

    @Test func anAdoptedOneWithoutRecordWasKilled() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let pid = try fixture.start(
                client, fixture.request("init", "exec sleep 100", usesInit: true, exitRecord: true))
            try fixture.crash(client)
            let next = try fixture.connect()
            kill(pid, SIGKILL)
            #expect(try next.wait(for: "init").code == 137)
        }
    }

    @Test func theKernelTellsTheExitCodeOfAnAdoptedOne() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(
                client, fixture.request("plain", "trap 'exit 9' TERM; echo up; while true; do sleep 0.02; done"))
            #expect(try eventually { try fixture.log("plain") == "up\n" })
            try fixture.crash(client)
            let next = try fixture.connect()
            #expect(try next.stop([StopOrder(name: "plain")]).map(\.code) == [9])
        }
    }

    @Test func anEndWithoutAnySupervisorIsFoundLater() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let names = [("recorded", true), ("killed", true), ("plain", false)]
            for (name, usesInit) in names {
                let script =
                    name == "recorded"
                    ? "echo up; sleep 0.4; echo last; echo exited 3 >&3; exit 3" : "echo up; exec sleep 0.4"
                try fixture.start(client, fixture.request(name, script, usesInit: usesInit, exitRecord: usesInit))
            }
            for (name, _) in names { #expect(try eventually { try fixture.log(name) == "up\n" }) }
            let pids = try client.status().compactMap(\.pid)
            try fixture.crash(client)
            #expect(eventually { pids.allSatisfy { ProcessFacts.startTime(of: $0) == nil } })
            let next = try fixture.connect()
            let statuses = try next.status()
            #expect(statuses.map(\.state) == [.exited, .exited, .exited])
            let recorded = try #require(statuses.first { $0.name == "recorded" })
            #expect(recorded.code == 3)
            // What it wrote with no supervisor alive went with the pipe's last holder, itself; the rest is there.
            #expect(try fixture.log("recorded").hasPrefix("up\n"))
            // A third one reads the final records.
            try fixture.crash(next)
            #expect(try fixture.connect().status() == statuses)
        }
    }

    @Test func aReusedPidIsNotAdopted() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let pid = try fixture.start(client, fixture.request("a", "exec sleep 100"))
            try fixture.crash(client)
            let path = fixture.run.appending("containers/a/process")
            var record = try Coding.decode(ProcessRecord.self, try Files.read(path))
            #expect(record.pid == pid)
            record.startTime = (record.startTime ?? 0) + 1
            try Files.write(try Coding.encode(record), to: path)
            let next = try fixture.connect()
            #expect(try next.status().map(\.state) == [.exited])
            #expect(ProcessFacts.startTime(of: pid) != nil, "a process that is not ours is left alone")
        }
    }

    @Test func aStartThatWasUnderWayIsAdopted() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            var request = fixture.request("slow", "echo up; exec sleep 100")
            let gate = fixture.root.appending("gate")
            try Files.createFIFO(gate)
            request.command = ["/bin/sh", "-c", "read x < \(gate); exec \"$@\"", "sh"] + request.command
            let socket = try MessageSocket.connect(to: fixture.run.appending("supervisor.sock"))
            try socket.send(try Coding.encode(Envelope(Request.start(request))))
            #expect(try eventually { try client.status().map(\.state) == [.starting] })
            #expect(
                eventually {
                    Coding.record(ProcessRecord.self, at: fixture.run.appending("containers/slow/process"))?.helper
                        != nil
                })
            try fixture.crash(client)
            let next = try fixture.connect()
            #expect(try next.status().map(\.state) == [.starting])
            try OwnedDescriptor.open(gate, O_WRONLY).write(Array("go\n".utf8))
            #expect(try eventually { try next.status().map(\.state) == [.running] })
            #expect(try eventually { try fixture.log("slow") == "up\n" })
            #expect(try next.stop([StopOrder(name: "slow")]).map(\.state) == [.exited])
        }
    }

    @Test func brokenRecordsDoNotStopTheNextOne() throws {
        try Fixture.with { fixture in
            let directory = fixture.run.appending("containers/broken")
            try Files.createDirectory(directory)
            try Files.write(Array("{".utf8), to: directory.appending("process"))
            try Files.write(Array("[".utf8), to: fixture.run.appending("ports.json"))
            let client = try fixture.connect()
            #expect(try client.status() == [])
        }
    }

    @Test func manyClientsAtOnceStartOne() throws {
        try Fixture.with { fixture in
            let pids = PidBox()
            let command = try fixture.command
            let run = fixture.run
            var threads: [pthread_t] = []
            for _ in 0..<8 {
                var thread = pthread_t()
                let work = Unmanaged.passRetained(ConnectWork(command: command, run: run, pids: pids))
                pthread_create(
                    &thread, nil,
                    { raw in
                        guard let raw else { return nil }
                        let work = Unmanaged<ConnectWork>.fromOpaque(raw).takeRetainedValue()
                        work.pids.add(
                            (try? SupervisorClient.connect(orStarting: work.command, runDirectory: work.run).pid) ?? -1)
                        return nil
                    }, work.toOpaque())
                threads.append(thread)
            }
            for thread in threads { pthread_join(thread, nil) }
            let pid = try fixture.connect().pid
            #expect(pids.all == [Int32](repeating: pid, count: 8))
        }
    }

    @Test func aSecondOneEndsQuietlyAndAStaleSocketIsNoObstacle() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let command = try fixture.command
            let second = try ProcessOutput.of(ChildProcess.Command(command[0], Array(command.dropFirst())))
            #expect(second.status == .exited(0) && second.standardError == [] && second.standardOutput == [])
            try fixture.crash(client)
            #expect(Files.exists(fixture.run.appending("supervisor.sock")))
            #expect(try SupervisorClient.connect(runDirectory: fixture.run) == nil)
            let next = try fixture.connect()
            try next.shutdown()
            #expect(Children.reap(next.pid) == .exited(0))
            #expect(!Files.exists(fixture.run.appending("supervisor.sock")))
        }
    }

    @Test func aCommandThatFailsIsReported() throws {
        try Fixture.with { fixture in
            let error = #expect(throws: SupervisorError.self) {
                try SupervisorClient.connect(orStarting: ["/bin/false"], runDirectory: fixture.run)
            }
            #expect(error?.code == .notStarted)
            #expect(throws: SupervisorError.self) {
                try SupervisorClient.connect(orStarting: ["/nonexistent"], runDirectory: fixture.run)
            }
            #expect(throws: SupervisorError.self) {
                try SupervisorClient.connect(orStarting: [], runDirectory: fixture.run)
            }
        }
    }

    @Test func aRunDirectoryWithALongPathWorks() throws {
        try Fixture.with { fixture in
            let run = fixture.root.appending(String(repeating: "x", count: 120))
            let command = [try fixture.command[0], run.string, fixture.state.string]
            let client = try SupervisorClient.connect(orStarting: command, runDirectory: run)
            #expect(try client.status() == [])
            try client.shutdown()
            #expect(Children.reap(client.pid) == .exited(0))
        }
    }
}

private final class PidBox: Sendable {
    private let pids = Mutex<[Int32]>([])

    func add(_ pid: Int32) { pids.withLock { $0.append(pid) } }
    var all: [Int32] { pids.withLock { $0 } }
}

private final class ConnectWork: Sendable {
    let command: [String]
    let run: FilePath
    let pids: PidBox

    init(command: [String], run: FilePath, pids: PidBox) {
        self.command = command
        self.run = run
        self.pids = pids
    }
}
