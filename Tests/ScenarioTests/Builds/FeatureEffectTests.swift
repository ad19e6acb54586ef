import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What the keys of `build:` and the flags of the command do to steps and images.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct FeatureEffectTests {
        private func envfile(_ scene: FeatureScene, _ keys: String) throws {
            let indented = keys.split(separator: "\n").map { "      \($0)\n" }.joined()
            try scene.project.write(
                "compose.yaml", "services:\n  app:\n    image: feature:1\n    build:\n      context: .\n" + indented)
        }

        /// Attributes: `build.shm_size`, `build.ulimits`, `build.ulimits.*.soft`, `build.ulimits.*.hard`
        /// Attributes: `build.extra_hosts`, `build.network`, `build.labels`, `build.tags`, `build.isolation`
        /// Attributes: `build.provenance`, `build.sbom`, `build.no_cache_filter`, `build.platforms`
        @Test func stepsAndImagesAreAsTheKeysSay() async throws {
            let dockerfile = """
                FROM bootstrap:busybox AS first
                RUN df -k /dev/shm | tail -n 1 && echo files $(ulimit -Sn) to $(ulimit -Hn) && cat /etc/hosts
                RUN ls /sys/class/net | tr '\\n' ' ' && echo end
                FROM first
                RUN echo last
                LABEL own=1 other=1
                """
            try await withDockerfile(dockerfile) { scene in
                try envfile(
                    scene,
                    """
                    shm_size: 33m
                    ulimits: {nofile: {soft: 321, hard: 400}}
                    extra_hosts: ["far.example=192.0.2.9"]
                    network: none
                    labels: {other: "2", third: "3"}
                    tags: ["second/name:2"]
                    isolation: hyperv
                    provenance: "mode=max"
                    sbom: true
                    """)
                let build = try scene.project.trice("build")
                expect(
                    build, endsWith: 0, saying: "33792", "files 321 to 400", "192.0.2.9", "lo end",
                    "isolation: hyperv has no effect",
                    "provenance has no effect", "sbom has no effect")
                let labels = try scene.inspect("second/name:2")["Config"]?.object?["Labels"]?.object
                #expect(labels?["own"] == .string("1") && labels?["other"] == .string("2"))
                #expect(labels?["third"] == .string("3"))
                #expect(try scene.inspect("feature:1")["Id"] == scene.inspect("second/name:2")["Id"])

                try envfile(scene, "no_cache_filter: [first]\nshm_size: 33m")
                let anew = try scene.project.trice("build")
                expect(anew, endsWith: 0, saying: "files")
                try envfile(scene, "no_cache_filter: ['1']\nshm_size: 33m")
                expect(try scene.project.trice("build"), endsWith: 0, saying: "3 steps, 1 done")
                try envfile(scene, "platforms: [linux/s390x]")
                expectOneError(try scene.project.trice("build"), saying: "linux/s390x", "platform")
                try envfile(scene, "entitlements: [security.unsafe]")
                expectOneError(try scene.project.trice("build"), saying: "security.unsafe", "security.insecure")
                try envfile(scene, "network: strange")
                expect(
                    try scene.project.trice("build"), endsWith: 1,
                    saying: "compose.yaml:6:16", "strange", "`default`, `none` and `host`")
            }
        }

        /// Attributes: `build.privileged`, `build.entitlements`
        @Test func theSandboxIsLeftOnlyByPermission() async throws {
            let privileged = "FROM bootstrap:busybox\nRUN --security=insecure grep CapEff /proc/self/status\n"
            try await withDockerfile(privileged) { scene in
                // Without a container that runs, each build of a user has namespaces of its own.
                if UserRun.isOn {
                    try scene.project.write(
                        "hold.yaml", "services: {hold: {image: bootstrap:busybox, command: sleep 1000}}\n")
                    try scene.project.expectSuccess("-f", "hold.yaml", "up")
                }
                expectOneError(try scene.build(), saying: "Dockerfile:2", "security.insecure", "--allow")
                let allowed = try scene.expectBuild("--allow", "security.insecure")
                // Of the line, which has a tab, the number.
                let grep = UserRun.inside("grep", ["CapEff", "/proc/self/status"])
                let line = try grep.run().standardOutput.split(separator: "\t").last ?? ""
                let own = line.trimmingCharacters(in: .newlines)
                #expect(allowed.contains(own), "\(own): \(allowed)")
                try envfile(scene, "entitlements: [security.insecure]\nno_cache: true")
                expect(try scene.project.trice("build"), endsWith: 0, saying: own)
                // `privileged:` is for all steps of a build.
                try scene.project.write(
                    "Dockerfile", "FROM bootstrap:busybox\nRUN echo all; grep CapEff /proc/self/status\n")
                try envfile(scene, "privileged: true")
                expect(try scene.project.trice("build"), endsWith: 0, saying: own)

                try scene.project.write(
                    "Dockerfile", "FROM bootstrap:busybox\nRUN --network=host ls -l /proc/self/ns/net\n")
                expectOneError(try scene.build(), saying: "Dockerfile:2", "network.host", "--allow")
                let host = try UserRun.inside("readlink", ["/proc/self/ns/net"]).run().standardOutput
                    .trimmingCharacters(in: .newlines)
                #expect(try scene.expectBuild("--allow", "network.host").contains(host))
                try scene.project.write("Dockerfile", "FROM bootstrap:busybox\nRUN echo two; ls -l /proc/self/ns/net\n")
                #expect(try scene.expectBuild("--network", "host").contains(host))
                #expect(try !scene.expectBuild("--network", "none").contains(host))

                try scene.project.write(
                    "Dockerfile", "FROM bootstrap:busybox\nRUN --device=vendor.com/gpu=all,required true\n")
                expectOneError(
                    try scene.build("--allow", "device"), saying: "Dockerfile:2", "vendor.com/gpu=all", "device")
            }
        }

        /// The mount of a step may say otherwise.
        ///
        /// Attributes: `build.secrets.*.uid`, `build.secrets.*.gid`, `build.secrets.*.mode`
        @Test func aSecretHasItsOwnerAndItsMode() async throws {
            let dockerfile = """
                FROM bootstrap:busybox
                RUN --mount=type=secret,id=key,required stat -c 'one %a %u:%g' /run/secrets/key
                RUN --mount=type=secret,id=key,mode=0404,required stat -c 'two %a %u:%g' /run/secrets/key
                RUN --mount=type=secret,id=plain,required stat -c 'three %a %u:%g' /run/secrets/plain

                """
            try await withDockerfile(dockerfile) { scene in
                try scene.project.write("key", "secret\n")
                try envfile(
                    scene, "secrets: [plain, {source: plain, target: key, uid: \"7\", gid: \"8\", mode: 0440}]")
                let text = try scene.project.read("compose.yaml")
                try scene.project.write("compose.yaml", text + "secrets: {plain: {file: ./key}}\n")
                expect(
                    try scene.project.trice("build"), endsWith: 0, saying: "one 440 7:8", "two 404 0:0", "three 400 0:0"
                )
            }
        }

        /// Attributes: `build.pull`
        @Test func pullMakesABootstrapBaseAnew() async throws {
            try await withDockerfile("FROM bootstrap:busybox\nRUN echo built\n") { scene in
                #expect(try scene.expectBuild().contains("bootstrap:busybox"))
                let again = try scene.expectBuild()
                #expect(again.contains("all cached") && !again.contains("image bootstrap:busybox"), "\(again)")
                // The same program gives the same image, so its steps stay in the cache.
                let pulled = try scene.expectBuild("--pull")
                #expect(pulled.contains("image bootstrap:busybox") && pulled.contains("all cached"), "\(pulled)")
                for (keys, brings) in [("", false), ("pull: true", true)] {
                    try envfile(scene, keys)
                    let output = try scene.project.trice("build")
                    expect(output, endsWith: 0)
                    #expect(output.standardError.contains("image bootstrap:busybox") == brings, "\(output.description)")
                }
            }
        }

        @Test func pruneTakesWhatItIsToldTo() async throws {
            let dockerfile = """
                FROM bootstrap:busybox
                RUN --mount=type=cache,id=things,target=/things dd if=/dev/zero of=/things/a bs=1k count=3000 2>/dev/null
                RUN dd if=/dev/zero of=/big bs=1k count=2000 2>/dev/null
                """
            try await withDockerfile(dockerfile) { scene in
                let project = scene.project
                try scene.expectBuild()
                // What an image has stays, and the cache of it.
                expect(
                    try project.trice("image", "prune", "--build-cache"), endsWith: 0, saying: "freed 0",
                    "1 cache mount")
                #expect(try scene.expectBuild().contains("all cached"))
                try scene.project.write("Dockerfile", dockerfile.replacing("/big", with: "/other"))
                try scene.expectBuild()
                let build = try project.trice("image", "prune", "--build-cache")
                expect(build, endsWith: 0, saying: "1 build step", "1 layer", "2.0 MB")
                let caches = try project.trice("image", "prune", "--cache-mounts")
                expect(caches, endsWith: 0, saying: "removed cache mount things (3.1 MB)", "1 cache mount")
                #expect(try scene.expectBuild().contains("all cached"))
                expect(
                    try project.trice("image", "prune", "--all", "--force"), endsWith: 0, saying: "removed feature:1",
                    "2 build steps")
                let notes = try Command(
                    "python3",
                    [
                        "-c",
                        "import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute('select name from buildNote').fetchall())",
                        "\(project.fixture.stateDirectory)/trice.db",
                    ]
                ).run()
                #expect(notes.standardOutput == "[]\n", "\(notes.description)")
                #expect(try scene.expectBuild().contains("2 steps, 2 done"))
            }
        }
    }
}
