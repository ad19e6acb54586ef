import Builder
import OCI
import SystemPackage
import Testing
import Workspaces

@testable import Building

@Suite(.timeLimit(.minutes(1))) struct BuildFlagsTests {
    private func applied(_ change: (inout BuildFlags) -> Void) throws -> BuildRequest {
        var flags = BuildFlags()
        change(&flags)
        var build = BuildRequest(name: "web", context: .directory("/work"))
        let request = ProjectRequest(
            files: [], projectName: nil, profiles: [], runtime: nil, processEnvironment: [:], userID: 0,
            workingDirectory: "/work", version: "1.0.0")
        try flags.apply(to: &build, request)
        return build
    }

    private func message(_ change: (inout BuildFlags) -> Void) throws -> String {
        let error = #expect(throws: EngineError.self) { try applied(change) }
        return try #require(error).message
    }

    @Test func labelsAndHostsAreTakenApart() throws {
        let build = try applied {
            $0.labels = ["a=b=c", "bare"]
            $0.hosts = ["db:192.0.2.1", "six=2001:db8::1"]
        }
        #expect(build.labels == ["a": "b=c", "bare": ""])
        #expect(build.extraHosts.map(\.name) == ["db", "six"])
        #expect(build.extraHosts.map(\.address) == ["192.0.2.1", "2001:db8::1"])
    }

    @Test func contextsAndCacheSourcesBeginInTheWorkingDirectory() throws {
        let build = try applied {
            $0.contexts = ["lib=./lib"]
            $0.cacheSources = ["app:1", "type=registry,ref=app:2", "type=local,src=cache", "type=gha"]
        }
        #expect(build.additionalContexts["lib"] != nil)
        #expect(build.cacheSources == ["app:1", "app:2", "oci:/work/cache"])
        #expect(build.remarks.count == 1)
        #expect(build.remarks[0].contains("not gha"))
    }

    @Test func keysOfSSHAreFiles() throws {
        let build = try applied { $0.sshKeys = ["deploy=id_ed25519,/keys/other"] }
        #expect(build.agents == ["deploy": ["/work/id_ed25519", "/keys/other"]])
    }

    @Test func theNetworkOfTheHostIsAnEntitlement() throws {
        let build = try applied { $0.network = "host" }
        #expect(build.network == .host)
        #expect(build.entitlements == [.networkHost])
        #expect(try applied { $0.network = "default" }.network == .sandbox)
        #expect(try applied { $0.network = "none" }.network == .none)
    }

    @Test func platformsHaveAVariantOrNone() throws {
        let platforms = try applied { $0.platforms = ["linux/arm/v7", "linux/amd64", "arm64"] }.platforms
        #expect(platforms.map(\.architecture) == ["arm", "amd64", "arm64"])
        #expect(platforms.map(\.variant) == ["v7", nil, nil])
    }

    @Test func whatHasAnotherFormIsRefusedWithTheForm() throws {
        #expect(try message { $0.contexts = ["lib"] } == "--build-context lib is not of the form NAME=CONTEXT.")
        #expect(try message { $0.hosts = ["db"] }.contains("NAME:ADDRESS"))
        #expect(try message { $0.secrets = ["src=x"] }.contains("has no id"))
        #expect(try message { $0.secrets = ["id=x,src=/nowhere/at/all"] }.contains("/nowhere/at/all"))
        #expect(try message { $0.sshKeys = ["default"] }.contains("SSH_AUTH_SOCK"))
        #expect(try message { $0.allowed = ["everything"] }.contains("network.host"))
        #expect(try message { $0.cacheSources = ["type=local"] }.contains("type=local,src=PATH"))
    }
}
