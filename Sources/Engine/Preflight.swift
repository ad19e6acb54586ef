internal import Containers
internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import SystemPackage

/// Finds out before anything is changed what would make a plan fail.
struct Preflight: Sendable {
    let workspace: Workspace
    let environment: Environment

    /// - Throws: `EngineError` with every problem, one a line.
    func check(_ plan: Plan) throws {
        var problems: [any Error] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { problems.append(error) }
        }
        attempt { _ = try workspace.host.chosenRuntime() }
        attempt { _ = try Installation().initProgram() }
        attempt { try checkPrivilege() }
        attempt { try checkFirewall() }
        let own = try workspace.records().publishedPorts
        let publication = PortPublication(workspace: workspace, sink: NoSink())
        for planned in plan.operations {
            guard case .createContainer(let service, _) = planned.operation else { continue }
            attempt { try checkSources(service) }
            attempt { try publication.check(service, own: own) }
        }
        guard !problems.isEmpty else { return }
        let lines = problems.map { ErrorReport(of: $0).message }
        throw EngineError(.unsupportedHost, lines.joined(separator: "\n"), causes: problems)
    }

    private func checkPrivilege() throws {
        guard workspace.host.facts.capabilities.names.contains("CAP_SYS_ADMIN"), geteuid() == 0 else {
            throw EngineError(
                .unsupportedHost, "Trice needs root at the moment to mount and to make networks; try again with sudo.")
        }
    }

    private func checkFirewall() throws {
        let places = ["/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft", "/usr/bin/nft"]
        guard places.contains(where: { Files.exists(FilePath($0)) }) else {
            throw EngineError(.unsupportedHost, "The program `nft` is not installed. Install it: apt install nftables")
        }
    }

    private func checkSources(_ service: Service) throws {
        for mount in service.mounts {
            guard case .bind(let path, createsSource: false) = mount.source else { continue }
            if Files.exists(FilePath(path)) { continue }
            throw EngineError(
                .invalidProject, "\(path), which service \(service.name) mounts, is not there. Create it first.")
        }
    }
}
