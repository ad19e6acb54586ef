import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What processes may do, seen from /proc: capabilities, seccomp, privileges, groups, devices.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ProtectionTests {
        private static let profile = """
            {"defaultAction": "SCMP_ACT_ALLOW",
             "syscalls": [{"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
            """

        /// Attributes: `cap_add`, `cap_drop`, `privileged`, `security_opt`, `group_add`, `read_only`, `oom_score_adj`
        /// Attributes: `annotations`, `ulimits`, `devices`, `device_cgroup_rules`, `stdin_open`, `runtime`
        /// Attributes: `ulimits.*.soft`, `ulimits.*.hard`, `devices.*.source`, `devices.*.target`
        /// Attributes: `devices.*.permissions`
        @Test func everyAttributeOfProtectionTakesEffect() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000 }
                    services:
                      plain: *service
                      caps:
                        <<: *service
                        group_add: ["77", 78]
                        cap_add: [net_admin]
                        cap_drop: [CAP_CHOWN]
                        security_opt: ["no-new-privileges:true"]
                        oom_score_adj: 300
                        annotations: { org.example.note: "a b" }
                        read_only: true
                        ulimits: { nofile: { soft: 100, hard: 200 }, core: 0 }
                      open: { <<: *service, privileged: true }
                      loose: { <<: *service, security_opt: ["seccomp=unconfined", "systempaths=unconfined"] }
                      custom: { <<: *service, security_opt: ["seccomp:./profile.json"], runtime: crun }
                      device:
                        <<: *service
                        devices:
                          - "/dev/fuse:/dev/other:r"
                          - { source: /dev/fuse, target: /dev/long, permissions: r }
                        device_cgroup_rules: ["c 10:200 rwm"]
                      reader: { image: "bootstrap:busybox", command: cat, stdin_open: true }
                      ended: { image: "bootstrap:busybox", command: cat }

                    """)
                try project.write("profile.json", Self.profile)
                try project.expectSuccess("up")
                try checkCapabilities(project)
                try checkProfiles(project)
                try checkDevices(project)
                #expect(eventually { (try? project.status().service("ended").state) == "exited" })
                #expect(try project.status().service("reader").state == "running")
                // Nothing has changed, so nothing is made anew.
                let before = try project.status().service("caps").pid
                try project.expectSuccess("up")
                #expect(try project.status().service("caps").pid == before)
                try project.write("Envfile", try project.read("Envfile").replacing("net_admin", with: "sys_nice"))
                #expect(try project.trice("plan").standardOutput.contains("added capabilities changed"))
                try project.expectSuccess("up")
                #expect(try bits("CapEff", of: "caps", project) & 1 << 23 != 0)
            }
        }

        private func bits(_ line: String, of service: String, _ project: Project) throws -> UInt64 {
            let status = try project.expectSuccess("ssh", service, "cat", "/proc/1/status")
            let found = status.split(separator: "\n").first { $0.hasPrefix(line + ":") } ?? ""
            return try #require(UInt64(found.dropFirst(line.count + 1).filter { !$0.isWhitespace }, radix: 16))
        }

        private func checkCapabilities(_ project: Project) throws {
            let plain = try bits("CapEff", of: "plain", project)
            #expect(plain & 1 << 12 == 0 && plain & 1 != 0)
            // NET_ADMIN is 12, CHOWN is 0.
            #expect(try bits("CapEff", of: "caps", project) == plain & ~1 | 1 << 12)
            let all = try bits("CapEff", of: "open", project)
            #expect(all & 1 << 21 != 0 && all.nonzeroBitCount > plain.nonzeroBitCount)
            #expect(try bits("NoNewPrivs", of: "caps", project) == 1)
            #expect(try bits("NoNewPrivs", of: "plain", project) == 0)
            let groups = try project.expectSuccess("ssh", "caps", "id", "-G")
            #expect(groups.split(whereSeparator: \.isWhitespace).suffix(2) == ["77", "78"], "\(groups)")
            #expect(try project.expectSuccess("ssh", "caps", "cat", "/proc/1/oom_score_adj") == "300\n")
            let limits = try project.expectSuccess("ssh", "caps", "cat", "/proc/1/limits")
            let files = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            #expect(files.split(separator: " ").dropFirst(3).prefix(2) == ["100", "200"], "\(files)")
            #expect(try !project.trice("ssh", "caps", "touch", "/x").succeeded)
            let bundles = try Command("find", [project.fixture.runDirectory, "-path", "*/bundle/config.json"]).run()
            let texts = try bundles.standardOutput.split(separator: "\n").map {
                try String(contentsOfFile: String($0), encoding: .utf8)
            }
            #expect(texts.count { $0.contains("org.example.note") } == 1)
        }

        private func checkProfiles(_ project: Project) throws {
            #expect(try bits("Seccomp", of: "plain", project) == 2)
            #expect(try bits("Seccomp", of: "open", project) == 0)
            #expect(try bits("Seccomp", of: "loose", project) == 0)
            #expect(try bits("Seccomp", of: "custom", project) == 2)
            let chmod = ["sh", "-c", "touch /tmp-x && chmod 700 /tmp-x"]
            #expect(try project.command(["ssh", "plain"] + chmod).run().succeeded)
            expect(
                try project.command(["ssh", "custom"] + chmod).run(), endsWith: 1, saying: "Operation not permitted")
            let mounts = try project.expectSuccess("ssh", "plain", "cat", "/proc/mounts")
            #expect(mounts.contains(" /proc/sys proc ro"), "\(mounts)")
            for service in ["open", "loose"] {
                let mounts = try project.expectSuccess("ssh", service, "cat", "/proc/mounts")
                #expect(!mounts.contains(" /proc/sys ") && !mounts.contains(" /proc/kcore "), "\(mounts)")
            }
        }

        private func checkDevices(_ project: Project) throws {
            let number = try Command("stat", ["-c", "%t:%T", "/dev/fuse"]).run().standardOutput
            for node in ["/dev/other", "/dev/long"] {
                #expect(try project.expectSuccess("ssh", "device", "stat", "-c", "%t:%T", node) == number)
                #expect(try !project.trice("ssh", "plain", "ls", node).succeeded)
            }
            // Reading is allowed and writing is not; without a device cgroup both are.
            #expect(try project.trice("ssh", "open", "ls", "/dev/fuse").succeeded)
            guard !UserRun.isOn, FileManager.default.fileExists(atPath: "/sys/fs/cgroup/devices/devices.list") else {
                return
            }
            for node in ["/dev/other", "/dev/long"] {
                expect(
                    try project.trice("ssh", "device", "sh", "-c", ": >\(node)"), endsWith: 1,
                    saying: "Operation not permitted")
            }
            // The rule alone makes a node usable.
            let node = "mknod /dev/node c 10 200 && : </dev/node"
            #expect(try project.trice("ssh", "device", "sh", "-c", node).succeeded)
            #expect(try !project.trice("ssh", "plain", "sh", "-c", node).succeeded)
        }
    }
}
