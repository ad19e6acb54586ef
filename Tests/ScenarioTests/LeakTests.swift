import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `down` leaves the host as it was before `up`.
    @Suite(.timeLimit(.minutes(5)), .scenario, .alone) struct LeakTests {
        /// Everything that an environment consists of: a network or two, ports, all kinds of mounts, a job.
        static func envfile(_ fixture: Fixture, port: UInt16, networks: Int = 1) -> String {
            let web = networks == 1 ? "" : "networks: [front, back]"
            let stubborn = networks == 1 ? "" : "networks: [back]"
            let all = networks == 1 ? "" : "networks: {front: , back: }"
            return """
                name: \(fixture.id)
                services:
                  job:
                    image: bootstrap:busybox
                    command: "true"
                  web:
                    image: bootstrap:busybox
                    command: httpd -f -p 80 -h /data
                    \(web)
                    ports:
                      - "\(port):80"
                      - "\(port):80/udp"
                    volumes:
                      - ./shared:/shared
                      - data:/data
                      - type: tmpfs
                        target: /scratch
                    depends_on:
                      job:
                        condition: service_completed_successfully
                  stubborn:
                    image: bootstrap:busybox
                    command: sh -c 'trap "" TERM; while true; do sleep 1; done'
                    stop_grace_period: 1s
                    \(stubborn)
                volumes:
                  data:
                \(all)
                """
        }

        /// Brings an environment up and down once, so that the images are there, and notes what the host looks like.
        private func prepared(_ fixture: Fixture, runtime: String = "crun", networks: Int = 1) throws -> (
            project: Project, before: HostSnapshot
        ) {
            let envfile = try Self.envfile(fixture, port: Fixture.freePort(), networks: networks)
            let project = try fixture.project(envfile)
            try FileManager.default.createDirectory(
                atPath: "\(project.directory)/shared", withIntermediateDirectories: true)
            try project.expectSuccess("up", "--runtime", runtime)
            try project.expectSuccess("down", "--volumes")
            return (project, try HostSnapshot.take(directories: [fixture.directory]))
        }

        private func difference(_ fixture: Fixture, from before: HostSnapshot) throws -> [String] {
            // Which layers are not on the disk yet is the kernel's affair.
            try HostSnapshot.settledDifference(from: before, directories: [fixture.directory])
                .filter { !$0.contains("/layers/unsettled/") }
        }

        @Test(arguments: [1, 2]) func downLeavesNothing(networks: Int) async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture, networks: networks)
                try project.expectSuccess("up")

                // First the proof that the check would see what this environment consists of.
                let meanwhile = try HostSnapshot.take(directories: [fixture.directory]).difference(from: before)
                // Those of a user are in a mount namespace of the user's own.
                let mounts: [HostSnapshot.Kind] = UserRun.isOn ? [] : [.mount]
                for kind in mounts + [.networkNamespace, .link, .address, .route, .rule, .process, .file] {
                    #expect(
                        meanwhile.contains { $0.hasPrefix("+ \(kind.rawValue) ") },
                        "an environment that is up shows no \(kind.rawValue): \(meanwhile.count) differences")
                }

                try project.expectSuccess("down", "--volumes")
                #expect(try difference(fixture, from: before) == [])
            }
        }

        @Test func downKeepsNamedVolumesOnly() async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture)
                try project.expectSuccess("up")
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo kept >/data/file")
                try project.expectSuccess("down")
                let left = try difference(fixture, from: before)
                #expect(left.contains { $0.hasSuffix("/data/file") })
                #expect(left.allSatisfy { $0.hasPrefix("+ file \(fixture.stateDirectory)/volumes") }, "\(left)")

                try project.expectSuccess("up")
                #expect(try project.expectSuccess("exec", "web", "--", "cat", "/data/file") == "kept\n")
                try project.expectSuccess("down", "--volumes")
                #expect(try difference(fixture, from: before) == [])
            }
        }

        @Test(arguments: ["after up", "while up"], [1, 2])
        func downAfterAKillLeavesNothing(_ moment: String, networks: Int) async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture, networks: networks)
                if moment == "while up" {
                    // Not one moment but several: wherever the kill hits, the next commands repair it.
                    for milliseconds in [5, 20, 40, 80] {
                        let up = try project.command(["up"]).start()
                        usleep(UInt32(milliseconds * 1000))
                        up.send(SIGKILL)
                        _ = up.wait()
                    }
                } else {
                    try project.expectSuccess("up")
                    try project.killSupervisor()
                }
                try project.expectSuccess("down", "--volumes")
                let left = try difference(fixture, from: before)
                #expect(left == [], "\(left)")
            }
        }

        @Test func anInterruptedRecreateIsRepairedByTheNextUp() async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture)
                try project.expectSuccess("up")
                for milliseconds in [10, 25, 40, 60, 80, 110, 150] {
                    let up = try project.command(["up", "--force-recreate"]).start()
                    usleep(UInt32(milliseconds * 1000))
                    up.send(SIGKILL)
                    _ = up.wait()
                    try project.expectSuccess("up")
                    #expect(try project.status().running == ["stubborn", "web"])
                    try project.expectSuccess("exec", "web", "--", "true")
                }
                try project.expectSuccess("down", "--volumes")
                let left = try difference(fixture, from: before)
                #expect(left == [], "\(left)")
            }
        }

        @Test func containersThatDiedAreStartedAgain() async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture)
                try project.expectSuccess("up")
                // The containers die behind Trice's back.
                for service in try project.status().services {
                    if let process = service.pid { kill(process, SIGKILL) }
                }
                #expect(eventually { (try? project.status().running) == [] })
                try project.expectSuccess("up")
                #expect(try project.status().running == ["stubborn", "web"])
                try project.expectSuccess("down", "--volumes")
                #expect(try difference(fixture, from: before) == [])
            }
        }

        @Test(.enabled("needs runc") { try Requirement.met(.runc) }) func anotherRuntime() async throws {
            try await withFixture { fixture in
                let (project, before) = try prepared(fixture, runtime: "runc")
                try project.expectSuccess("up", "--runtime", "runc")
                expect(try project.trice("ssh", "--runtime", "runc", "web", "--", "sh", "-c", "exit 3"), endsWith: 3)
                #expect(try project.status().running == ["stubborn", "web"])
                try project.expectSuccess("down", "--volumes")
                #expect(try difference(fixture, from: before) == [])
            }
        }
    }
}
