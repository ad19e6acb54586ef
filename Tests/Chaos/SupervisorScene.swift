import Foundation
import Glibc
import TestSupport

/// An environment whose containers leave traces of what they do beside what the supervisor says of them: numbered lines,
/// crashes that are counted in a file, a check and an exit code that follow files.
final class SupervisorScene {
    let project: Project
    private let port: UInt16
    private var edition = 0
    /// The services that run all the time.
    private static let lasting = ["client", "counter", "crasher", "sick", "web"]

    init(_ fixture: Fixture) throws {
        port = try Fixture.freePort()
        project = try fixture.project("", named: fixture.id)
        try write()
        for file in ["well", "runs", "lines"] { try project.write("shared/\(file)", "") }
        try project.expectSuccess("up", "--no-wait")
    }

    /// The Envfile; each edition differs in a variable of one service.
    private func write() throws {
        func service(_ name: String, _ command: String, _ keys: String...) -> String {
            let lines = ["image: \"bootstrap:busybox\"", "command: \(command)", "stop_grace_period: 0s"] + keys
            return "  \(name):\n" + lines.map { "    \($0)\n" }.joined()
        }
        let shared = "volumes: [\"./shared:/shared\"]"
        let count = "[sh, -c, 'i=0; while :; do i=$$((i + 1)); echo \"line $$i\"; usleep 3000; done']"
        let crash =
            "[sh, -c, 'echo run >>/shared/runs; echo \"run $$(wc -l </shared/runs)\"; usleep 150000; exit 5']"
        let end = "[sh, -c, 'until test -s /shared/end; do usleep 10000; done; exit $$(cat /shared/end)']"
        try project.write(
            "Envfile",
            "name: \(project.name)\nservices:\n"
                + service("counter", count)
                + service("crasher", crash, shared, "deploy: {restart_policy: {condition: any, delay: 50ms}}")
                + service(
                    "sick", "sleep 100000", shared, "environment: {EDITION: \"\(edition)\"}",
                    "healthcheck: {test: [CMD, test, -f, /shared/well], interval: 100ms, retries: 1}")
                + service("ender", end, shared, "init: \(edition.isMultiple(of: 2))")
                + service("web", "httpd -f -p 80 -h /shared", shared, "ports: [\"\(port):80\"]")
                + service("client", "sleep 100000"))
    }

    /// Starts `up` with another edition, which makes two containers anew.
    func startUp() throws -> RunningCommand {
        edition += 1
        try write()
        return try project.command(["up", "--no-wait"]).start()
    }

    /// Lets the check succeed or fail.
    func setWell(_ isWell: Bool) throws {
        if isWell { return try project.write("shared/well", "") }
        let file = "\(project.directory)/shared/well"
        if access(file, F_OK) == 0, unlink(file) != 0 { throw TestError("cannot remove \(file)") }
    }

    /// Has `ender` end with a code.
    func end(with code: Int) throws { try project.write("shared/end", "\(code)") }

    /// Brings everything back to where rounds begin.
    func repair() throws -> [String] {
        try project.write("shared/end", "")
        try setWell(true)
        let up = try project.trice("up", "--no-wait", timeout: .seconds(60))
        return up.succeeded ? [] : ["`up` did not repair it: \(up.description)"]
    }
}

// MARK: - What must be true

extension SupervisorScene {
    /// What is known of `ender`, whether a supervisor lives or not.
    func faultsOfEnd(with code: Int) throws -> [String] {
        var last = ""
        let isKnown = try eventually {
            let ender = try project.status().service("ender")
            last = "\(ender.state) with code \(ender.exitCode.map { "\($0)" } ?? "unknown")"
            return ender.state == "exited" && ender.exitCode == Int32(code)
        }
        return isKnown ? [] : ["ender ended with code \(code), but it is \(last)"]
    }

    /// What a supervisor that lives must know and do.
    /// - Parameter counter: the process of the service that nothing may restart.
    func faults(isWell: Bool, counter: Int32?) throws -> [String] {
        var faults: [String] = []
        let wanted = isWell ? "healthy" : "unhealthy"
        if try !eventually({ try project.status().service("sick").health == wanted }) {
            let health = try project.status().service("sick").health ?? "without a check"
            faults.append("sick is \(health), and not \(wanted)")
        }
        if try !crasherIsBack() { faults.append("crasher is not started again") }
        let status = try project.status()
        let missing = Set(Self.lasting + ["ender"]).subtracting(status.services.map(\.service))
        if !missing.isEmpty { faults.append("`status` does not list \(missing.sorted())") }
        let ended = Self.lasting.filter { name in
            name != "crasher" && status.services.contains { $0.service == name && $0.state != "running" }
        }
        if !ended.isEmpty { faults.append("\(ended) do not run") }
        if let counter, try status.service("counter").pid != counter { faults.append("counter was restarted") }
        if try status.service("crasher").lastExit?.code != 5 { faults.append("crasher's last exit is not 5") }
        if !Response.eventually("/well", from: Endpoint("127.0.0.1", port), { $0.status == (isWell ? 200 : 404) }) {
            faults.append("the published port does not answer")
        }
        let exec = try project.trice("exec", "client", "--", "nslookup", "web", timeout: .seconds(20))
        if !exec.succeeded { faults.append("client does not know web: \(exec.description)") }
        return try faults + faultsOfLogs()
    }

    /// Whether the service that crashes is started again, as often as it does.
    func crasherIsBack() throws -> Bool {
        let runs = try lineCount("runs")
        return try eventually { try lineCount("runs") > runs + 1 }
    }

    /// Every line once and in order: of the counter, and of the runs that are in the file, too.
    private func faultsOfLogs() throws -> [String] {
        let counted = try log("counter")
        var faults: [String] = []
        if counted.isEmpty || counted != (1...max(1, counted.count)).map({ "line \($0)" }) {
            faults.append("the log of counter has gaps: \(Self.firstGap(in: counted, "line"))")
        }
        // The last run may have been counted and not yet have written its line.
        let runs = try lineCount("runs")
        let told = try log("crasher")
        if told.count < runs - 1 || told != (1...max(1, told.count)).map({ "run \($0)" }) {
            faults.append("crasher ran \(runs) times, and its log has \(told.count): \(Self.firstGap(in: told, "run"))")
        }
        return faults
    }

    private static func firstGap(in lines: [String], _ word: String) -> String {
        for (number, line) in lines.enumerated() where line != "\(word) \(number + 1)" {
            return "line \(number + 1) is `\(line)`"
        }
        return "none"
    }

    private func log(_ service: String) throws -> [String] {
        try project.expectSuccess("logs", "--no-log-prefix", service).split(separator: "\n").map(String.init)
    }

    private func lineCount(_ file: String) throws -> Int {
        try project.read("shared/\(file)").count { $0 == "\n" }
    }
}
