import Containers
import OCI
import Planning
import Testing
import Vocabulary
import Workspaces

@testable import Execution

/// Devices by the Container Device Interface.
@Suite(.timeLimit(.minutes(1))) struct DeviceInterfaceTests {
    private static let text = """
        {"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu", "containerEdits": {"env": ["DRIVER=1"]},
         "devices": [
          {"name": "0", "containerEdits": {"env": ["GPU=0"], "deviceNodes": [{"path": "/dev/nvidia0"}]}},
          {"name": "1", "containerEdits": {"env": ["GPU=1"], "additionalGids": [5],
            "mounts": [{"hostPath": "/a", "containerPath": "/b", "options": ["ro", "nosuid", "bind"]}],
            "hooks": [{"hookName": "createContainer", "path": "/bin/hook", "args": ["hook"]}]}},
          {"name": "all", "containerEdits": {"env": ["GPU=all"]}}]}
        """

    private func edits(_ change: (inout DesiredContainer.Security) -> Void) throws -> DeviceEdits {
        let interface = try JSONCoding.decode(DeviceInterface.self, from: Self.text)
        var security = DesiredContainer.Security()
        change(&security)
        return try HostDeviceInterfaces(interfaces: [interface]).edits(for: security, of: "web")
    }

    private func request(
        driver: String? = nil, ids: [String] = [], count: Int? = nil
    ) -> DesiredContainer.Security.DeviceRequest {
        .init(driver: driver, capabilities: ["gpu"], ids: ids, count: count)
    }

    @Test func devicesAreChosen() throws {
        #expect(try edits { $0.deviceRequests = [request()] }.environment == ["DRIVER=1", "GPU=all"])
        let one = try edits { $0.deviceRequests = [request(driver: "nvidia", count: 1)] }
        #expect(one.environment == ["DRIVER=1", "GPU=0"] && one.nodes.map(\.path) == ["/dev/nvidia0"])
        let named = try edits { security in
            security.devices = [.init(source: "nvidia.com/gpu=1", target: "nvidia.com/gpu=1", permissions: "rwm")]
        }
        #expect(named.groups == [5] && named.hooks?.createContainer?.map(\.path) == ["/bin/hook"])
        #expect(named.mounts.map(\.target) == ["/b"] && named.mounts[0].isReadOnly)
        #expect(named.mounts[0].options == ["nosuid"])
        let both = try edits {
            $0.deviceRequests = [request(driver: "cdi", ids: ["nvidia.com/gpu=0", "nvidia.com/gpu=1"])]
        }
        #expect(both.environment == ["DRIVER=1", "GPU=0", "GPU=1"])
        #expect(try edits { _ in }.environment.isEmpty)
    }

    @Test func whatIsNotDescribedIsAnError() {
        let cases: [(DesiredContainer.Security.DeviceRequest, String)] = [
            (request(driver: "amd"), "a GPU of the kind `amd.com/gpu`, which no file in /etc/cdi"),
            (request(count: 3), "asks for 3 devices of the kind `nvidia.com/gpu`, and this host describes 2"),
            (request(driver: "nvidia", ids: ["7"]), "the device `nvidia.com/gpu=7`"),
        ]
        for (request, says) in cases {
            let error = #expect(throws: EngineError.self) { try edits { $0.deviceRequests = [request] } }
            #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
        }
    }
}
