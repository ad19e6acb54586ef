import Foundation
import Glibc
import TestSupport

/// What it costs to look after containers: checks, restarts, figures, and many services.
final class Supervising {
    private let fixture: Fixture
    private let many: Project
    private let crash: Project
    private let floor: Floor

    static let manyCount = 50
    private static let pause = Duration.milliseconds(100)
    static let checkedSeconds = 10
    /// Checks of one service as fast as they go, for this long.
    private static let checking = Duration.seconds(2)

    private var memory = Samples()
    private var cpu = Samples()
    private var statistics = Samples()
    private var restart = Samples()
    private var bareStart = Samples()
    private var check = Samples()
    private var bareExec = Samples()
    private var ten = Samples()
    private var hundred = Samples()

    init(fixture: Fixture) throws {
        self.fixture = fixture
        try Contestant.mountRunDirectory(of: fixture)
        let base = "image: \"bootstrap:busybox\", command: sleep 100000, stop_grace_period: 0s"
        let checks = "healthcheck: {test: [CMD, \"true\"], interval: 1s, timeout: 30s}"
        let many = try fixture.project(
            "name: \(fixture.id)many\nservices:\n"
                + (0..<Self.manyCount).map { "  s\($0): {\(base), \(checks)}\n" }.joined(), named: "\(fixture.id)-many")
        let crash = try fixture.project(
            "name: \(fixture.id)crash\nservices:\n"
                + "  crash: {\(base), deploy: {restart_policy: {condition: any, delay: 100ms}}}\n"
                + "  checked: {\(base), volumes: [\"./shared:/shared\"],\n"
                + "    healthcheck: {test: [CMD, sh, -c, \"echo >>/shared/checks\"], interval: 1ms, timeout: 30s}}\n",
            named: "\(fixture.id)-crash")
        try crash.write("shared/checks", "")
        try measure(crash.command(["up"]))
        let status = try crash.status()
        guard let process = status.services.first?.pid else { throw TestError("`trice up` started nothing") }
        let own = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        let usesCgroups = try String(contentsOfFile: "/proc/\(process)/cgroup", encoding: .utf8) != own
        try measure(crash.command(["down"]))
        floor = try Floor(fixture: fixture, usesCgroups: usesCgroups, count: 1)
        self.many = many
        self.crash = crash
    }

    func round() throws {
        try roundOfMany()
        try roundOfCrashes()
        ten.add(try upTime(10))
        hundred.add(try upTime(100))
    }

    private func upTime(_ count: Int) throws -> Duration {
        let services = (0..<count).map {
            "  s\($0): {image: \"bootstrap:busybox\", command: sleep 100000, stop_grace_period: 0s}\n"
        }.joined()
        let project = try fixture.project(
            "name: \(fixture.id)up\(count)\nservices:\n\(services)", named: "\(fixture.id)-up\(count)")
        let time = try measure(project.command(["up"]))
        try measure(project.command(["down"]))
        return time
    }

    private func roundOfMany() throws {
        try measure(many.command(["up"]))
        guard let supervisor = try many.status().supervisor?.pid else { throw TestError("no supervisor lives") }
        for _ in 0..<3 { statistics.add(try measure(many.command(["stats", "--no-stream"]))) }
        let before = try Self.processorTime(of: supervisor)
        sleep(UInt32(Self.checkedSeconds))
        // A thousandth of a core is a millisecond a second.
        cpu.add((try Self.processorTime(of: supervisor) - before) / Self.checkedSeconds)
        memory.add(megabytes: try Contestant.residentKilobytes(of: supervisor) / 1024)
        try measure(many.command(["down"]))
    }

    private func roundOfCrashes() throws {
        try measure(crash.command(["up"]))
        let environment = try crash.status().environment
        let directory = "\(fixture.runDirectory)/environments/\(environment)/containers"
        for _ in 0..<5 {
            restart.add(try restartTime("\(directory)/crash-1/pid"))
            bareStart.add(try floor.start())
            // The next crash is one of a container that runs.
            usleep(50_000)
        }
        let (checks, time) = try checkCount()
        check.add(time / max(1, checks) - .milliseconds(1))
        try bareChecks(environment)
        try measure(crash.command(["down"]))
    }

    /// From the kill until the runtime has written the next process, without the pause.
    private func restartTime(_ file: String) throws -> Duration {
        let old = try String(contentsOfFile: file, encoding: .utf8)
        guard let process = Int32(old.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw TestError("\(file) holds \(old.debugDescription)")
        }
        let start = ContinuousClock.now
        kill(process, SIGKILL)
        while ContinuousClock.now - start < .seconds(10) {
            // It is removed and made again meanwhile.
            let new = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            if !new.isEmpty, new != old { return ContinuousClock.now - start - Self.pause }
            usleep(200)
        }
        throw TestError("the container was not started again")
    }

    /// How many checks have written their line in a time.
    private func checkCount() throws -> (Int, Duration) {
        func count() throws -> Int { try crash.read("shared/checks").utf8.count }
        let start = ContinuousClock.now
        let before = try count()
        usleep(UInt32(Self.checking / .microseconds(1)))
        return (try count() - before, ContinuousClock.now - start)
    }

    /// The same by the runtime's own `exec`, with as little as possible around it.
    private func bareChecks(_ environment: String) throws {
        let runtime = Command(
            "crun",
            ["--root", "\(fixture.runDirectory)/runtimes/crun"]
                + (floor.usesCgroups ? [] : ["--cgroup-manager", "disabled"])
                + ["exec", "\(environment)-checked-1", "sh", "-c", "echo >>/shared/bare"])
        let start = ContinuousClock.now
        var count = 0
        while ContinuousClock.now - start < Self.checking {
            try measure(runtime)
            count += 1
        }
        bareExec.add((ContinuousClock.now - start) / max(1, count))
    }

    /// User and system time of a process, without its children's; proc_pid_stat(5).
    private static func processorTime(of process: Int32) throws -> Duration {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 14, let user = Int(fields[12]), let system = Int(fields[13]) else {
            throw TestError("the supervisor \(process) has no times")
        }
        return .seconds(user + system) / sysconf(Int32(_SC_CLK_TCK))
    }

    var rows: [Row] {
        [
            Row(name: "a health check : crun exec", samples: check, bar: .ratio(1.3, to: bareExec)),
            Row(name: "a restart : crun run", samples: restart, bar: .ratio(1.3, to: bareStart)),
            // 10 % of a core.
            Row(name: "\(Self.manyCount) checks a second, per second", samples: cpu, bar: .milliseconds(100)),
            Row(name: "supervisor's memory, \(Self.manyCount) services", samples: memory, bar: .megabytes(40)),
            Row(name: "stats --no-stream, \(Self.manyCount) services", samples: statistics, bar: .milliseconds(30)),
            // Linear, and a tenth for what drifts.
            Row(name: "up, 100 services : 10", samples: hundred, bar: .ratio(11, to: ten)),
        ]
    }
}
