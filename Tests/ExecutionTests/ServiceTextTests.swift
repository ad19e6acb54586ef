import Containers
import Envfile
import OCI
import Planning
import SupervisorProtocol
import SystemPackage
import Testing
import Vocabulary
import Workspaces

@testable import Execution

/// From the text of a service to what the runtime is asked for, where not every host can put it in force.
@Suite(.timeLimit(.minutes(1))) struct ServiceTextTests {
    private func container(_ body: String) throws -> DesiredContainer {
        let lines = body.split(separator: "\n").map { "    \($0)\n" }.joined()
        let text = "services:\n  web:\n    image: demo:1\n\(lines)"
        let loader = Loader(processEnvironment: [:], fileExists: { _ in true }) { path in
            path == "/srv/shop/compose.yaml" ? .bytes(Array(text.utf8)) : .absent
        }
        let environment = try loader.load(files: ["/srv/shop/compose.yaml"]).environment
        return try DesiredContainer(try #require(environment.services.first))
    }

    /// What the runtime writes on a host with every limit, where `/dev/a` and `/dev/b` are block devices.
    private func resources(_ body: String) throws -> RuntimeSpecification.Resources {
        let all = LimitSupport(limits: Set(LimitSupport.Limit.allCases), reason: "")
        let numbers = ["/dev/a": BlockDeviceNumbers(major: 8, minor: 1), "/dev/b": .init(major: 8, minor: 2)]
        return try container(body).limits.resources(on: all, numbers)
    }

    /// Attributes: `blkio_config.weight`, `blkio_config.weight_device`, `blkio_config.weight_device.*.path`
    /// Attributes: `blkio_config.weight_device.*.weight`
    @Test func weightsOfBlockDevices() throws {
        let made = try resources(
            """
            blkio_config:
              weight: 300
              weight_device: [{ path: /dev/b, weight: 400 }, { path: /dev/a, weight: 20 }]
            """
        ).blockIO
        #expect(made?.weight == 300)
        #expect(
            made?.weightDevice == [.init(major: 8, minor: 2, weight: 400), .init(major: 8, minor: 1, weight: 20)])
        #expect(made?.throttleReadBpsDevice == nil && made?.throttleWriteIOPSDevice == nil)
    }

    /// Attributes: `blkio_config`, `blkio_config.device_read_bps`, `blkio_config.device_read_iops`
    /// Attributes: `blkio_config.device_write_bps`, `blkio_config.device_write_iops`
    @Test func ratesOfBlockDevices() throws {
        let made = try resources(
            """
            blkio_config:
              device_read_bps: [{ path: /dev/a, rate: 1mb }]
              device_read_iops: [{ path: /dev/a, rate: 12 }]
              device_write_bps: [{ path: /dev/b, rate: 2mb }]
              device_write_iops: [{ path: /dev/b, rate: 30 }]
            """
        ).blockIO
        #expect(made?.throttleReadBpsDevice == [.init(major: 8, minor: 1, rate: 1 << 20)])
        #expect(made?.throttleReadIOPSDevice == [.init(major: 8, minor: 1, rate: 12)])
        #expect(made?.throttleWriteBpsDevice == [.init(major: 8, minor: 2, rate: 2 << 20)])
        #expect(made?.throttleWriteIOPSDevice == [.init(major: 8, minor: 2, rate: 30)])
        #expect(made?.weight == nil)
    }

    /// Attributes: `cpu_rt_period`, `cpu_rt_runtime`, `oom_kill_disable`
    @Test func limitsOfVersion1() throws {
        let made = try resources("cpu_rt_period: 1400us\ncpu_rt_runtime: 400\nmem_limit: 64m\noom_kill_disable: true")
        #expect(made.cpu == .init(realtimeRuntime: 400, realtimePeriod: 1400))
        #expect(made.memory?.disableOOMKiller == true)
        #expect(try resources("mem_limit: 64m").memory?.disableOOMKiller == nil)
    }

    /// Attributes: `healthcheck.interval`, `healthcheck.timeout`, `healthcheck.retries`, `healthcheck.start_period`
    /// Attributes: `healthcheck.start_interval`
    @Test func timesOfAHealthCheck() throws {
        let check = """
            healthcheck:
              test: [CMD, check]
              interval: 7s
              timeout: 2s
              retries: 4
              start_period: 1m
              start_interval: 500ms
            """
        let settings = HealthResolution.settings(
            own: try container(check).healthCheck, readiness: nil, image: .init(), addresses: [])
        #expect(
            settings
                == HealthSettings(
                    .execution(["check"]), interval: .seconds(7), timeout: .seconds(2), retries: 4,
                    startPeriod: .seconds(60), startInterval: .milliseconds(500)))
    }

    /// The GPUs `0` and `1` of a vendor, and a device of another class.
    private static let interfaces = """
        [{"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu", "devices": [
          {"name": "0", "containerEdits": {"env": ["GPU=0"]}}, {"name": "1", "containerEdits": {"env": ["GPU=1"]}}]},
         {"cdiVersion": "0.6.0", "kind": "amd.com/gpu", "devices": [
          {"name": "0", "containerEdits": {"env": ["AMD=0"]}}]},
         {"cdiVersion": "0.6.0", "kind": "example.org/tpu", "devices": [
          {"name": "0", "containerEdits": {"env": ["TPU=0"]}}]}]
        """

    /// The variables of the chosen devices.
    private func chosen(_ body: String) throws -> [String] {
        let interfaces = try JSONCoding.decode([DeviceInterface].self, from: Self.interfaces)
        return try HostDeviceInterfaces(interfaces: interfaces).edits(for: container(body).security, of: "web")
            .environment
    }

    /// Attributes: `gpus.*.driver`, `gpus.*.count`, `gpus.*.device_ids`, `gpus.*.capabilities`
    /// Attributes: `deploy.resources.reservations.devices`, `deploy.resources.reservations.devices.*.driver`
    /// Attributes: `deploy.resources.reservations.devices.*.count`
    /// Attributes: `deploy.resources.reservations.devices.*.device_ids`
    /// Attributes: `deploy.resources.reservations.devices.*.capabilities`
    @Test(arguments: [
        ("driver: amd", ["AMD=0"]), ("count: 1", ["GPU=0"]), ("driver: nvidia", ["GPU=0", "GPU=1"]),
        ("device_ids: ['1']", ["GPU=1"]), ("driver: cdi, device_ids: [amd.com/gpu=0]", ["AMD=0"]),
        ("capabilities: [tpu]", ["TPU=0"]), ("capabilities: [nvidia, compute], count: 1", ["GPU=0"]),
        ("capabilities: [gpu, utility], count: 1", ["GPU=0"]),
    ])
    func devicesAreChosenByWhatTheFileSays(request: String, variables: [String]) throws {
        #expect(try chosen("gpus: [{ \(request) }]") == variables)
        let needed = request.contains("capabilities") ? request : "capabilities: [gpu], \(request)"
        #expect(
            try chosen("deploy: { resources: { reservations: { devices: [{ \(needed) }] } } }") == variables)
    }

    @Test func aClassThatIsNotDescribedIsAnError() throws {
        let error = #expect(throws: EngineError.self) { try chosen("gpus: [{ capabilities: [npu] }]") }
        #expect(error?.message.contains("asks for a device of the kind `npu`, which no file") == true, "\(error)")
    }
}
