import Foundation
import TestSupport
import Testing

/// A project to be shared, and another machine: the same host with another state directory.
struct SharingScene {
    let fixture: Fixture
    let project: Project
    let port: UInt16
    /// What nobody else may get.
    static let secrets = ["hidden-in-a-file", "hidden-in-a-variable", "hidden-by-its-name"]

    init(_ fixture: Fixture) throws {
        self.fixture = fixture
        port = try Fixture.freePort()
        project = try fixture.project(Self.envfile(fixture.id, port: port))
        try project.write("web/Dockerfile", "FROM bootstrap:busybox\nCOPY built.txt /built.txt\n")
        try project.write("web/built.txt", "built-here\n")
        try project.write("web.conf", "from-the-project\n")
        try project.write("login.txt", Self.secrets[0])
        try project.write("app.env", "TOKEN=\(Self.secrets[1])\n")
        try project.write("conf/server.key", Self.secrets[2])
        fixture.onCleanUp { [self] in
            // It may not be up, or not there.
            _ = try? there("down", "--volumes", "--timeout", "0")
        }
    }

    private static func envfile(_ name: String, port: UInt16) -> String {
        """
        name: \(name)
        services:
          web:
            build: ./web
            command: httpd -f -p 80 -h /data
            stop_grace_period: 0s
            env_file: [app.env]
            secrets: [login]
            ports: ["\(port):80"]
            volumes: ["data:/data", "./web.conf:/etc/web.conf", "./conf/server.key:/etc/server.key"]
        secrets: { login: { file: ./login.txt } }
        volumes: { data: { name: \(name)-shared } }

        """
    }

    /// Brings it up and writes something.
    func bringUp() throws {
        try project.expectSuccess("up")
        try project.expectSuccess(
            "exec", "web", "sh", "-c", "echo from-the-volume >/data/index.html; echo from-the-container >/own")
        // Nothing freezes the services of a user for the moment of a copy.
        if UserRun.isOn { try project.expectSuccess("stop") }
    }

    var directoryThere: String { "\(fixture.directory)/there/app" }

    var machine: [String: String] {
        [
            "TRICE_STATE_DIRECTORY": "\(fixture.directory)/o/state",
            "TRICE_RUN_DIRECTORY": "\(fixture.directory)/o/run",
        ]
    }

    /// A command on the other machine: in the new directory once that is there.
    func there(_ arguments: String..., input: String = "") throws -> Command.Output {
        var command = try project.command(arguments, environment: machine)
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: directoryThere, isDirectory: &isDirectory) {
            command.directory = directoryThere
        }
        return try command.run(input: input)
    }

    /// What is kept on the other machine: the names of blobs and layers, and the records of snapshots.
    func stored() -> [String] {
        let state = "\(fixture.directory)/o/state"
        // A directory that is not there has nothing.
        return ["content/blobs/sha256", "layers", "volumes", "named-volumes"].flatMap { path in
            ((try? OnHost.SnapshotTests.names(in: "\(state)/\(path)")) ?? []).filter { $0 != "unsettled" }.sorted()
        }
    }

    /// Makes the new project come up without a registry, and expects what the first one had.
    func expectTheSame(sourceLocation: SourceLocation = #_sourceLocation) throws {
        expect(
            try there("up", "--offline"), endsWith: 1, saying: "login.txt", "app.env", sourceLocation: sourceLocation)
        try Data("another".utf8).write(to: URL(filePath: "\(directoryThere)/login.txt"))
        try Data("TOKEN=another\n".utf8).write(to: URL(filePath: "\(directoryThere)/app.env"))
        try FileManager.default.createDirectory(
            atPath: "\(directoryThere)/conf", withIntermediateDirectories: true)
        try Data("another-key".utf8).write(to: URL(filePath: "\(directoryThere)/conf/server.key"))
        expect(try there("up", "--offline"), endsWith: 0, sourceLocation: sourceLocation)
        let page = try Command("curl", ["-sS", "http://127.0.0.1:\(port)/index.html"]).run()
        #expect(page.standardOutput == "from-the-volume\n", "\(page)", sourceLocation: sourceLocation)
        let files = try there(
            "exec", "web", "cat", "/own", "/built.txt", "/etc/web.conf", "/run/secrets/login", "/etc/server.key",
            "/proc/1/environ")
        for text in ["from-the-container", "built-here", "from-the-project", "another", "another-key", "TOKEN=another"]
        {
            #expect(files.standardOutput.contains(text), "\(files)", sourceLocation: sourceLocation)
        }
        for secret in Self.secrets {
            #expect(!files.standardOutput.contains(secret), "\(files)", sourceLocation: sourceLocation)
        }
        expect(try there("plan"), endsWith: 0, saying: "nothing to do", sourceLocation: sourceLocation)
        expect(try there("snapshot", "list"), endsWith: 0, saying: "package", sourceLocation: sourceLocation)
    }
}

extension OnHost {
    /// A whole environment for another machine, as a file and through a registry.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct PackageTests {
        private func withScene(_ body: (SharingScene) async throws -> Void) async throws {
            try await withFixture { fixture in try await body(try SharingScene(fixture)) }
        }

        @Test func aFileMakesTheSameEnvironmentElsewhere() async throws {
            try await withScene { scene in
                let (project, archive) = (scene.project, "\(scene.fixture.directory)/demo.trice")
                try scene.bringUp()
                let report = try project.trice("package", archive)
                expect(
                    report, endsWith: 0, saying: "a snapshot (containers web-1; volumes \(scene.fixture.id)-shared)",
                    "1 image", "login.txt: secret login", "app.env: the variables TOKEN",
                    "conf/server.key: by its name",
                    "web: sources whose image is included")
                #expect(!SharingScene.secrets.contains { report.description.contains($0) })
                try Self.expectNoSecret(in: archive, scene.fixture)
                // Nothing of it stays here.
                expect(try project.trice("snapshot", "list"), endsWith: 0, saying: "There are no snapshots.")
                try project.expectSuccess("down", "--volumes")
                expect(
                    try scene.there("init", "--from", archive, "--directory", scene.directoryThere), endsWith: 0,
                    saying: "wrote Envfile", "loaded \(scene.fixture.id)-web", "restored package",
                    "login.txt: secret login",
                    "up --offline")
                #expect(
                    try SnapshotTests.names(in: scene.directoryThere).sorted() == ["Envfile", "web.conf"])
                try scene.expectTheSame()
                #expect(try scene.there("down", "--volumes").succeeded)
            }
        }

        /// Neither in a document nor in the content of a layer.
        private static func expectNoSecret(in archive: String, _ fixture: Fixture) throws {
            let script = """
                mkdir x && tar -xf "$1" -C x && for blob in x/blobs/sha256/*; do zcat -f "$blob"; done >all && rm -r x
                for text in from-the-volume from-the-container from-the-project built-here; do
                    grep -qa "$text" all || { echo "$text is missing"; exit 1; }
                done
                for text in \(SharingScene.secrets.joined(separator: " ")); do
                    ! grep -qa "$text" all || { echo "$text is there"; exit 1; }
                done
                """
            let output = try Command("sh", ["-c", script, "sh", archive], directory: fixture.directory).run()
            #expect(output.succeeded, "\(output)")
        }

        @Test(.registry) func aRegistryDoesTheSame() async throws {
            try await withScene { scene in
                let registry = try RegistryServer(scene.fixture)
                let name = "\(registry.address)/team/app:demo"
                try scene.bringUp()
                expect(
                    try scene.project.trice("publish", "oci://\(name)"), endsWith: 0, saying: "wrote oci://\(name)",
                    "login.txt: secret login")
                let manifest = try registry.manifest("team/app:demo")
                #expect(manifest.object?["artifactType"]?.string == "application/vnd.trice.environment.v1")
                try scene.project.expectSuccess("down", "--volumes")
                try FileManager.default.createDirectory(
                    atPath: scene.directoryThere, withIntermediateDirectories: true)
                expect(
                    try scene.there("init", "--from", "oci://\(name)"), endsWith: 0, saying: "restored package",
                    "Now: trice up --offline")
                registry.stop()
                try scene.expectTheSame()
                #expect(try scene.there("down", "--volumes").succeeded)
            }
        }

        @Test(.registry) func whatARegistryHasInsteadIsRefused() async throws {
            try await withScene { scene in
                let registry = try RegistryServer(scene.fixture)
                let name = "\(registry.address)/team/app:demo"
                let layout = "\(scene.fixture.directory)/layout"
                _ = try SampleImage.runnable().write(toLayout: layout)
                try registry.copy("oci:\(layout):image", to: "team/image:1")
                func refused(_ name: String, saying words: String...) throws {
                    let before = scene.stored()
                    let output = try scene.there(
                        "init", "--from", "oci://\(name)", "--directory", scene.directoryThere)
                    expectOneError(output)
                    for word in words { #expect(output.standardError.contains(word), "\(output)") }
                    #expect(scene.stored() == before, "\(output)")
                    #expect(!FileManager.default.fileExists(atPath: scene.directoryThere))
                }
                _ = try scene.there("image", "ls")
                try refused(
                    "\(registry.address)/team/image:1", saying: "is not an environment that `trice publish` has sent")
                try refused("\(registry.address)/team/none:1", saying: "team/none:1")
                try scene.bringUp()
                try scene.project.expectSuccess("publish", name)
                try scene.project.expectSuccess("down", "--volumes")
                let layers = try registry.manifest("team/app:demo").object?["layers"]?.array ?? []
                let blob = registry.blob(try #require(layers.first?.object?["digest"]?.string))
                var bytes = try Data(contentsOf: URL(filePath: blob))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(filePath: blob))
                try refused(name, saying: "sha256:")
                registry.stop()
                try refused(name, saying: registry.address)
            }
        }

        /// Each is one error, and changes nothing.
        @Test func badArchivesChangeNothing() async throws {
            try await withScene { scene in
                let directory = scene.fixture.directory
                try scene.bringUp()
                try scene.project.expectSuccess("package", "\(directory)/good", "--no-snapshot")
                try scene.project.expectSuccess("down", "--volumes")
                let change = """
                    import hashlib, io, json, sys, tarfile
                    source, target, what = sys.argv[1:]
                    files = {m.name: tarfile.open(source).extractfile(m).read() for m in tarfile.open(source) if m.isfile()}
                    index = json.loads(files["index.json"])
                    blob = lambda d: "blobs/sha256/" + d["digest"][7:]
                    def put(descriptor, document):
                        data = json.dumps(document).encode()
                        del files[blob(descriptor)]
                        descriptor["digest"], descriptor["size"] = "sha256:" + hashlib.sha256(data).hexdigest(), len(data)
                        files[blob(descriptor)] = data
                    manifest = json.loads(files[blob(index["manifests"][0])])
                    config = json.loads(files[blob(manifest["config"])])
                    label = "dev.trice.document"
                    document = json.loads(config["config"]["Labels"][label])
                    if what == "architecture": config["architecture"] = document["architecture"] = "s390x"
                    if what == "version": document["format"], document["version"] = 2, "9.9"
                    if what == "path": document["files"]["paths"].append("../evil")
                    if what == "image": document["images"][0]["id"] = "sha256:" + "0" * 64
                    config["config"]["Labels"][label] = json.dumps(document)
                    put(manifest["config"], config)
                    put(index["manifests"][0], manifest)
                    if what == "blob": del files[blob(manifest["layers"][0])]
                    files["index.json"] = json.dumps(index).encode()
                    if what == "entry": files["../evil"] = b"x"
                    out = tarfile.open(target, "w")
                    for name, data in files.items():
                        info = tarfile.TarInfo(name); info.size = len(data); out.addfile(info, io.BytesIO(data))
                    out.close()
                    """
                func refused(_ name: String, saying words: String) throws {
                    let before = scene.stored()
                    let output = try scene.there(
                        "init", "--from", "\(directory)/\(name)", "--directory", scene.directoryThere)
                    expectOneError(output, saying: words)
                    #expect(scene.stored() == before, "\(output)")
                    #expect(!FileManager.default.fileExists(atPath: scene.directoryThere))
                }
                _ = try scene.there("image", "ls")
                for (what, words) in [
                    ("architecture", "architecture s390x"), ("version", "form 2 of Trice 9.9"),
                    ("path", "would not lie in the project directory"), ("image", "is another one"),
                    ("blob", "missing"), ("entry", "it has the entry `../evil`"),
                ] {
                    let output = try Command("python3", ["-", "\(directory)/good", "\(directory)/\(what)", what])
                        .run(input: change)
                    #expect(output.succeeded, "\(output)")
                    try refused(what, saying: words)
                }
                let whole = try Data(contentsOf: URL(filePath: "\(directory)/good"))
                for part in [0.3, 0.6, 0.9] {
                    try whole.prefix(Int(Double(whole.count) * part)).write(to: URL(filePath: "\(directory)/part"))
                    try refused("part", saying: "only a part of what was written")
                }
                #expect(!FileManager.default.fileExists(atPath: "\(directory)/evil"))
                try FileManager.default.createDirectory(
                    atPath: scene.directoryThere, withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: URL(filePath: "\(scene.directoryThere)/file"))
                expectOneError(
                    try scene.there("init", "--from", "\(directory)/good"), saying: "is not empty: it has `file`")
                #expect(try SnapshotTests.names(in: scene.directoryThere) == ["file"])
            }
        }
    }
}
