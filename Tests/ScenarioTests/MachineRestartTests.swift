import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Environments that share a network across restarts of the machine: processes, links, mounts and rules are gone at once,
    /// and the kernel has another boot id. Each boot is a set of namespaces.
    @Suite(.timeLimit(.minutes(4)), .scenario, .needsRoot(.wholeProc)) struct MachineRestartTests {
        private func boot(_ number: Int, _ fixture: Fixture, keepsRunDirectory: Bool, _ script: String) throws -> String
        {
            let binary = try #require(Fixture.binary)
            let bootID = "\(fixture.directory)/boot\(number)"
            try Data("0000000\(number)-0000-4000-8000-000000000000\n".utf8).write(to: URL(filePath: bootID))
            let setUp = """
                set -eu
                ip link set lo up
                mount --bind \(bootID) /proc/sys/kernel/random/boot_id
                \(keepsRunDirectory ? "" : "mount -t tmpfs -o mode=700 tmpfs \(fixture.runDirectory)")
                trice() { directory=$1; shift; (cd "\(fixture.directory)/projects/$directory" && exec \(binary) "$@" 2>&1); }
                quietly() { trice "$@" >"\(fixture.directory)/output" || { cat "\(fixture.directory)/output"; exit 1; }; }
                """
            let output = try Command(
                "unshare",
                [
                    "--mount", "--propagation", "private", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
                    "sh", "-c", setUp + "\n" + script,
                ], environment: fixture.environment
            ).run(timeout: .seconds(100))
            expect(output, endsWith: 0)
            // The groups of processes that went with the namespace.
            let groups = "find /sys/fs/cgroup -depth -type d -path '*\(fixture.id)*' -exec rmdir {} +"
            _ = try Command("sh", ["-c", groups]).run()
            return output.standardOutput
        }

        private func write(_ fixture: Fixture, page: String) throws {
            let service = "image: \"bootstrap:busybox\", stop_grace_period: 0s"
            _ = try fixture.project(
                """
                name: \(fixture.id)o
                services:
                  web:
                    { \(service), networks: { edge: { aliases: [site] } },
                      command: "sh -c 'mkdir -p /w; echo \(page) >/w/index.html; exec httpd -f -p 80 -h /w'" }
                networks: { edge: { name: \(fixture.id)-edge } }

                """, named: "owner", file: "compose.yaml")
            _ = try fixture.project(
                """
                name: \(fixture.id)u
                services:
                  app: { \(service), command: sleep 1000, networks: [shared, own], environment: { PAGE: \(page) } }
                networks: { shared: { external: true, name: \(fixture.id)-edge }, own: {} }

                """, named: "user", file: "compose.yaml")
        }

        @Test(arguments: [false, true]) func aSharedNetworkComesBack(keepsRunDirectory: Bool) async throws {
            try await withFixture { fixture in
                try FileManager.default.createDirectory(
                    atPath: fixture.runDirectory, withIntermediateDirectories: true)
                func boot(_ number: Int, _ script: String) throws -> String {
                    try self.boot(number, fixture, keepsRunDirectory: keepsRunDirectory, script)
                }
                let use = "trice user exec app -- sh -c 'echo $PAGE; wget -q -O- http://site/'"
                try write(fixture, page: "first")
                let first = try boot(1, "quietly owner up; quietly user up; \(use)")
                #expect(first == "first\nfirst\n")

                // The one that joins comes first: it is told, and nothing is made. Its services are those of its file now.
                try write(fixture, page: "second")
                let second = try boot(
                    2,
                    """
                    trice user status
                    trice user up && exit 1
                    ip -o link | grep -c tr- || true
                    quietly owner up
                    quietly user up
                    \(use)
                    quietly user plan
                    quietly owner plan
                    """)
                let lines = second.split(separator: "\n").map(String.init)
                try #require(lines.count == 5, "\(second)")
                #expect(lines[0].contains("nothing is up"))
                #expect(lines[1].contains("The external network `\(fixture.id)-edge` does not exist."))
                #expect(lines[2...] == ["0", "second", "second"])

                // The owner comes first, goes again, and is kept up only by who uses its network now.
                try write(fixture, page: "third")
                let third = try boot(
                    3,
                    """
                    quietly owner up
                    quietly owner down
                    quietly user down
                    quietly owner up
                    quietly user up
                    \(use)
                    trice owner down && exit 1
                    quietly user down
                    quietly owner down
                    ip -o link | grep -c tr- || true
                    cd \(fixture.runDirectory)
                    find environments runtimes/crun shared-names -mindepth 1 | wc -l
                    """)
                let rest = third.split(separator: "\n").map(String.init)
                try #require(rest.count == 5, "\(third)")
                #expect(rest[0...1] == ["third", "third"] && rest[2].contains("is used by"), "\(third)")
                #expect(rest[3...] == ["0", "0"], "\(third)")
            }
        }

        /// The service of another environment comes back with the one that needs it.
        @Test(arguments: [false, true]) func aServiceOfAnotherEnvironmentComesBack(keepsRunDirectory: Bool) async throws
        {
            try await withFixture { fixture in
                try FileManager.default.createDirectory(
                    atPath: fixture.runDirectory, withIntermediateDirectories: true)
                let service = "image: \"bootstrap:busybox\", stop_grace_period: 0s"
                _ = try fixture.project(
                    """
                    name: \(fixture.id)o
                    services:
                      db: { \(service), command: "sh -c 'mkdir /w; echo here >/w/index.html; exec httpd -f -p 80 -h /w'" }
                      other: { \(service), command: sleep 1000 }
                    """, named: "owner")
                _ = try fixture.project(
                    """
                    name: \(fixture.id)u
                    services:
                      app: { \(service), command: sleep 1000, depends_on: [store] }
                      store: { external: { environment: \(fixture.id)o, service: db } }
                    """, named: "user")
                let use = "trice user exec app -- wget -q -O- http://store/"
                let first = try boot(
                    1, fixture, keepsRunDirectory: keepsRunDirectory,
                    "quietly owner up db; quietly user up; sleep 0.3; \(use)")
                #expect(first == "here\n")
                let second = try boot(
                    2, fixture, keepsRunDirectory: keepsRunDirectory,
                    """
                    trice user ls | grep -c USES || true
                    quietly user up
                    sleep 0.3
                    \(use)
                    trice owner down && exit 1
                    quietly user down
                    quietly owner down
                    ip -o link | grep -c tr- || true
                    """)
                let lines = second.split(separator: "\n").map(String.init)
                try #require(lines.count == 4, "\(second)")
                #expect(lines[1] == "here" && lines[2].contains("is used by") && lines[3] == "0", "\(second)")
            }
        }
    }
}
