import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Devices that files of the host describe, by the Container Device Interface.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct DeviceTests {
        private static let directory = "/var/run/cdi"

        /// Describes two GPUs of a kind that no other test has, and a device of another class; until the fixture ends.
        private func describeDevices(_ fixture: Fixture) throws {
            let wasThere = FileManager.default.fileExists(atPath: Self.directory)
            try FileManager.default.createDirectory(atPath: Self.directory, withIntermediateDirectories: true)
            fixture.onCleanUp {
                if !wasThere { try FileManager.default.removeItem(atPath: Self.directory) }
            }
            try Data("library\n".utf8).write(to: URL(filePath: "\(fixture.directory)/lib"))
            let library = "{ hostPath: \(fixture.directory)/lib, containerPath: /usr/lib/gpu, options: [ro, bind] }"
            let files = [
                "gpu": """
                cdiVersion: "0.6.0"
                kind: \(fixture.id).org/gpu
                devices:
                  - name: "0"
                    containerEdits:
                      env: [GPU=zero]
                      deviceNodes: [{ path: /dev/gpu0, hostPath: /dev/null }]
                      mounts: [\(library)]
                  - { name: "1", containerEdits: { env: [GPU=one] } }

                """,
                "other": """
                cdiVersion: "0.6.0"
                kind: example.org/\(fixture.id)
                devices: [{ name: first, containerEdits: { env: [GPU=able] } }]

                """,
            ]
            for (name, text) in files {
                let file = "\(Self.directory)/\(fixture.id)-\(name).yaml"
                try Data(text.utf8).write(to: URL(filePath: file))
                fixture.onCleanUp { try FileManager.default.removeItem(atPath: file) }
            }
        }

        /// Attributes: `gpus`, `gpus.*.driver`, `gpus.*.count`, `gpus.*.device_ids`, `gpus.*.capabilities`
        /// Attributes: `deploy.resources.reservations.devices`, `deploy.resources.reservations.devices.*.driver`
        /// Attributes: `deploy.resources.reservations.devices.*.count`
        /// Attributes: `deploy.resources.reservations.devices.*.device_ids`
        /// Attributes: `deploy.resources.reservations.devices.*.capabilities`
        @Test func aDescribedDeviceBringsWhatItNeeds() async throws {
            try await withFixture { fixture in
                try describeDevices(fixture)
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    x-service: &service { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                    x-driver: &driver { driver: \(fixture.id).org/gpu, capabilities: [gpu] }
                    services:
                      web: { <<: *service, gpus: [{ driver: \(fixture.id).org/gpu, count: 1 }] }
                      named: { <<: *service, devices: ["\(fixture.id).org/gpu=0"] }
                      chosen: { <<: *service, gpus: [{ <<: *driver, device_ids: ["1"] }] }
                      able: { <<: *service, gpus: [{ capabilities: [\(fixture.id)] }] }
                      one:
                        <<: *service
                        deploy: { resources: { reservations: { devices: [{ <<: *driver, count: 1 }] } } }
                      two:
                        <<: *service
                        deploy: { resources: { reservations: { devices: [{ <<: *driver, device_ids: ["1"] }] } } }
                      three:
                        <<: *service
                        deploy: { resources: { reservations: { devices: [{ capabilities: [\(fixture.id)] }] } } }
                      other: { <<: *service, gpus: all, profiles: [gpu] }

                    """)
                try project.expectSuccess("up")
                for service in ["web", "named", "one"] {
                    #expect(try variable(of: service, project) == "zero\n", "\(service)")
                    #expect(try project.expectSuccess("ssh", service, "stat", "-c", "%t:%T", "/dev/gpu0") == "1:3\n")
                    #expect(try project.expectSuccess("ssh", service, "cat", "/usr/lib/gpu") == "library\n")
                }
                for (service, value) in ["chosen": "one", "two": "one", "able": "able", "three": "able"] {
                    #expect(try variable(of: service, project) == "\(value)\n", "\(service)")
                }
                let text = try project.read("Envfile")
                try project.write("Envfile", text.replacing("gpu, count: 1", with: "gpu, count: 3"))
                expect(
                    try project.trice("up"), endsWith: 1, saying: "asks for 3 devices", "this host describes 2")
                try project.write("Envfile", text.replacing(".org/gpu, count: 1", with: ".org/none"))
                expect(
                    try project.trice("up"), endsWith: 1, saying: "Service `web` asks for a GPU",
                    "no file in /etc/cdi or /var/run/cdi")
            }
        }

        private func variable(of service: String, _ project: Project) throws -> String {
            try project.expectSuccess("ssh", service, "sh", "-c", "echo $GPU")
        }
    }
}
