import Glibc
import LinuxSystem
import SupervisorProtocol
import SystemPackage
import TestSupport
import Testing

@testable import Supervisor

/// Supervisors and clients of different releases.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ReleaseTests {
    @Test func aSupervisorOfTheFirstReleaseIsTalkedTo() throws {
        try Fixture.with { fixture in
            let client = try fixture.connectRecorded("release-0.1")
            #expect(client.release == nil && client.features == Feature.initial)
            #expect(try client.status().map(\.name) == ["a"])
            #expect(try client.stop([StopOrder(name: "a")]).map(\.code) == [137])
            #expect(try client.publish([]).isPublished)
            try client.withdraw("a")
            try client.forget("a")
            #expect(
                #expect(throws: SupervisorError.self) { try client.wait(for: "x") }?.message
                    == "The supervisor knows no container x")
            try client.shutdown(isForced: true)
            #expect(Children.reap(client.pid) == .exited(0))
        }
    }

    /// What the client sends is what the first release read, byte for byte.
    @Test func requestsOfTheFirstReleaseHaveTheirBytes() throws {
        let start = StartRequest(
            name: "a", command: ["/bin/sh", "-c", "sleep 100 & echo $! > pid"], pidFile: "pid")
        let requests: [Request] = [
            .status, .wait(name: "x"), .start(start), .kill(name: "a", signal: 15), .publish(ports: []),
            .stop(orders: [StopOrder(name: "a", signal: 9, graceMilliseconds: 0)]), .withdraw(container: "a"),
            .forget(name: "a", removesLogs: true),
        ]
        let lines = try Fixture.recording("release-0.1").split(separator: "\n")
        let recorded = Set(lines.filter { $0.hasPrefix("> ") }.map { String($0.dropFirst(2)) })
        var sent = Set(try requests.map { String(decoding: try Coding.encode(Envelope($0)), as: UTF8.self) })
        sent.insert(
            String(decoding: try Coding.encode(Envelope(FrozenRequest.shutdown(isForced: true))), as: UTF8.self))
        #expect(recorded.subtracting(sent) == [#"{"request":{"hello":{}},"version":1}"#])
        #expect(sent.isSubset(of: recorded))
    }

    @Test func theFrozenFormIsTheDocumentedOne() throws {
        func text(_ value: some Encodable) throws -> String {
            String(decoding: try Coding.encode(value), as: UTF8.self)
        }
        #expect(
            try text(Envelope(FrozenRequest.hello(features: [.ports, .containers])))
                == #"{"request":{"hello":{"features":["containers","ports"]}},"version":1}"#)
        #expect(
            try text(Envelope(FrozenRequest.shutdown(isForced: false)))
                == #"{"request":{"shutdown":{"isForced":false}},"version":1}"#)
        let introduction = Introduction(pid: 7, release: "1.0", features: [.ports])
        #expect(
            try text(FrozenResponse.hello(introduction)) == #"{"hello":{"features":["ports"],"pid":7,"release":"1.0"}}"#
        )
        #expect(try text(FrozenResponse.done) == #"{"done":{}}"#)
        #expect(
            try text(FrozenResponse.failed(code: "c", message: "m")) == #"{"failed":{"code":"c","message":"m"}}"#)
    }

    @Test(arguments: [
        #"{"request":{"hello":{}},"version":1}"#,
        #"{"request":{"hello":{"features":["containers","telepathy"],"mood":1}},"version":1}"#,
        #"{"version":99,"request":{"hello":{"features":"all"}}}"#,
    ])
    func helloIsAnsweredWhateverElseItSays(text: String) throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            let answer = try fixture.ask(text)
            let common = text.contains("telepathy") ? #"["containers"]"# : #"["containers","namespaces","ports"]"#
            #expect(answer == #"{"hello":{"features":\#(common),"pid":\#(client.pid),"release":"1.2.3"}}"#)
        }
    }

    @Test func aShutdownOfAnyVersionIsObeyed() throws {
        try Fixture.with { fixture in
            let client = try fixture.connect()
            try fixture.start(client, fixture.request("a", "exec sleep 100"))
            let refusal = try fixture.ask(#"{"version":99,"request":{"shutdown":{"isForced":false,"why":"x"}}}"#)
            #expect(refusal.hasPrefix(#"{"failed":{"code":"stillRunning","message":""#))
            #expect(try fixture.ask(#"{"version":99,"request":{"shutdown":{"isForced":true}}}"#) == #"{"done":{}}"#)
            let process = try? ProcessDescriptor(pid: client.pid)
            #expect(try process?.waitForEnd(milliseconds: 5000) != false)
        }
    }

    @Test func whatASupervisorLacksIsSaidWithTheRemedy() throws {
        try Fixture.with { fixture in
            let client = try fixture.connectRecorded("frozen-only")
            #expect(client.release == "9.1.0" && client.features == [Feature(rawValue: "telepathy")])
            let error = #expect(throws: SupervisorError.self) { try client.status() }
            #expect(error?.code == .unsupported)
            #expect(
                error?.message == "The supervisor of this environment was started by Trice 9.1.0 and does not know "
                    + "`containers`. Run `trice up`: it replaces the supervisor, and the containers run on.")
            try client.shutdown(isForced: true)
        }
    }

    @Test func aForeignAnswerToHelloIsSaidWithTheRemedy() throws {
        try Fixture.with { fixture in
            let error = #expect(throws: SupervisorError.self) { try fixture.connectRecorded("foreign") }
            #expect(error?.code == .versionMismatch)
            #expect(error?.message.contains("`trice down`") == true)
        }
    }

    @Test func aSupervisorThatLacksAFeatureIsReplaced() throws {
        try Fixture.with { fixture in
            let old = try fixture.connectRecorded("frozen-only")
            try SupervisorClient.replace(
                bySupervisor: try fixture.command, runDirectory: fixture.run, lacking: [.containers, .ports])
            let new = try fixture.connect()
            #expect(new.pid != old.pid && new.release == "1.2.3")
            #expect(try new.status() == [])
            // One that has the features stays.
            try SupervisorClient.replace(
                bySupervisor: try fixture.command, runDirectory: fixture.run, lacking: Feature.current)
            #expect(try fixture.connect().pid == new.pid)
        }
    }

    @Test func containersRunOnWhenTheirSupervisorIsReplaced() throws {
        try Fixture.with { fixture in
            let old = try fixture.connect()
            let pid = try fixture.start(
                old, fixture.request("a", "trap 'exit 4' TERM; echo up; while true; do sleep 0.02; done"))
            #expect(try eventually { try fixture.log("a") == "up\n" })
            let error = #expect(throws: SupervisorError.self) {
                try SupervisorClient.replace(
                    bySupervisor: try fixture.command, runDirectory: fixture.run,
                    lacking: [Feature(rawValue: "telepathy")])
            }
            #expect(error?.code == .unsupported, "the next one lacks it too")
            let new = try fixture.connect()
            #expect(new.pid != old.pid)
            #expect(try new.status().map(\.pid) == [pid])
            #expect(try new.stop([StopOrder(name: "a")]).map(\.code) == [4])
        }
    }

    @Test func anEnvironmentOfAnyReleaseComesToItsEnd() throws {
        try Fixture.with { fixture in
            _ = try fixture.connectRecorded("frozen-only")
            let lock = try SupervisorClient.end(runDirectory: fixture.run)
            let isHeld = lock != nil
            #expect(isHeld)
            withExtendedLifetime(lock) {}
            #expect(try SupervisorClient.connect(runDirectory: fixture.run) == nil)
        }
    }
}

extension Fixture {
    static func recording(_ name: String) throws -> String {
        try #require(try Files.text(recordingPath(name)))
    }

    private static func recordingPath(_ name: String) -> FilePath {
        FilePath(#filePath).removingLastComponent().appending("Recorded/\(name).txt")
    }

    /// Starts a supervisor of another release and connects to it.
    func connectRecorded(_ name: String) throws -> SupervisorClient {
        let arguments = [run.string, "--recorded", Self.recordingPath(name).string]
        let child = try ChildProcess.start(ChildProcess.Command(try command[0], arguments))
        addSupervisor(child.pid)
        // The socket is there a moment before it listens.
        var client: SupervisorClient?
        _ = try eventually {
            client = try SupervisorClient.connect(runDirectory: run)
            return client != nil
        }
        return try #require(client)
    }

    /// Sends a message as it is and returns the answer.
    func ask(_ text: String) throws -> String {
        let socket = try MessageSocket.connect(to: run.appending("supervisor.sock"))
        try socket.send(Array(text.utf8))
        return String(decoding: try #require(try receivedBytes(socket)), as: UTF8.self)
    }

    private func receivedBytes(_ socket: borrowing MessageSocket) throws -> [UInt8]? {
        try socket.receive()?.bytes
    }
}
