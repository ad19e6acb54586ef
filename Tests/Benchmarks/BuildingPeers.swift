import Foundation
import TestSupport

/// Somebody who builds images from Dockerfiles and keeps what was done, in a directory of its own.
struct ImageBuilder {
    var name: String
    /// Makes the base known, in an empty directory.
    var prepare: (_ directory: String) throws -> Void
    /// What builds a context, with the sample's number as an argument.
    var command: (_ directory: String, _ context: String, _ sample: String) throws -> Command

    static func trice(_ project: Project, base: BuildingBase) -> ImageBuilder {
        func command(_ directory: String, _ arguments: [String]) throws -> Command {
            try project.command(arguments, environment: ["TRICE_STATE_DIRECTORY": "\(directory)/state"])
        }
        return ImageBuilder(name: "trice") { directory in
            try measure(command(directory, ["image", "load", "--progress", "quiet", "--input", base.archive]))
        } command: { directory, context, sample in
            try command(
                directory,
                ["build", "--progress", "quiet"] + arguments(base, context, sample, name: "localhost/bench/app:latest"))
        }
    }

    /// The others that work on this machine, and a line for each that does not.
    static func others(fixture: Fixture, base: BuildingBase) -> (builders: [ImageBuilder], remarks: [String]) {
        var builders: [ImageBuilder] = []
        var remarks: [String] = []
        let candidates: [(program: String, probe: [String], builder: () throws -> ImageBuilder)] = [
            ("buildah", ["--version"], { buildah(base) }), ("docker", ["info"], { try docker(fixture, base) }),
        ]
        for candidate in candidates {
            guard Requirement.find(candidate.program) != nil else {
                remarks.append("\(candidate.program) build: not installed")
                continue
            }
            do {
                try measure(Command(candidate.program, candidate.probe))
                builders.append(try candidate.builder())
            } catch {
                let reason = "\(error)".split(separator: "\n").last.map(String.init) ?? ""
                remarks.append("\(candidate.program) build: installed, but it does not work here (\(reason))")
            }
        }
        return (builders, remarks)
    }

    private static func arguments(
        _ base: BuildingBase, _ context: String, _ sample: String, name: String
    ) -> [String] {
        ["--build-arg", "BASE=\(base.name)", "--build-arg", "SAMPLE=\(sample)", "-t", name, context]
    }

    private static func buildah(_ base: BuildingBase) -> ImageBuilder {
        func command(_ directory: String, _ arguments: [String]) -> Command {
            Command(
                "buildah",
                ["--root", "\(directory)/root", "--runroot", "\(directory)/run", "--storage-driver", "overlay"]
                    + arguments,
                environment: ProcessInfo.processInfo.environment.merging(["TMPDIR": directory]) { $1 })
        }
        return ImageBuilder(name: "buildah build --layers") { directory in
            try measure(command(directory, ["pull", "--quiet", "docker-archive:\(base.archive)"]))
        } command: { directory, context, sample in
            command(
                directory,
                ["build", "--layers", "--quiet", "--pull-never"]
                    + arguments(base, context, sample, name: "localhost/bench/app:latest"))
        }
    }

    /// In the engine's own directory, wherever that is. Its cache cannot be emptied without taking everybody's: what makes
    /// a sample new is its number, which all steps depend on, and the path of its context.
    private static func docker(_ fixture: Fixture, _ base: BuildingBase) throws -> ImageBuilder {
        let environment = ProcessInfo.processInfo.environment.merging(["DOCKER_BUILDKIT": "1"]) { $1 }
        let name = "localhost/\(fixture.id)/app:latest"
        try measure(Command("docker", ["load", "--quiet", "--input", base.archive]))
        fixture.onCleanUp { _ = try Command("docker", ["image", "rm", "--force", name, base.name]).run() }
        let probe = "\(fixture.directory)/docker-probe"
        try FileManager.default.createDirectory(atPath: probe, withIntermediateDirectories: true)
        try Data("FROM \(base.name)\nRUN true\n".utf8).write(to: URL(filePath: "\(probe)/Dockerfile"))
        try measure(Command("docker", ["build", "--quiet", probe], environment: environment))
        return ImageBuilder(name: "docker build (BuildKit)") { _ in
        } command: { _, context, sample in
            Command(
                "docker", ["build", "--quiet"] + arguments(base, context, "\(fixture.id)-\(sample)", name: name),
                environment: environment)
        }
    }
}

/// What the images start from: Debian's smallest system, as an archive that all builders read.
///
/// It is made by mmdebstrap and umoci, and kept in the directory that `TRICE_BENCH_IMAGES` names, if it is set.
struct BuildingBase {
    let archive: String
    let name = "localhost/bench/debian:1"

    /// Another name for another recipe.
    private static let recipe = "debian-minbase-1.tar"

    init(fixture: Fixture) throws {
        let environment = ProcessInfo.processInfo.environment
        let directory =
            environment["TRICE_BENCH_IMAGES"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(fixture.directory)/images"
        archive = "\(directory)/\(Self.recipe)"
        if FileManager.default.fileExists(atPath: archive) { return }
        let script = """
            umask 022
            mkdir -p making \(directory)
            cd making
            mmdebstrap --quiet --variant=minbase bookworm root.tar
            umoci init --layout layout
            umoci new --image layout:base
            umoci raw add-layer --image layout:base root.tar
            skopeo copy --quiet oci:layout:base docker-archive:base.tar:\(name)
            mv base.tar \(archive).\(fixture.id)
            mv -T \(archive).\(fixture.id) \(archive)
            cd ..
            rm -r making
            """
        try measure(Command("sh", ["-ec", script], directory: fixture.directory))
    }
}
