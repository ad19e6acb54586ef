import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `trice image …` as a person and as a script uses it.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct ImageCommandTests {
        @Test func listAndNames() async throws {
            try await withImages { scene in
                let project = scene.project
                expect(try project.trice("image", "ls"), endsWith: 0, saying: "There are no images.")
                #expect(try scene.json("image", "ls", "--json") == .array([]))
                try scene.publish(.runnable(), as: "team/app:1")
                let name = scene.name("team/app:1")
                let digest = try scene.registry.digest("team/app:1")
                #expect(try project.expectSuccess("image", "pull", name).hasPrefix("\(name)  \(digest)  "))
                try project.expectSuccess("image", "tag", name, "team/app:mine")
                let list = try project.expectSuccess("image", "ls").split(separator: "\n")
                #expect(list.first?.split(separator: " ").first == "IMAGE")
                #expect(list.count == 3)
                expect(try project.trice("image", "ls", "team/"), endsWith: 0, saying: "team/app:mine")
                #expect(try !project.expectSuccess("image", "ls", "team/").contains(scene.registry.address))
                expect(try project.trice("image", "ls", "nope"), endsWith: 0, saying: "begins with nope")

                // One image with two names has one id, by which it can be named.
                let ids = try project.expectSuccess("image", "ls", "--quiet").split(separator: "\n")
                #expect(ids.count == 1)
                let row = try scene.json("image", "ls", "--json").array?.first?.object
                #expect(row?["id"]?.string.map { [Substring($0)] } == ids)
                #expect(row?["digest"]?.string == digest)
                #expect(row?["layers"]?.integer == 2)
                #expect(row?["created"]?.string == "2024-05-01T10:00:00Z")
                #expect(row?["usedBy"] == .array([]))
                let short = String(try #require(ids.first).dropFirst("sha256:".count).prefix(12))
                expect(try project.trice("image", "inspect", short), endsWith: 0, saying: digest)

                expect(try project.trice("image", "rm", name), endsWith: 0, saying: "removed \(name)")
                #expect(try scene.names() == ["team/app:mine"])
                expectOneError(
                    try project.trice("image", "history", "team/app:min"), saying: "no image", "There is team/app:mine")
                // A name may be given away.
                try scene.publish(.runnable("other"), as: "team/other:1")
                try project.expectSuccess("image", "pull", scene.name("team/other:1"))
                try project.expectSuccess("image", "tag", scene.name("team/other:1"), "team/app:mine")
                #expect(
                    try scene.json("image", "inspect", "team/app:mine").array?.first?.object?["Id"]?.string
                        != ids.first.map(String.init))
            }
        }

        /// File names of an untrusted image do not control the terminal.
        @Test func controlCharactersOfFileNamesAreShown() async throws {
            try await withImages { scene in
                let project = scene.project
                try scene.publish(.runnable(), as: "team/app:1")
                var hostile = SampleImage.runnable()
                hostile.layers.append(.init(files: ["a\u{1b}]0;owned\u{7}b\u{9b}2J": "x\n"]))
                try scene.publish(hostile, as: "team/app:2")
                for name in ["team/app:1", "team/app:2"] {
                    try project.expectSuccess("image", "pull", scene.name(name))
                }
                let tree = try project.expectSuccess("image", "tree", scene.name("team/app:2"))
                let diff = try project.expectSuccess(
                    "image", "diff", scene.name("team/app:1"), scene.name("team/app:2"))
                for text in [tree, diff] {
                    #expect(text.contains("a\\x1b]0;owned\\x07b\\x9b2J"), "\(text)")
                    #expect(!text.unicodeScalars.contains { [0x07, 0x1b, 0x9b].contains($0.value) })
                }
            }
        }

        @Test func inspectHistoryAndTree() async throws {
            try await withImages { scene in
                let project = scene.project
                var image = SampleImage.runnable()
                image.labels = ["team": "blue"]
                try scene.publish(image, as: "team/app:1")
                let name = scene.name("team/app:1")
                try project.expectSuccess("image", "pull", name)
                let inspected = try #require(try scene.json("image", "inspect", name).array?.first?.object)
                #expect(inspected["RepoTags"] == .array([.string(name)]))
                #expect(
                    inspected["RepoDigests"]
                        == .array([.string("\(name.dropLast(2))@\(try scene.registry.digest("team/app:1"))")]))
                #expect(inspected["Author"] == .string("a tester"))
                #expect(inspected["Os"] == .string("linux"))
                #expect(inspected["Architecture"] == .string(try SampleImage.hostArchitecture()))
                #expect(inspected["Created"] == .string("2024-05-01T10:00:00Z"))
                let configuration = inspected["Config"]?.object
                #expect(configuration?["Cmd"] == .array([.string("sh")]))
                #expect(configuration?["Labels"] == .object(["team": .string("blue")]))
                #expect(inspected["RootFS"]?.object?["Layers"]?.array?.count == 2)
                for directory in inspected["LayerDirectories"]?.array ?? [] {
                    #expect(FileManager.default.fileExists(atPath: directory.string ?? ""))
                }

                let history = try scene.json("image", "history", "--json", name).array ?? []
                #expect(history.map { $0.object?["createdBy"]?.string } == ["step 2", "step 1"])
                let text = try project.expectSuccess("image", "history", name)
                #expect(text.contains("step 2") && text.contains("2024-05-01"), "\(text)")

                let tree = try project.expectSuccess("image", "tree", name)
                #expect(tree.contains("busybox") && tree.contains("flavour"), "\(tree)")
                #expect(try !project.expectSuccess("image", "tree", "-L", "1", name).contains("busybox"))
                let report = try scene.json("image", "tree", "--json", "-S", name).object
                let sizes = (report?["children"]?.array ?? []).compactMap { $0.object?["size"]?.integer }
                #expect(!sizes.isEmpty && sizes == sizes.sorted(by: >))
                #expect(report?["size"]?.integer == sizes.reduce(0, +))
                expect(try project.trice("image", "tree", "-L", "-1", name), endsWith: 64, saying: "--level")
            }
        }

        @Test func diffOfTwoImages() async throws {
            try await withImages { scene in
                func image(_ version: String, _ package: String, _ files: [String: String]) -> SampleImage {
                    let status = """
                        Package: libthing
                        Status: install ok installed
                        Architecture: amd64
                        Version: \(version)

                        Package: \(package)
                        Status: install ok installed
                        Architecture: amd64
                        Version: 1


                        """
                    return SampleImage(
                        SampleImage.Layer(files: files.merging(["var/lib/dpkg/status": status]) { $1 }),
                        labels: ["version": version])
                }
                try scene.publish(image("1.0", "goes", ["etc/a": "one\ntwo\n", "etc/old": "x\n"]), as: "team/app:1")
                try scene.publish(image("2.0", "comes", ["etc/a": "one\n2\n", "etc/new": "y\n"]), as: "team/app:2")
                let (old, new) = (scene.name("team/app:1"), scene.name("team/app:2"))
                try scene.project.expectSuccess("image", "pull", old, new)

                let report = try #require(try scene.json("image", "diff", "--json", old, new).object)
                let paths = (report["paths"]?.array ?? []).compactMap(\.object).filter { $0["type"] == .string("file") }
                let kinds = Dictionary(
                    paths.map { ($0["path"]?.string ?? "", $0["kind"]?.string ?? "") }, uniquingKeysWith: { $1 })
                #expect(
                    kinds == [
                        "/etc/a": "changed", "/etc/old": "removed", "/etc/new": "added",
                        "/var/lib/dpkg/status": "changed",
                    ])
                let packages = (report["packages"]?.array ?? []).compactMap(\.object).map {
                    [$0["name"]?.string, $0["old"]?.string, $0["new"]?.string]
                }
                #expect(
                    Set(packages) == [["libthing", "1.0", "2.0"], ["goes", "1", nil], ["comes", nil, "1"]],
                    "\(packages)")
                let settings = (report["configuration"]?.array ?? []).compactMap(\.object)
                #expect(settings.contains { $0["old"] == .string("1.0") && $0["new"] == .string("2.0") }, "\(settings)")

                let text = try scene.project.expectSuccess("image", "diff", "--patch", old, new)
                for part in ["/etc/old", "/etc/new", "libthing", "1.0", "2.0", "-two\n+2\n"] {
                    #expect(text.contains(part), "`\(part)` is missing: \(text)")
                }
                // The same image has nothing to tell.
                let same = try #require(try scene.json("image", "diff", "--json", old, old).object)
                #expect(same.values.allSatisfy { $0 == .array([]) }, "\(same)")
            }
        }

        @Test func progressForPeopleAndPrograms() async throws {
            try await withImages { scene in
                try scene.publish(.runnable(), as: "team/app:1")
                let name = scene.name("team/app:1")
                let plain = try scene.project.trice("image", "pull", "--progress", "plain", name)
                expect(plain, endsWith: 0, saying: "image \(name): pull done in ")
                #expect(!plain.standardError.contains("\u{1b}"))
                #expect(plain.standardOutput.split(separator: "\n").count == 1, "\(plain.description)")

                try scene.project.expectSuccess("image", "rm", name)
                try scene.project.expectSuccess("image", "prune")
                let lines = try scene.project.trice("image", "pull", "--progress", "json", name)
                expect(lines, endsWith: 0)
                let events = try lines.standardError.split(separator: "\n").map { try JSONValue(text: $0.utf8) }
                #expect(!events.isEmpty && events.allSatisfy { $0.object != nil }, "\(lines.description)")
                let layers = try scene.registry.manifest("team/app:1").object?["layers"]?.array ?? []
                for layer in layers {
                    let digest = try #require(layer.object?["digest"]?.string)
                    #expect(lines.standardError.contains(digest), "\(digest): \(lines.description)")
                }
                let quiet = try scene.project.trice("image", "pull", "--progress", "quiet", name)
                #expect(quiet.standardError.isEmpty, "\(quiet.description)")
                let rows = try scene.json("image", "pull", "--json", name).array
                #expect(rows?.first?.object?["name"] == .string(name))
            }
        }

        @Test func importFromAPipeAndLoadOfNothing() async throws {
            try await withImages { scene in
                let project = scene.project
                let binary = try #require(Fixture.binary)
                let script =
                    "mkdir -p root/etc; echo hello >root/etc/motd; tar -C root -czf - . | "
                    + "\(binary) image import --message 'from a pipe' - local/root:1"
                expect(
                    try Command(
                        "sh", ["-ec", script], environment: scene.fixture.environment, directory: project.directory
                    )
                    .run(), endsWith: 0, saying: "local/root:1")
                let history = try scene.json("image", "history", "--json", "local/root:1").array
                #expect(history?.first?.object?["comment"] == .string("from a pipe"))
                #expect(try project.expectSuccess("image", "tree", "local/root:1").contains("motd"))

                expectOneError(try project.trice("image", "import", "no.tar", "local/x:1"), saying: "no.tar")
                expectOneError(try project.trice("image", "load", "--input", "no.tar"), saying: "no.tar")
                try project.write("broken.tar", "this is no archive")
                expectOneError(try project.trice("image", "load", "--input", "broken.tar"), saying: "broken.tar")
                expectOneError(try project.trice("image", "import", "broken.tar", "local/x:1"), saying: "broken.tar")
                let digest = "a@sha256:" + String(repeating: "0", count: 64)
                expectOneError(try project.trice("image", "tag", "local/root:1", digest), saying: "digest")
                #expect(try scene.names() == ["local/root:1"])
                try scene.expectNothingUnfinished()
            }
        }
    }
}
