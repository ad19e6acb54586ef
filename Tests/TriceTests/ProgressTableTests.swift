import Execution
import Testing
import Workspaces

import struct Vocabulary.OperationID

@testable import trice

@Suite(.timeLimit(.minutes(1))) struct ProgressTableTests {
    private static let start = ContinuousClock.now

    /// A table, and the lines of it as they are without colours.
    private struct Screen {
        var table = ProgressTable(at: start)
        private var numbers: [String: Int] = [:]

        mutating func send(
            _ resource: String, _ action: String, _ phase: Event.Phase, of subject: Event.Subject = .resource,
            after milliseconds: Int = 0
        ) {
            let number = numbers["\(resource) \(action)", default: numbers.count + 1]
            numbers["\(resource) \(action)"] = number
            _ = table.receive(
                Event(
                    operation: OperationID(.plan, number), resource: resource, action: action, subject: subject,
                    phase: phase, elapsed: .zero, completed: 1, total: 4),
                at: start + .milliseconds(milliseconds))
        }

        func lines(after milliseconds: Int = 0, height: Int = 24) -> [String] {
            table.lines(
                at: start + .milliseconds(milliseconds), spin: 0, style: Style(isOn: false), width: 80, height: height)
        }

        var final: [String] { table.finalLines(at: start + .seconds(1), style: Style(isOn: false), width: 80) }
    }

    @Test func aServiceIsOneRow() {
        var screen = Screen()
        for action in ["create", "start"] {
            screen.send("container web-1", action, .started, of: .service("web"))
            if action == "start" {
                screen.send("container web-1", action, .address("http://localhost:8080"), of: .service("web"))
            }
            #expect(
                screen.lines()[1].hasPrefix(
                    action == "create"
                        ? " ⠋ web          creating " : " ⠋ web          created → starting  http://localhost:8080"
                ), "\(screen.lines())")
            screen.send("container web-1", action, .finished, of: .service("web"), after: 20)
        }
        screen.send("container web-1", "wait for", .started, of: .service("web"), after: 20)
        #expect(screen.lines(after: 30)[1].contains("created → started → waiting  http://localhost:8080 "))
        screen.send("container web-1", "wait for", .reached("healthy"), of: .service("web"), after: 500)
        screen.send("container web-1", "wait for", .finished, of: .service("web"), after: 500)
        #expect(screen.final.count == 1)
        #expect(
            screen.final[0].hasPrefix(" ✔ web          created → started → healthy  http://localhost:8080 "),
            "\(screen.final)")
        #expect(screen.final[0].hasSuffix("500 ms"))
        #expect(screen.lines()[0].hasPrefix("trice 1/4 "))
    }

    @Test(arguments: [
        ("network default", "create", "created"), ("volume data", "remove", "removed"),
        ("image bootstrap:busybox", "ensure", "ready"), ("step schema of web-1", "run", "done"),
        ("names", "apply", "apply"),
    ]) func whatHasBeenDoneIsSaidSo(resource: String, action: String, done: String) {
        var screen = Screen()
        screen.send(resource, action, .started)
        #expect(screen.lines()[1].split(separator: " ").contains(Substring(action)), "\(screen.lines())")
        screen.send(resource, action, .finished, after: 20)
        #expect(screen.final[0].split(separator: " ").contains(Substring(done)), "\(screen.final)")
    }

    @Test func ofSeveralContainersItSaysHowMany() {
        var screen = Screen()
        for number in 1...3 { screen.send("container web-\(number)", "start", .started, of: .service("web")) }
        for number in 1...2 { screen.send("container web-\(number)", "start", .finished, of: .service("web")) }
        #expect(screen.lines()[1].contains("started 2 of 3 → starting"), "\(screen.lines())")
        screen.send("container web-3", "start", .finished, of: .service("web"))
        #expect(screen.lines()[1].hasPrefix(" ✔ web          started  "), "\(screen.lines())")
    }

    @Test func aRecreateForgetsWhatWasRemoved() {
        var screen = Screen()
        for action in ["stop", "remove", "create", "start"] {
            screen.send("container web-1", action, .started, of: .service("web"))
            screen.send("container web-1", action, .finished, of: .service("web"))
        }
        #expect(screen.final[0].contains(" removed → created → started "), "\(screen.final)")
    }

    @Test func aFailureStaysWithItsReason() {
        var screen = Screen()
        screen.send("container db-1", "start", .started, of: .service("db"))
        screen.send("container db-1", "start", .failed("no such\u{1B}[2Jprogram"), of: .service("db"))
        #expect(screen.final[0].hasPrefix(" ✘ db           no such"), "\(screen.final)")
        #expect(!screen.final[0].contains("\u{1B}"))
    }

    @Test func whatWasInterruptedIsNotFinished() {
        var screen = Screen()
        screen.send("container db-1", "stop", .started, of: .service("db"))
        screen.send("volume data", "remove", .started)
        #expect(screen.final.map { $0.prefix(2) } == [" ■", " ■"])
        #expect(screen.final.allSatisfy { $0.contains("not finished") }, "\(screen.final)")
    }

    /// The packet filter and its like are shown when they take long, fail or were interrupted, and else not.
    @Test func housekeepingIsShownWhereItMatters() {
        var screen = Screen()
        screen.send("network default", "create", .started)
        screen.send("network default", "create", .finished)
        screen.send("firewall", "apply", .started, of: .environment)
        #expect(screen.lines(after: 10).count == 2)
        #expect(screen.lines(after: 400).count == 3)
        screen.send("firewall", "apply", .finished, of: .environment, after: 410)
        #expect(screen.lines(after: 420).count == 2)
        #expect(screen.final.count == 1)
        screen.send("names", "apply", .started, of: .environment)
        screen.send("names", "apply", .failed("disk full"), of: .environment)
        #expect(screen.lines().last?.contains("disk full") == true)
        #expect(screen.final.count == 2)
    }

    @Test func theNewestRowsAreShownWhereNotAllFit() {
        var screen = Screen()
        for number in 1...40 {
            screen.send("container s\(number)-1", "create", .started, of: .service("s\(number)"))
        }
        let lines = screen.lines(height: 10)
        #expect(lines.count == 8)
        #expect(lines.last?.contains("s40 ") == true)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }
}
