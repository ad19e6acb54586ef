import Foundation
import TestSupport
import Testing

extension OnHost {
    /// How much a container may use, seen in the files of its cgroups.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct LimitTests {
        private static let root = "/sys/fs/cgroup"
        /// Files of version 1.
        private static var isVersion1: Bool {
            FileManager.default.fileExists(atPath: "\(root)/memory/memory.limit_in_bytes")
        }

        private static func file(_ name: String, of service: String, _ project: Project) throws -> String {
            let controller = try #require(name.split(separator: ".").first)
            let found = try Command(
                "find", ["\(root)/\(controller)", "-path", "*-\(service)-1/\(name)", "-path", "*\(project.name)*"]
            ).run().standardOutput
            let path = try #require(found.split(separator: "\n").first, "\(name) of \(service)")
            return try String(contentsOfFile: String(path), encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// Attributes: `mem_limit`, `mem_reservation`, `memswap_limit`, `mem_swappiness`, `cpus`, `cpu_shares`
        /// Attributes: `cpuset`, `pids_limit`, `shm_size`, `deploy.resources`, `cpu_quota`, `cpu_period`
        /// Attributes: `cgroup_parent`, `deploy`, `deploy.resources.limits`, `deploy.resources.limits.cpus`
        /// Attributes: `deploy.resources.limits.memory`, `deploy.resources.limits.pids`
        /// Attributes: `deploy.resources.reservations`, `deploy.resources.reservations.memory`
        @Test(.needsRoot(.controlGroups), .enabled("cgroups of version 1 are not mounted") { isVersion1 })
        func everyLimitIsInTheFilesOfTheCgroup() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000 }
                    services:
                      own:
                        <<: *service
                        mem_limit: 64m
                        mem_reservation: 32m
                        memswap_limit: 96m
                        mem_swappiness: 7
                        cpus: 0.5
                        cpu_shares: 512
                        cpuset: "0"
                        pids_limit: 20
                        shm_size: 8m
                      deployed:
                        <<: *service
                        deploy:
                          resources: { limits: { cpus: "0.25", memory: 48m, pids: 30 }, reservations: { memory: 16m } }
                      quota: { <<: *service, cpu_quota: 30000, cpu_period: 60000, cgroup_parent: \(fixture.id)-p/q }

                    """)
                try project.expectSuccess("up", "--strict")
                try expectFiles(
                    of: "own", project,
                    [
                        "memory.limit_in_bytes": "\(64 << 20)", "memory.soft_limit_in_bytes": "\(32 << 20)",
                        "memory.memsw.limit_in_bytes": "\(96 << 20)", "memory.swappiness": "7",
                        "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000", "cpu.shares": "512",
                        "cpuset.cpus": "0", "pids.max": "20",
                    ])
                try expectFiles(
                    of: "deployed", project,
                    [
                        "memory.limit_in_bytes": "\(48 << 20)", "memory.soft_limit_in_bytes": "\(16 << 20)",
                        "memory.memsw.limit_in_bytes": "\(96 << 20)", "cpu.cfs_quota_us": "25000", "pids.max": "30",
                    ])
                try expectFiles(
                    of: "quota", project, ["cpu.cfs_quota_us": "30000", "cpu.cfs_period_us": "60000"])
                let groups = try Command("cat", ["/proc/\(try project.status().service("quota").pid ?? 0)/cgroup"])
                    .run()
                #expect(groups.standardOutput.contains(":/\(fixture.id)-p/q/trice-"), "\(groups.standardOutput)")
                let memory = try project.expectSuccess("ssh", "own", "df", "-k", "/dev/shm")
                #expect(memory.contains(" 8192 "), "\(memory)")
                // More processes than allowed.
                let forks = "i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done; wait"
                expect(try project.trice("ssh", "own", "sh", "-c", forks), endsWith: 2, saying: "fork")
                try project.expectSuccess("down")
                for controller in ["memory", "cpu", "pids"] {
                    let left = try Command("find", ["\(Self.root)/\(controller)", "-name", "*\(fixture.id)*"]).run()
                    #expect(left.standardOutput.isEmpty, "\(left.standardOutput)")
                }
            }
        }

        /// A block device of this host, and its numbers as the files of a cgroup name it.
        private static func blockDevice() throws -> (path: String, numbers: String) {
            let names = try FileManager.default.contentsOfDirectory(atPath: "/sys/block").sorted()
            let name = try #require(names.first { FileManager.default.fileExists(atPath: "/dev/\($0)") })
            let numbers = try String(contentsOfFile: "/sys/block/\(name)/dev", encoding: .utf8)
            return ("/dev/\(name)", numbers.trimmingCharacters(in: .whitespacesAndNewlines))
        }

        private static var hasThrottles: Bool {
            FileManager.default.fileExists(atPath: "\(root)/blkio/blkio.throttle.read_bps_device")
        }

        /// Attributes: `blkio_config`, `blkio_config.device_read_bps`, `blkio_config.device_read_bps.*.path`
        /// Attributes: `blkio_config.device_read_bps.*.rate`, `blkio_config.device_read_iops`
        /// Attributes: `blkio_config.device_read_iops.*.path`, `blkio_config.device_read_iops.*.rate`
        /// Attributes: `blkio_config.device_write_bps`, `blkio_config.device_write_bps.*.path`
        /// Attributes: `blkio_config.device_write_bps.*.rate`, `blkio_config.device_write_iops`
        /// Attributes: `blkio_config.device_write_iops.*.path`, `blkio_config.device_write_iops.*.rate`
        @Test(.needsRoot(.controlGroups), .enabled("the cgroups have no limits of block devices") { hasThrottles })
        func blockDevicesHaveTheirRates() async throws {
            try await withFixture { fixture in
                let (path, numbers) = try Self.blockDevice()
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        blkio_config:
                          device_read_bps: [{ path: \(path), rate: 16mb }]
                          device_read_iops: [{ path: \(path), rate: 1200 }]
                          device_write_bps: [{ path: \(path), rate: 8mb }]
                          device_write_iops: [{ path: \(path), rate: "300" }]

                    """)
                try project.expectSuccess("up", "--strict")
                try expectFiles(
                    of: "web", project,
                    [
                        "blkio.throttle.read_bps_device": "\(numbers) \(16 << 20)",
                        "blkio.throttle.read_iops_device": "\(numbers) 1200",
                        "blkio.throttle.write_bps_device": "\(numbers) \(8 << 20)",
                        "blkio.throttle.write_iops_device": "\(numbers) 300",
                    ])
            }
        }

        private static var hasRealtime: Bool {
            FileManager.default.fileExists(atPath: "\(root)/cpu/cpu.rt_runtime_us")
        }

        /// Attributes: `cpu_rt_period`, `cpu_rt_runtime`
        @Test(.needsRoot(.controlGroups), .enabled("the cgroups give no realtime") { hasRealtime })
        func realtimeIsGranted() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        cpu_rt_period: 500000
                        cpu_rt_runtime: 2ms

                    """)
                try project.expectSuccess("up", "--strict")
                try expectFiles(of: "web", project, ["cpu.rt_period_us": "500000", "cpu.rt_runtime_us": "2000"])
            }
        }

        /// Attributes: `oom_kill_disable`
        @Test(.needsRoot(.controlGroups), .enabled("cgroups of version 1 are not mounted") { isVersion1 })
        func theKernelLeavesItAlone() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000, mem_limit: 64m }
                    services:
                      web: { <<: *service, oom_kill_disable: true }
                      other: *service

                    """)
                try project.expectSuccess("up", "--strict")
                for (service, value) in [("web", "1"), ("other", "0")] {
                    let control = try Self.file("memory.oom_control", of: service, project)
                    #expect(control.hasPrefix("oom_kill_disable \(value)\n"), "\(service): \(control)")
                }
            }
        }

        private func expectFiles(of service: String, _ project: Project, _ files: [String: String]) throws {
            for (name, value) in files.sorted(by: { $0.key < $1.key }) {
                #expect(try Self.file(name, of: service, project) == value, "\(name) of \(service)")
            }
        }

        @Test func whatTheHostCannotDoIsOneWarningOrAnError() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        security_opt: ["apparmor=no-such-profile"]
                      db: { image: "bootstrap:busybox", command: sleep 1000, ulimits: { nofile: 1000000000 } }

                    """)
                let hasAppArmor = FileManager.default.fileExists(atPath: "/sys/module/apparmor")
                let canRaise = try Command("sh", ["-c", "ulimit -n 1000000000"]).run().succeeded
                guard !hasAppArmor, !canRaise else { return }
                expect(
                    try project.trice("up", "--strict"), endsWith: 1, saying: "not in force on this host",
                    "`security_opt: apparmor` (web)", "`ulimits.nofile` (db)")
                #expect(try project.status().services.isEmpty)
                let output = try project.trice("up")
                expect(output, endsWith: 0, saying: "`security_opt: apparmor` (web)", "`ulimits.nofile` (db)")
                #expect(output.standardError.split(separator: "\n").count { $0.contains("not in force") } == 1)
            }
        }
    }
}
