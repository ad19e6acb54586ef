import Foundation
import TestSupport

/// Another engine with the same ten services, for comparison: shown, not judged.
struct Other {
    var name: String
    var up: Samples
    var exec: Samples
    var down: Samples

    /// Measures Docker Compose and Podman where they work.
    /// - Returns: What could be measured, and a line for each that could not.
    static func measureAll(fixture: Fixture, rounds: Int) -> (results: [Other], remarks: [String]) {
        var results: [Other] = []
        var remarks: [String] = []
        let engines: [(name: String, probe: [String], run: (Fixture, Int) throws -> Other)] = [
            ("docker compose", ["docker", "compose", "version"], compose), ("podman", ["podman", "info"], podman),
        ]
        for engine in engines {
            guard Requirement.find(engine.probe[0]) != nil else {
                remarks.append("\(engine.name): not installed")
                continue
            }
            do {
                if engine.probe[0] == "docker" { try measure(Command("docker", ["info"])) }
                try measure(Command(engine.probe[0], Array(engine.probe.dropFirst())))
                results.append(try engine.run(fixture, rounds))
            } catch {
                let reason = "\(error)".split(separator: "\n").last.map(String.init) ?? ""
                remarks.append("\(engine.name): installed, but it does not work here (\(reason))")
            }
        }
        return (results, remarks)
    }

    /// Imports the host's busybox as an image, as `bootstrap:busybox` is made.
    private static func importImage(_ fixture: Fixture, with program: String) throws -> String {
        let image = "\(fixture.id)-busybox"
        let directory = "\(fixture.directory)/\(program)"
        let script = """
            mkdir -p \(directory)/root/bin
            cp "$(command -v busybox)" \(directory)/root/bin/busybox
            chroot \(directory)/root /bin/busybox --install -s /bin
            tar -C \(directory)/root -c . | \(program) import - \(image)
            """
        try measure(Command("sh", ["-ec", script]))
        fixture.onCleanUp { _ = try Command(program, ["rmi", "-f", image]).run() }
        return image
    }

    private static func compose(_ fixture: Fixture, rounds: Int) throws -> Other {
        let image = try importImage(fixture, with: "docker")
        let file = "\(fixture.directory)/docker/compose.yaml"
        try Data(Contestant.envfile(name: fixture.id, image: image).utf8).write(to: URL(filePath: file))
        @Sendable func docker(_ arguments: String...) -> Command {
            Command("docker", ["compose", "-f", file] + arguments)
        }
        fixture.onCleanUp { _ = try docker("down", "-t", "0").run() }
        var other = Other(name: "docker compose", up: Samples(), exec: Samples(), down: Samples())
        for _ in 0..<rounds {
            other.up.add(try measure(docker("up", "-d")))
            other.exec.add(try measure(docker("exec", "-T", "s0", "true")))
            other.down.add(try measure(docker("down", "-t", "0")))
        }
        return other
    }

    private static func podman(_ fixture: Fixture, rounds: Int) throws -> Other {
        let image = try importImage(fixture, with: "podman")
        let names = (0..<serviceCount).map { "\(fixture.id)-podman-\($0)" }
        var ports: Set<UInt16> = []
        let starts = try names.map { name in
            let port = try Fixture.freePort(avoiding: ports)
            ports.insert(port)
            return Command("podman", ["run", "-d", "--name", name, "-p", "\(port):80", image, "sleep", "100000"])
        }
        fixture.onCleanUp { _ = try Command("podman", ["rm", "-f", "-t", "0"] + names).run() }
        var other = Other(name: "podman", up: Samples(), exec: Samples(), down: Samples())
        for _ in 0..<rounds {
            other.up.add(try measureTwoAtATime(starts))
            other.exec.add(try measure(Command("podman", ["exec", names[0], "true"])))
            other.down.add(try measure(Command("podman", ["rm", "-f", "-t", "0"] + names)))
        }
        return other
    }
}
