import Foundation
import TestSupport

/// Trice with ten services.
final class Contestant {
    private let fixture: Fixture
    private let project: Project

    private(set) var up = Samples()
    private(set) var upAgain = Samples()
    private(set) var status = Samples()
    private(set) var ssh = Samples()
    /// The bare runtime's `exec` in the same container, in turns with `ssh`.
    private(set) var exec = Samples()
    private(set) var down = Samples()
    private(set) var memory = Samples()

    /// Whether its containers have cgroups of their own on this host.
    private(set) var usesCgroups = false

    init(fixture: Fixture) throws {
        self.fixture = fixture
        try Self.mountRunDirectory(of: fixture)
        project = try fixture.project(Self.envfile(name: fixture.id))
        // The first `up` fills the store and every cache.
        try measure(command("up"))
        let services = try project.status().services
        guard let process = services.first?.pid else { throw TestError("`trice up` started nothing") }
        let own = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        usesCgroups = try String(contentsOfFile: "/proc/\(process)/cgroup", encoding: .utf8) != own
        try measure(command("down"))
    }

    /// The ten services, as an Envfile and as the Compose file for others.
    static func envfile(name: String, image: String = "bootstrap:busybox") throws -> String {
        var ports: Set<UInt16> = []
        var text = "name: \(name)\nservices:\n"
        for number in 0..<serviceCount {
            let port = try Fixture.freePort(avoiding: ports)
            ports.insert(port)
            text += """
                  s\(number):
                    image: \(image)
                    command: sleep 100000
                    ports:
                      - "\(port):80"

                """
        }
        return text
    }

    private func command(_ arguments: String...) throws -> Command { try project.command(arguments) }

    /// Hosts with systemd have /run in memory; a machine without gets the same for the run directory.
    static func mountRunDirectory(of fixture: Fixture) throws {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        // Another part of the run has done it.
        if mounts.contains(" \(fixture.runDirectory) ") { return }
        try measure(Command("mkdir", ["-p", fixture.runDirectory]))
        try measure(Command("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", fixture.runDirectory]))
    }

    func round(repeats: Int) throws {
        up.add(try measure(command("up")))
        let report = try project.status()
        guard report.running.count == serviceCount else {
            throw TestError("after `trice up` only \(report.running) run")
        }
        for _ in 0..<repeats {
            upAgain.add(try measure(command("up")))
            status.add(try measure(command("status")))
        }
        try compareEntering(in: report.environment, pairs: 2 * repeats)
        if let supervisor = report.supervisor {
            memory.add(megabytes: try Self.residentKilobytes(of: supervisor.pid) / 1024)
        }
        down.add(try measure(command("down")))
    }

    /// `ssh` and the runtime's own `exec`, back to back and each as often first as second: joining a cgroup costs a grace
    /// period of the kernel after a pause and next to nothing right after another, so both must come at the same pace.
    private func compareEntering(in environment: String, pairs: Int) throws {
        let runtime = Command(
            "crun",
            ["--root", "\(fixture.runDirectory)/runtimes/crun"] + (usesCgroups ? [] : ["--cgroup-manager", "disabled"])
                + ["exec", "\(environment)-s0-1", "true"])
        try measure(runtime)
        for pair in 0..<pairs {
            if pair.isMultiple(of: 2) { exec.add(try measure(runtime)) }
            ssh.add(try measure(command("ssh", "s0", "--", "true")))
            if !pair.isMultiple(of: 2) { exec.add(try measure(runtime)) }
        }
    }

    /// `VmRSS` of proc_pid_status(5).
    static func residentKilobytes(of process: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
            let kilobytes = Double(number)
        else { throw TestError("the supervisor \(process) has no VmRSS") }
        return kilobytes
    }
}
