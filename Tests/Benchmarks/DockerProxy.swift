import Foundation
import TestSupport

/// Docker's proxy for published ports between the ends of what is measured, started by hand as its engine does.
///
/// It is the one in `PATH` or that `TRICE_BENCH_DOCKER_PROXY` names, else that of Debian's package, which is unpacked and
/// not installed.
final class DockerProxy {
    let endpoint: Endpoint

    /// - Returns: `nil` when there is none on this machine and Debian's mirror does not give it.
    init?(fixture: Fixture, to target: Endpoint, avoiding ports: Set<UInt16>) throws {
        guard let program = try Self.program(fixture) else { return nil }
        let port = try Fixture.freePort(avoiding: ports)
        let endpoint = Endpoint("127.0.0.1", port)
        self.endpoint = endpoint
        // It tells its parent that it is ready by descriptor 3, and closes that.
        let proxy = try Command(
            "sh",
            [
                "-c", "exec \"$0\" \"$@\" 3>/dev/null", program, "-proto", "tcp", "-host-ip", endpoint.address,
                "-host-port", "\(port)", "-container-ip", target.address, "-container-port", "\(target.port)",
            ]
        ).start()
        fixture.onCleanUp { proxy.send(SIGKILL) }
        guard eventually({ (try? Peer.connections(1, to: endpoint)) != nil }) else {
            throw TestError("docker-proxy does not answer.")
        }
    }

    private static func program(_ fixture: Fixture) throws -> String? {
        let named = ProcessInfo.processInfo.environment["TRICE_BENCH_DOCKER_PROXY"]
        if let known = named ?? Requirement.find("docker-proxy") { return known }
        let directory = "\(fixture.directory)/docker"
        let script = """
            mkdir -p \(directory)
            cd \(directory)
            download() { apt-get download -qq -o APT::Sandbox::User=root docker.io; }
            download || { apt-get update -qq && download; }
            dpkg-deb -x docker.io_*.deb .
            """
        guard try Command("sh", ["-ec", script]).run(timeout: .seconds(120)).succeeded else { return nil }
        return ["usr/sbin", "usr/bin"].map { "\(directory)/\($0)/docker-proxy" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
