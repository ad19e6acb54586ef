import Foundation
import TestSupport

/// Debian's `docker-registry` on a free port of the loopback interface, with its blobs in the fixture.
final class LocalRegistry {
    private let port: UInt16

    init(fixture: Fixture) throws {
        port = try Fixture.freePort()
        let directory = "\(fixture.directory)/registry"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let configuration = "\(directory)/config.yml"
        let text = """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(directory)/data}}
            http: {addr: "127.0.0.1:\(port)"}

            """
        try Data(text.utf8).write(to: URL(filePath: configuration))
        let server = try Command("docker-registry", ["serve", configuration]).start()
        fixture.onCleanUp {
            server.send(SIGTERM)
            _ = server.wait(timeout: .seconds(5))
        }
        guard Response.eventually("/v2/", from: Endpoint("127.0.0.1", port)) else {
            throw TestError("docker-registry does not answer")
        }
    }

    /// How the images of the benchmark are named in the registry.
    func reference(_ image: DebianImages.Name) -> String { "127.0.0.1:\(port)/bench/debian:\(image.rawValue)" }

    func push(_ images: DebianImages) throws {
        for name in DebianImages.Name.allCases {
            try measure(
                Command(
                    "skopeo",
                    [
                        "copy", "--quiet", "--dest-tls-verify=false", "oci:\(images.layout):\(name.rawValue)",
                        "docker://\(reference(name))",
                    ]))
        }
    }
}
