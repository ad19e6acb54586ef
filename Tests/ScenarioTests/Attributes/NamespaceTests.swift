import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What containers share with each other and with the host, seen in /proc.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct NamespaceTests {
        private func namespace(_ kind: String, of service: String, _ project: Project) throws -> String {
            let pid = try #require(try project.status().service(service).pid)
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(kind)")
        }

        private func hosts(_ kind: String) throws -> String {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(kind)")
        }

        /// Attributes: `pid`, `ipc`, `uts`, `cgroup`, `userns_mode`, `sysctls`, `hostname`
        @Test func servicesShareNamespaces() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000 }
                    services:
                      db: { <<: *service, ipc: shareable, shm_size: 8m, hostname: base }
                      web: { <<: *service, pid: "service:db", ipc: "service:db", uts: "service:db" }
                      host: { <<: *service, pid: host, ipc: host, uts: host, cgroup: host, userns_mode: host }
                      bare: { <<: *service, ipc: none }
                      tuned:
                        <<: *service
                        sysctls: { net.core.somaxconn: 321, kernel.shmmax: "1048576", net.ipv4.ip_forward: 0 }

                    """)
                try project.expectSuccess("up")
                try checkShared(project)
                for kind in ["pid", "ipc", "uts", "cgroup"] {
                    #expect(try namespace(kind, of: "host", project) == hosts(kind), "\(kind)")
                    #expect(try namespace(kind, of: "tuned", project) != hosts(kind), "\(kind)")
                }
                #expect(try !project.trice("ssh", "bare", "ls", "/dev/shm").succeeded)
                for (name, value) in [("net/core/somaxconn", "321"), ("kernel/shmmax", "1048576")] {
                    #expect(try project.expectSuccess("ssh", "tuned", "cat", "/proc/sys/\(name)") == "\(value)\n")
                }
                // The one that shares is made anew: those that join it follow.
                try project.expectSuccess("up", "--force-recreate", "db")
                try project.expectSuccess("up")
                try checkShared(project)
                // One that has ended joins the namespaces as they are then.
                let pid = try #require(try project.status().service("web").pid)
                kill(pid, SIGKILL)
                #expect(eventually { (try? project.status().service("web").state) == "exited" })
                try project.expectSuccess("up")
                try checkShared(project)
            }
        }

        private func checkShared(_ project: Project) throws {
            for kind in ["pid", "ipc", "uts"] {
                let shared = try namespace(kind, of: "db", project)
                #expect(try namespace(kind, of: "web", project) == shared, "\(kind)")
                #expect(try shared != hosts(kind), "\(kind)")
            }
            #expect(try namespace("net", of: "web", project) != namespace("net", of: "db", project))
            try project.expectSuccess("ssh", "db", "sh", "-c", "echo one >/dev/shm/shared")
            #expect(try project.expectSuccess("ssh", "web", "cat", "/dev/shm/shared") == "one\n")
            #expect(try project.expectSuccess("ssh", "web", "df", "-k", "/dev/shm").contains(" 8192 "))
            #expect(try project.expectSuccess("ssh", "web", "hostname") == "base\n")
            // Both programs are in one list.
            let processes = try project.expectSuccess("ssh", "web", "ps")
            #expect(processes.split(separator: "\n").count { $0.contains("sleep 1000") } >= 2, "\(processes)")
        }
    }
}
