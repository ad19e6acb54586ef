import Foundation
import TestSupport

/// Another program that brings an image from a registry and unpacks it.
struct Puller {
    var name: String
    /// Brings the image into the empty directory and tells how long that took.
    var pull: (_ reference: String, _ directory: String) throws -> Duration

    /// Those that work on this machine, and a line for each that does not.
    static func all(fixture: Fixture) -> (pullers: [Puller], remarks: [String]) {
        var pullers = [skopeoAndUmoci]
        var remarks: [String] = []
        let engines: [(program: String, probe: [String], puller: () throws -> Puller)] = [
            ("podman", ["--version"], { try podman(fixture) }), ("docker", ["info"], { docker }),
        ]
        for engine in engines {
            guard Requirement.find(engine.program) != nil else {
                remarks.append("\(engine.program) pull: not installed")
                continue
            }
            do {
                try measure(Command(engine.program, engine.probe))
                pullers.append(try engine.puller())
            } catch {
                let reason = "\(error)".split(separator: "\n").last.map(String.init) ?? ""
                remarks.append("\(engine.program) pull: installed, but it does not work here (\(reason))")
            }
        }
        return (pullers, remarks)
    }

    private static var skopeoAndUmoci: Puller {
        Puller(name: "skopeo + umoci") { reference, directory in
            let layout = "\(directory)/layout:image"
            let copy = ["copy", "--quiet", "--src-tls-verify=false", "docker://\(reference)", "oci:\(layout)"]
            return try measure(Command("skopeo", copy))
                + measure(Command("umoci", ["unpack", "--image", layout, "\(directory)/bundle"]))
        }
    }

    /// With its locks and events in the directory, too, which are in `/dev/shm` and `/run` otherwise.
    private static func podman(_ fixture: Fixture) throws -> Puller {
        let configuration = "\(fixture.directory)/containers.conf"
        return Puller(name: "podman pull") { reference, directory in
            let text = """
                [engine]
                events_logger = "none"
                lock_type = "file"
                tmp_dir = "\(directory)/tmp"

                """
            try Data(text.utf8).write(to: URL(filePath: configuration))
            let arguments = [
                "--root", "\(directory)/root", "--runroot", "\(directory)/run", "--storage-driver", "overlay",
                "pull", "--quiet", "--tls-verify=false", reference,
            ]
            let environment = ProcessInfo.processInfo.environment.merging(
                ["CONTAINERS_CONF": configuration, "TMPDIR": directory]) { $1 }
            return try measure(Command("podman", arguments, environment: environment))
        }
    }

    /// Into the engine's own directory, wherever that is.
    private static var docker: Puller {
        Puller(name: "docker pull") { reference, _ in
            let time = try measure(Command("docker", ["pull", "--quiet", reference]))
            try measure(Command("docker", ["rmi", "--force", reference]))
            return time
        }
    }
}
