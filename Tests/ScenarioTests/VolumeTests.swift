import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Volumes: what is in them, how long it stays, and who reaches it.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct VolumeTests {
        /// A command that is killed may have come to the record of a volume, and not to its directory.
        @Test(arguments: ["{}", "{ name: NAME }"]) func aVolumeThatWasOnlyBegunIsMade(keys: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      db: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, volumes: ["v:/v"] }
                    volumes: { v: \(keys.replacing("NAME", with: fixture.id + "-own")) }

                    """)
                try project.expectSuccess("up")
                try project.expectSuccess("down")
                let path = try project.expectSuccess(
                    "volume", "inspect", keys == "{}" ? "\(fixture.id)_v" : "\(fixture.id)-own"
                )
                .split(separator: "\"").first { $0.hasPrefix(fixture.stateDirectory) }
                try FileManager.default.removeItem(atPath: String(try #require(path)))
                expect(try project.trice("plan"), endsWith: 2, saying: "volume v", "does not exist")
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "db", "touch", "/v/file")
                try project.expectSuccess("down", "--volumes")
                #expect(try !project.expectSuccess("volume", "ls").contains(fixture.id))
            }
        }

        /// A container repeats a host directory's path inside a volume and makes a link to it.
        ///
        /// Attributes: `volumes.*.volume.subpath`, `volumes.*.volume`
        @Test(arguments: ["data", "deep/data"])
        func aLinkInAVolumeDoesNotLeadOutOfIt(subpath: String) async throws {
            try await withFixture { fixture in
                let host = "\(fixture.directory)/victim"
                try FileManager.default.createDirectory(atPath: host, withIntermediateDirectories: true)
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      evil:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir -p /v\(host) /v/deep; ln -s \(host) /v/\(subpath); exec sleep 1000'
                        volumes: ["v:/v"]
                      victim:
                        image: bootstrap:busybox
                        command: sleep 1000
                        autostart: false
                        volumes: [{ type: volume, source: v, target: /sub, volume: { subpath: \(subpath) } }]
                    volumes: { v: {} }

                    """)
                try project.expectSuccess("up", "evil")
                #expect(
                    eventually { (try? project.trice("ssh", "evil", "test", "-L", "/v/\(subpath)").succeeded) == true })
                try project.expectSuccess("up", "victim")
                try project.expectSuccess("ssh", "victim", "touch", "/sub/written")
                #expect(try FileManager.default.contentsOfDirectory(atPath: host).isEmpty)
                #expect(try project.expectSuccess("ssh", "evil", "ls", "/v\(host)") == "written\n")
                // What is mounted stays mounted, whatever becomes of the link.
                try project.expectSuccess("ssh", "evil", "rm", "/v/\(subpath)")
                #expect(try project.expectSuccess("ssh", "victim", "ls", "/sub") == "written\n")
                try project.expectSuccess("down")
            }
        }

        /// Attributes: `volumes.*.source`, `volumes.*.target`
        @Test func aFileOfAVolumeIsMounted() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      maker:
                        image: bootstrap:busybox
                        command: sh -c 'echo one >/v/file; exec sleep 1000'
                        volumes: ["v:/v"]
                      user:
                        image: bootstrap:busybox
                        command: sleep 1000
                        autostart: false
                        volumes: [{ type: volume, source: v, target: /etc/one, volume: { subpath: file } }]
                    volumes: { v: {} }

                    """)
                try project.expectSuccess("up", "maker")
                #expect(eventually { (try? project.trice("ssh", "maker", "cat", "/v/file").succeeded) == true })
                try project.expectSuccess("up", "user")
                #expect(try project.expectSuccess("ssh", "user", "cat", "/etc/one") == "one\n")
                try project.expectSuccess("up", "user", "--force-recreate")
                #expect(try project.expectSuccess("ssh", "user", "cat", "/etc/one") == "one\n")
            }
        }

        /// A folder above a volume must not hide it, in either order of the file.
        ///
        /// Attributes: `volumes`
        @Test(arguments: [
            #"["modules:/app/node_modules", "./app:/app"]"#, #"["./app:/app", "modules:/app/node_modules"]"#,
            #"["modules:/app//node_modules/", "./app:/app/"]"#,
        ])
        func aFolderDoesNotHideTheVolumeBelowIt(volumes: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, volumes: \(volumes) }
                    volumes: { modules: {} }

                    """, file: "compose.yaml")
                try project.write("app/index.js", "1\n")
                try project.expectSuccess("up")
                try project.expectSuccess("ssh", "web", "touch", "/app/node_modules/one")
                #expect(try project.expectSuccess("ssh", "web", "ls", "/app").contains("index.js"))
                let inside = try FileManager.default.contentsOfDirectory(
                    atPath: "\(project.directory)/app/node_modules")
                #expect(inside.isEmpty)
            }
        }

        @Test func aMountAboveTheNameFilesDoesNotHideThem() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, hostname: box, volumes: ["etc:/etc"] }
                    volumes: { etc: {} }

                    """)
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("ssh", "web", "cat", "/etc/hostname") == "box\n")
                #expect(try project.expectSuccess("ssh", "web", "cat", "/etc/hosts").contains("box"))
            }
        }

        /// Both begin at once; the second one must find all of the content.
        @Test func servicesThatShareANewVolumeFindItWhole() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a: &service
                        build: .
                        image: \(fixture.id)-data
                        command: sh -c 'ls /data | wc -l; exec sleep 1000'
                        volumes: ["data:/data"]
                      b: *service
                      c: *service
                    volumes: { data: {} }

                    """, file: "compose.yaml")
                try project.write(
                    "Dockerfile",
                    """
                    FROM bootstrap:busybox
                    RUN mkdir -m 1770 /data && cd /data && i=0; while [ $i -lt 2000 ]; do echo $i >$i; i=$((i+1)); done

                    """)
                for _ in 0..<4 {
                    try project.expectSuccess("up")
                    for service in ["a", "b", "c"] {
                        #expect(
                            try eventually { try project.expectSuccess("logs", service).contains("2000") }, "\(service)"
                        )
                        #expect(try project.expectSuccess("ssh", service, "stat", "-c", "%a", "/data") == "1770\n")
                    }
                    try project.expectSuccess("down", "--volumes", "--timeout", "0")
                }
            }
        }

        @Test func aRecreatedContainerKeepsItsAnonymousVolumes() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                func write(_ value: Int, _ volumes: String) throws {
                    try project.write(
                        "compose.yaml",
                        """
                        services:
                          web:
                            build: .
                            command: sleep 1000
                            environment: { VALUE: "\(value)" }
                            volumes: \(volumes)

                        """)
                }
                try project.write(
                    "Dockerfile",
                    """
                    FROM bootstrap:busybox
                    RUN mkdir -p /var/lib/data && echo first >/var/lib/data/seed
                    VOLUME /var/lib/data
                    VOLUME ["/other", "/covered"]

                    """)
                try write(1, "[/anon, {type: tmpfs, target: /covered}]")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("ssh", "web", "cat", "/var/lib/data/seed") == "first\n")
                let mounts = try project.expectSuccess("ssh", "web", "cat", "/proc/mounts")
                #expect(mounts.contains(" /var/lib/data ") && mounts.contains(" /other "), "\(mounts)")
                #expect(mounts.contains("tmpfs /covered tmpfs"), "\(mounts)")
                try project.expectSuccess(
                    "ssh", "web", "sh", "-c", "for d in /anon /var/lib/data /other /root; do touch $d/kept; done")

                // Another place in the list is the same volume.
                try write(2, "[/more, /anon, {type: tmpfs, target: /covered}]")
                try project.expectSuccess("up")
                let kept = "ls /anon/kept /var/lib/data/kept /other/kept"
                try project.expectSuccess("ssh", "web", "sh", "-c", kept)
                expect(try project.trice("ssh", "web", "ls", "/root/kept"), endsWith: 1, saying: "No such file")
                try project.expectSuccess("up", "--force-recreate")
                try project.expectSuccess("ssh", "web", "sh", "-c", kept)

                try project.expectSuccess("up", "--force-recreate", "--renew-anon-volumes")
                #expect(try project.expectSuccess("ssh", "web", "ls", "/anon", "/other").contains("kept") == false)
                #expect(try project.expectSuccess("ssh", "web", "ls", "/var/lib/data") == "seed\n")
                try project.expectSuccess("ssh", "web", "touch", "/anon/kept")
                try project.expectSuccess("down")
                try project.expectSuccess("up")
                #expect(try project.expectSuccess("ssh", "web", "ls", "/anon") == "")
            }
        }

        /// Set-uid programs of images lie below the state.
        @Test func otherUsersSeeNothingOfTheState() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web: { image: "bootstrap:busybox", command: sleep 1000, volumes: ["data:/data", /anon] }
                    volumes: { data: {} }

                    """)
                try project.expectSuccess("up")
                for root in [fixture.stateDirectory, fixture.runDirectory] {
                    let mode = try FileManager.default.attributesOfItem(atPath: root)[.posixPermissions] as? Int
                    #expect(mode == 0o700, "\(root)")
                    // Nothing relies on the root alone: two directories keep others out of each file.
                    let found = try Command(
                        "find", [root, "-mindepth", "1", "-maxdepth", "1", "-type", "d", "-perm", "/077"]
                    ).run()
                    #expect(found.standardOutput.isEmpty, "\(found.standardOutput)")
                }
                let databases = try Command(
                    "find",
                    [fixture.stateDirectory, fixture.runDirectory, "-maxdepth", "1", "-type", "f", "-perm", "/077"]
                ).run()
                #expect(databases.standardOutput.isEmpty, "\(databases.standardOutput)")
                // An older Trice has left it open.
                try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: fixture.stateDirectory)
                try project.expectSuccess("status")
                let mode = try FileManager.default.attributesOfItem(atPath: fixture.stateDirectory)[.posixPermissions]
                #expect(mode as? Int == 0o700)
            }
        }

        @Test func aDirectoryThatAnotherUserMadeFirstIsRefused() async throws {
            try await withFixture { fixture in
                let project = try fixture.project("services: { web: { image: 'bootstrap:busybox' } }")
                let shared = "\(fixture.directory)/shared"
                try FileManager.default.createDirectory(
                    atPath: "\(shared)/elsewhere", withIntermediateDirectories: true)
                try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: shared)
                try FileManager.default.createSymbolicLink(
                    atPath: "\(shared)/run", withDestinationPath: "\(shared)/elsewhere")
                expect(
                    try project.trice("status", environment: ["TRICE_RUN_DIRECTORY": "\(shared)/run"]), endsWith: 1,
                    saying: "`\(shared)/run` cannot be used", "TRICE_RUN_DIRECTORY")
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(shared)/elsewhere").isEmpty)
            }
        }

        @Test func aUserWhoIsNotRootServesALowPortAndPings() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        user: "1000:1000"
                        command: httpd -f -p 80 -h /etc
                        ports: ["\(port):80"]

                    """)
                try project.expectSuccess("up")
                #expect(Response.eventually("/passwd", from: Endpoint("127.0.0.1", port)))
                // A user has 65537 groups.
                let last = UserRun.isOn ? "65536" : "2147483647"
                #expect(
                    try project.expectSuccess("ssh", "web", "cat", "/proc/sys/net/ipv4/ping_group_range")
                        .split(whereSeparator: \.isWhitespace) == ["0", Substring(last)])
            }
        }
    }
}
