import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Secrets, configs, memory, and what volumes are beyond a directory of Trice.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct StorageTests {
        /// Attributes: `secrets`, `configs`, `secrets.*.source`, `secrets.*.target`, `secrets.*.uid`, `secrets.*.gid`
        /// Attributes: `secrets.*.mode`, `configs.*.source`, `configs.*.target`, `configs.*.uid`, `configs.*.gid`
        /// Attributes: `configs.*.mode`, `secrets.*.file`, `secrets.*.environment`, `configs.*.content`
        /// Attributes: `configs.*.file`, `configs.*.environment`
        @Test func secretsAndConfigsAreFilesInMemory() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        secrets:
                          - plain
                          - { source: plain, target: other, uid: "1000", gid: "1001", mode: 0400 }
                          - { source: plain, target: /etc/deep/secret }
                          - variable
                        configs:
                          - text
                          - { source: text, target: /etc/app.conf, uid: "7", gid: "8", mode: 0640 }
                          - file
                          - variable
                    secrets: { plain: { file: ./plain }, variable: { environment: TOKEN } }
                    configs:
                      text: { content: "port=$${PORT}" }
                      file: { file: ./settings }
                      variable: { environment: TOKEN }

                    """)
                try project.write("plain", "one\n")
                try project.write("settings", "set\n")
                let token = ["TOKEN": "from the environment"]
                expect(try project.trice("up", environment: token), endsWith: 0)
                let show = "for f in \"$@\"; do stat -c '%n %u:%g %a' $f; cat $f; echo; done"
                let files = [
                    "/run/secrets/plain", "/run/secrets/other", "/etc/deep/secret", "/run/secrets/variable", "/text",
                    "/etc/app.conf", "/file", "/variable",
                ]
                let shown = try project.command(["ssh", "web", "sh", "-c", show, "sh"] + files).run().standardOutput
                #expect(
                    shown == """
                        /run/secrets/plain 0:0 444
                        one

                        /run/secrets/other 1000:1001 400
                        one

                        /etc/deep/secret 0:0 444
                        one

                        /run/secrets/variable 0:0 444
                        from the environment
                        /text 0:0 444
                        port=${PORT}
                        /etc/app.conf 7:8 640
                        port=${PORT}
                        /file 0:0 444
                        set

                        /variable 0:0 444
                        from the environment

                        """)
                let mounts = try project.expectSuccess("ssh", "web", "cat", "/proc/mounts").split(separator: "\n")
                for file in files {
                    let line = mounts.first { $0.contains(" \(file) ") } ?? ""
                    #expect(line.hasPrefix("tmpfs ") && line.contains(" ro,"), "\(file): \(line)")
                }
                // Another content is another container.
                let before = try project.status().service("web").pid
                expect(try project.trice("up", environment: token), endsWith: 0)
                #expect(try project.status().service("web").pid == before)
                try project.write("plain", "two\n")
                let plan = try project.trice("plan", environment: token)
                #expect(plan.standardOutput.contains("file /run/secrets/plain changed"), "\(plan.description)")
                expect(try project.trice("up", environment: token), endsWith: 0)
                #expect(try project.expectSuccess("ssh", "web", "cat", "/run/secrets/plain") == "two\n")
                expect(
                    try project.trice("validate"), endsWith: 1, saying: "Envfile:16:", "secrets.variable",
                    "the variable `TOKEN`, which is not set")
            }
        }

        /// Attributes: `tmpfs`, `volumes.*.exclude`, `volumes.*.bind.propagation`, `volumes.*.bind.recursive`
        /// Attributes: `volumes.*.volume.nocopy`, `volumes_from`, `volumes.*.bind`
        @Test func mountsHaveTheirOptions() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        tmpfs: ["/one:size=1m,mode=0750,uid=7,gid=8,exec", /two]
                        volumes:
                          - { type: bind, source: ./app, target: /app, exclude: [modules, a/b] }
                          - { type: bind, source: ./app, target: /slave, bind: { propagation: rslave } }
                          - { type: bind, source: ./app, target: /flat, bind: { recursive: disabled } }
                          - { type: volume, source: named, target: /etc, volume: { nocopy: true } }
                      other: { image: "bootstrap:busybox", command: sleep 1000, volumes_from: ["web:ro"] }
                    volumes: { named: {} }

                    """)
                try project.write("app/index.js", "1\n")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("ssh", "web", "stat", "-c", "%u:%g %a", "/one") == "7:8 750\n")
                let mounts = try project.expectSuccess("ssh", "web", "cat", "/proc/self/mountinfo")
                func line(_ target: String) -> String {
                    mounts.split(separator: "\n").first { $0.contains(" \(target) ") }.map(String.init) ?? ""
                }
                #expect(line("/one").contains("size=1024k") && !line("/one").contains("noexec"), "\(line("/one"))")
                #expect(line("/two").contains("noexec"), "\(line("/two"))")
                #expect(line("/slave").contains(" master:") || line("/slave").contains(" - "), "\(line("/slave"))")
                // Folders that are left out do not reach the host.
                try project.expectSuccess("ssh", "web", "touch", "/app/modules/x", "/app/a/b/y", "/app/z")
                let app = "\(project.directory)/app"
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(app)/modules").isEmpty)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(app)/a/b").isEmpty)
                #expect(FileManager.default.fileExists(atPath: "\(app)/z"))
                // Without a copy the volume has what the runtime puts there alone.
                #expect(try !project.expectSuccess("ssh", "web", "ls", "/etc").contains("passwd"))
                #expect(try project.expectSuccess("ssh", "other", "ls", "/app").contains("index.js"))
                #expect(try project.expectSuccess("ssh", "other", "ls", "/app/modules") == "x\n")
                expect(
                    try project.trice("ssh", "other", "touch", "/app/no"), endsWith: 1, saying: "Read-only file system")
            }
        }

        /// Attributes: `volumes.*.type`, `volumes.*.bind.create_host_path`, `volumes.*.read_only`, `volumes.*.tmpfs`
        /// Attributes: `volumes.*.tmpfs.size`, `volumes.*.tmpfs.mode`
        @Test func longFormsOfMounts() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes:
                          - { type: bind, source: ./made, target: /made, bind: { create_host_path: true } }
                          - { type: bind, source: ./app, target: /ro, read_only: true }
                          - { type: volume, source: data, target: /data }
                          - { type: volume, source: data, target: /fixed, read_only: true }
                          - { type: tmpfs, target: /mem, tmpfs: { size: 2m, mode: 0o1750 } }
                    volumes: { data: {} }

                    """)
                try project.write("app/file", "one\n")
                try project.expectSuccess("up")
                try project.expectSuccess("ssh", "web", "touch", "/made/x", "/data/x", "/mem/x")
                #expect(FileManager.default.fileExists(atPath: "\(project.directory)/made/x"))
                #expect(try project.expectSuccess("ssh", "web", "cat", "/ro/file") == "one\n")
                #expect(try project.expectSuccess("ssh", "web", "ls", "/fixed") == "x\n")
                for path in ["/ro/no", "/fixed/no"] {
                    expect(
                        try project.trice("ssh", "web", "touch", path), endsWith: 1, saying: "Read-only file system")
                }
                #expect(try project.expectSuccess("ssh", "web", "stat", "-c", "%a", "/mem") == "1750\n")
                let memory = try project.expectSuccess("ssh", "web", "grep", " /mem ", "/proc/mounts")
                #expect(memory.hasPrefix("tmpfs ") && memory.contains("size=2048k"), "\(memory)")
                #expect(try project.expectSuccess("volume", "ls", "--quiet") == "\(fixture.id)_data\n")
            }
        }

        /// Attributes: `volumes.*.driver_opts`, `volumes.*.name`, `volumes.*.external`, `volumes.*.external.name`
        @Test func volumesHaveDriverOptionsAndNames() async throws {
            try await withFixture { fixture in
                let shared = "\(fixture.id)-shared"
                let owner = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        volumes: ["memory:/memory", "bound:/bound", "shared:/shared", "own:/own"]
                      second: { image: "bootstrap:busybox", command: sleep 1000, volumes: ["memory:/memory"] }
                    volumes:
                      memory: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=2m,uid=9,mode=0700" } }
                      bound: { driver: local, driver_opts: { type: none, o: bind, device: ./data } }
                      shared: { name: \(shared) }
                      own:

                    """)
                try owner.write("data/file", "one\n")
                try owner.expectSuccess("up")
                #expect(try owner.expectSuccess("ssh", "web", "stat", "-c", "%u %a", "/memory") == "9 700\n")
                try owner.expectSuccess("ssh", "web", "touch", "/memory/x")
                #expect(try owner.expectSuccess("ssh", "second", "ls", "/memory") == "x\n")
                #expect(try owner.expectSuccess("ssh", "web", "cat", "/bound/file") == "one\n")
                try owner.expectSuccess("ssh", "web", "sh", "-c", "echo two >/shared/file; echo own >/own/file")
                let user = try fixture.project(
                    """
                    name: \(fixture.id)b
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        volumes: ["a:/a", "b:/b"]
                    volumes:
                      a: { external: true, name: \(shared) }
                      b: { external: { name: \(fixture.id)_own } }

                    """, named: "\(fixture.id)b")
                try user.expectSuccess("up")
                #expect(try user.expectSuccess("ssh", "web", "cat", "/a/file", "/b/file") == "two\nown\n")
                // What another environment uses stays.
                expect(
                    try owner.trice("down", "--volumes"), endsWith: 1, saying: "The volume `\(shared)` stays",
                    "/web-1 uses it")
                try user.expectSuccess("down", "--volumes")
                try owner.expectSuccess("down", "--volumes")
                #expect(FileManager.default.fileExists(atPath: "\(owner.directory)/data/file"))
                expect(
                    try user.trice("up"), endsWith: 1, saying: "The volume `\(shared)` does not exist",
                    "trice volume create")
            }
        }

        @Test func volumeCommands() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, volumes: ["data:/data"] }
                    volumes: { data: {} }

                    """)
                try project.expectSuccess("up")
                try project.expectSuccess(
                    "ssh", "web", "sh", "-c", "echo one >/data/file; ln -s file /data/link; chown 5:6 /data/file")
                let name = "\(fixture.id)_data"
                #expect(try project.expectSuccess("volume", "ls", "--quiet") == "\(name)\n")
                #expect(try project.expectSuccess("volume", "ls").contains("/web-1"))
                expect(try project.trice("volume", "rm", "data"), endsWith: 1, saying: "is used by the container")
                let archive = "\(fixture.directory)/data.tar"
                try project.expectSuccess("volume", "export", "data", "--output", archive)
                try project.expectSuccess("volume", "import", "copy", archive)
                try project.expectSuccess("volume", "clone", "data", "clone")
                struct Volume: Decodable {
                    var path: String
                    var size: Int64
                    var usedBy: [String]
                }
                let text = try project.expectSuccess("volume", "inspect", "copy", "clone", name)
                let volumes = try JSONDecoder().decode([Volume].self, from: Data(text.utf8))
                #expect(volumes.map(\.usedBy.count) == [0, 0, 1])
                for volume in volumes.prefix(2) {
                    let owner = try UserRun.inside("stat", ["-c", "%u:%g", "\(volume.path)/file"]).run().standardOutput
                    #expect(owner == "5:6\n" && volume.size > 0)
                    #expect(
                        try FileManager.default.destinationOfSymbolicLink(atPath: "\(volume.path)/link") == "file")
                }
                expect(try project.trice("volume", "import", "copy", archive), endsWith: 1, saying: "is not empty")
                expect(try project.trice("volume", "create", "copy"), endsWith: 1, saying: "a volume `copy` already")
                expect(try project.trice("volume", "import", "new", "/no/file"), endsWith: 1, saying: "does not exist")
                expect(try project.trice("volume", "create", "a/b"), endsWith: 1, saying: "no name of a volume")
                expect(
                    try project.trice("volume", "rm", "nothing"), endsWith: 1, saying: "There is no volume `nothing`")
                try project.expectSuccess("volume", "rm", "clone")
                #expect(try project.expectSuccess("volume", "prune", "--force").contains("no volume to remove"))
                try project.expectSuccess("volume", "prune", "--all", "--force")
                #expect(try project.expectSuccess("volume", "ls", "--quiet") == "\(name)\n")
                try project.expectSuccess("down")
                try project.expectSuccess("volume", "rm", name)
                #expect(try project.expectSuccess("volume", "ls").contains("There are no volumes."))
            }
        }
    }
}
