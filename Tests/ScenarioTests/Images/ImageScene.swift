import Foundation
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// What the tests with a registry need beside `.scenario`.
    static var registry: Self {
        .enabled("needs docker-registry, skopeo, umoci, htpasswd, openssl and python3") {
            try Requirement.met(.registry, .skopeo, .umoci, .htpasswd, .openssl, .python3)
        }
    }
}

/// A fixture with a registry and a project, and what the tests of images do with them again and again.
struct ImageScene: Sendable {
    let fixture: Fixture
    let registry: RegistryServer
    let project: Project

    init(_ fixture: Fixture, _ options: RegistryServer.Options = RegistryServer.Options()) throws {
        self.fixture = fixture
        registry = try RegistryServer(fixture, options)
        project = try fixture.emptyProject(named: fixture.id)
    }

    /// The name of an image in the registry.
    func name(_ short: String) -> String { "\(registry.address)/\(short)" }

    /// The image layout that the store is.
    var content: String { "\(fixture.stateDirectory)/content" }

    /// Puts an image into the registry.
    /// - Returns: The digest of its manifest or index.
    @discardableResult
    func publish(_ image: SampleImage, as short: String) throws -> String {
        let layout = "\(fixture.directory)/layouts/\(short.replacing(":", with: "-").replacing("/", with: "-"))"
        try? FileManager.default.removeItem(atPath: layout)  // of an earlier image with the same name
        let digest = try image.write(toLayout: layout)
        try registry.copy("oci:\(layout):image", to: short)
        return digest
    }

    /// Writes an Envfile with one service `web` that goes on until it is stopped.
    func writeEnvfile(image: String, _ lines: String..., file: String = "Envfile") throws {
        let service = ["image: \(image)", "command: sleep 1000", "stop_grace_period: 0s"] + lines
        try project.write(
            file, "name: \(fixture.id)\nservices:\n  web:\n" + service.map { "    \($0)\n" }.joined())
    }

    /// Writes the settings of registries that Trice reads in this fixture.
    func writeSettings(_ registries: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(fixture.directory)/.config/trice", withIntermediateDirectories: true)
        try Data("{\"registries\": \(registries)}".utf8)
            .write(to: URL(filePath: "\(fixture.directory)/.config/trice/settings.json"))
    }

    /// What the running container of `web` has in `/flavour`.
    func flavour() throws -> String {
        try project.expectSuccess("exec", "web", "--", "cat", "/flavour").trimmingCharacters(in: .newlines)
    }

    /// The output of a command with `--json`, decoded.
    func json(_ arguments: String...) throws -> JSONValue {
        let output = try project.command(arguments).run()
        guard output.succeeded else { throw TestError(output.description) }
        return try JSONValue(text: output.standardOutput.utf8)
    }

    /// The names that `trice image ls` shows.
    func names() throws -> [String] {
        try (json("image", "ls", "--json").array ?? []).compactMap { $0.object?["name"]?.string }
    }

    /// The variables of a machine where nothing is there yet.
    func elsewhere(_ name: String) -> [String: String] {
        [
            "TRICE_STATE_DIRECTORY": "\(fixture.directory)/\(name)/state",
            "TRICE_RUN_DIRECTORY": "\(fixture.directory)/\(name)/run",
        ]
    }
}

/// Runs a test with a registry and cleans up after it in any case.
func withImages(_ body: (ImageScene) async throws -> Void) async throws {
    try await withFixture { fixture in try await body(ImageScene(fixture)) }
}

// MARK: - What must always be so

extension ImageScene {
    /// Makes sure that the store is an image layout that other tools can read: every blob is what its name says, every
    /// name leads to documents that are there.
    ///
    /// - Parameters:
    ///   - state: the state directory, the fixture's own by default.
    ///   - unpacking: a name in the layout whose layers umoci must be able to unpack.
    func expectValidStore(
        state: String? = nil, unpacking name: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let content = (state ?? fixture.stateDirectory) + "/content"
        let sums = try Command("sh", ["-c", "cd blobs/sha256 && ls | xargs -r sha256sum"], directory: content).run()
        for line in sums.standardOutput.split(separator: "\n") {
            let words = line.split(separator: " ")
            #expect(words.first == words.last, "\(line)", sourceLocation: sourceLocation)
        }
        let listed = try Command("umoci", ["ls", "--layout", content]).run()
        #expect(listed.succeeded, "\(listed.description)", sourceLocation: sourceLocation)
        for name in listed.standardOutput.split(separator: "\n") {
            let output = try Command("skopeo", ["inspect", "oci:\(content):\(name)"], environment: fixture.environment)
                .run()
            #expect(output.succeeded, "\(output.description)", sourceLocation: sourceLocation)
        }
        guard let name else { return }
        let bundle = "\(fixture.directory)/bundle-\(UInt32.random(in: 0...UInt32.max))"
        let unpack = try Command("umoci", ["unpack", "--image", "\(content):\(name)", bundle]).run()
        #expect(unpack.succeeded, "\(unpack.description)", sourceLocation: sourceLocation)
    }

    /// Makes sure that nobody left unfinished work in the store. The empty files of locks that a killed
    /// process had stay for the next one.
    func expectNothingUnfinished(state: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let state = state ?? fixture.stateDirectory
        for directory in ["\(state)/content/ingest", "\(state)/layers/ingest"] {
            // A directory that is not there has nothing in it.
            let left = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
                $0 != "gate" && !$0.hasSuffix(".lock")
            }
            #expect(left == [], "\(directory)", sourceLocation: sourceLocation)
        }
    }

    /// The digests of the blobs in the store, without their algorithm.
    func blobs() throws -> Set<String> {
        let directory = "\(content)/blobs/sha256"
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        return Set(try FileManager.default.contentsOfDirectory(atPath: directory))
    }
}

/// Makes sure that a command failed with one error that says all of the texts.
func expectOneError(
    _ output: Command.Output, code: Int32 = 1, saying texts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(output.exit == .code(code), "\(output.description)", sourceLocation: sourceLocation)
    let errors = output.standardError.split(separator: "\n").filter { $0.hasPrefix("trice: ") }
    #expect(errors.count == 1, "\(output.description)", sourceLocation: sourceLocation)
    for text in texts {
        #expect(
            errors.joined().contains(text), "`\(text)` is missing: \(output.description)",
            sourceLocation: sourceLocation)
    }
}
