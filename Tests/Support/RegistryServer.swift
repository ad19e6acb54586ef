import Foundation
import Glibc
import Synchronization

/// A registry for one test: Debian's `docker-registry` on a free port of `localhost`, in a directory of the test.
///
/// Its log of requests is kept, so that a test can check which requests were sent.
package final class RegistryServer: Sendable {
    /// The address and the users of the registry.
    package struct Options: Sendable {
        /// A certificate and its key; without one the registry speaks plain HTTP.
        package var identity: TestCertificate?
        /// Names with passwords; without any, every client may do everything.
        package var users: [String: String]
        /// The URL of another registry that this one is a mirror of.
        package var mirrored: String?

        package init(identity: TestCertificate? = nil, users: [String: String] = [:], mirrored: String? = nil) {
            self.identity = identity
            self.users = users
            self.mirrored = mirrored
        }
    }

    /// One request in the registry's log.
    package struct Request: Sendable {
        package var method: String
        package var path: String
        package var status: Int
    }

    /// `localhost:PORT`, as names of images begin.
    package let address: String
    package let port: UInt16
    /// Where the registry keeps its blobs; a test may damage them.
    package let storage: String
    private let environment: [String: String]
    private let configuration: String
    private let options: Options
    private let running = Mutex<RunningCommand?>(nil)

    /// Starts a registry; it ends with the fixture.
    package convenience init(_ fixture: Fixture, _ options: Options = Options()) throws {
        try self.init(in: fixture.directory, options, environment: fixture.environment)
        fixture.onCleanUp { [self] in stop() }
    }

    /// Starts a registry that keeps everything in a directory; it ends with this object.
    package init(in directory: String, _ options: Options = Options(), environment: [String: String]? = nil) throws {
        port = try Fixture.freePort()
        let directory = "\(directory)/registry-\(port)"
        self.environment = environment ?? ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory]
        self.options = options
        address = "localhost:\(port)"
        storage = "\(directory)/storage"
        configuration = "\(directory)/config.yml"
        try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
        try Data(try Self.text(options, port, directory).utf8).write(to: URL(filePath: configuration))
        try start()
    }

    deinit { stop() }

    private static func text(_ options: Options, _ port: UInt16, _ directory: String) throws -> String {
        var lines = [
            "version: 0.1", "log: {level: error}",
            "storage: {filesystem: {rootdirectory: \(directory)/storage}, delete: {enabled: true}}",
            "http:", "  addr: 127.0.0.1:\(port)", "  secret: of-a-test",
        ]
        if let identity = options.identity {
            lines.append("  tls: {certificate: \(identity.certificate), key: \(identity.key)}")
        }
        if !options.users.isEmpty {
            let file = "\(directory)/htpasswd"
            for (number, (user, password)) in options.users.sorted(by: { $0.key < $1.key }).enumerated() {
                let output = try Command("htpasswd", [number == 0 ? "-Bic" : "-Bi", file, user]).run(input: password)
                guard output.succeeded else { throw TestError(output.description) }
            }
            lines.append("auth: {htpasswd: {realm: test, path: \(file)}}")
        }
        if let mirrored = options.mirrored { lines.append("proxy: {remoteurl: \(mirrored)}") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Starts the registry (again) with its content, and waits until it answers.
    package func start() throws {
        let command = try Command("docker-registry", ["serve", configuration], environment: environment).start()
        running.withLock { $0 = command }
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            guard command.isRunning else { throw TestError(command.wait().description) }
            if (try? Socket(connecting: .tcp, to: Endpoint("127.0.0.1", port))) != nil { return }  // refused: not yet
            usleep(5000)
        }
        throw TestError("the registry on \(address) does not answer: " + command.wait(timeout: .zero).description)
    }

    /// Kills the registry at once.
    package func stop() {
        guard let command = running.withLock({ $0.take() }) else { return }
        command.send(SIGKILL)
        _ = command.wait()
    }
}

// MARK: - Requests

extension RegistryServer {
    /// The requests since the start of the registry.
    package var requests: [Request] {
        let text = running.withLock { $0?.standardOutput } ?? ""
        return text.split(separator: "\n").compactMap { line in
            // 127.0.0.1 - - [TIME] "METHOD PATH HTTP/1.1" STATUS SIZE "" "AGENT"
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            guard parts.count > 2 else { return nil }
            let request = parts[1].split(separator: " ")
            guard request.count == 3, let status = parts[2].split(separator: " ").first.flatMap({ Int($0) }) else {
                return nil
            }
            return Request(method: String(request[0]), path: String(request[1]), status: status)
        }
    }

    /// The requests that `body` makes.
    package func requests(during body: () throws -> Void) rethrows -> [Request] {
        let before = requests.count
        try body()
        return Array(requests.dropFirst(before))
    }
}

// MARK: - Content

extension RegistryServer {
    /// The file of a blob.
    package func blob(_ digest: String) -> String {
        let hex = digest.dropFirst("sha256:".count)
        return "\(storage)/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
    }

    /// The document of a name, as skopeo gets it.
    package func manifest(_ name: String) throws -> JSONValue {
        try JSONValue(text: skopeo(["inspect", "--raw", "--tls-verify=false", "docker://\(address)/\(name)"]).utf8)
    }

    /// The digest of a name, as skopeo reports it.
    package func digest(_ name: String) throws -> String {
        let bytes = try skopeo(["inspect", "--raw", "--tls-verify=false", "docker://\(address)/\(name)"])
        let output = try Command("sha256sum").run(input: bytes)
        return "sha256:" + output.standardOutput.prefix(64)
    }

    /// Copies an image of a layout into the registry with skopeo.
    package func copy(_ source: String, to name: String, _ options: [String] = []) throws {
        let user = self.options.users.min { $0.key < $1.key }.map { ["--dest-creds", "\($0.key):\($0.value)"] } ?? []
        _ = try skopeo(
            ["copy", "--quiet", "--all", "--dest-tls-verify=false"] + user + options
                + [source, "docker://\(address)/\(name)"])
    }

    private func skopeo(_ arguments: [String]) throws -> String {
        let user = self.options.users.min { $0.key < $1.key }.map { ["--creds", "\($0.key):\($0.value)"] } ?? []
        let command = Command(
            "skopeo",
            ["--insecure-policy", arguments[0]] + (arguments[0] == "inspect" ? user : []) + arguments.dropFirst(),
            environment: environment)
        let output = try command.run()
        guard output.succeeded else { throw TestError(output.description) }
        return output.standardOutput
    }
}

/// A certificate for `localhost` that a self-made authority has signed.
package struct TestCertificate: Sendable {
    /// The file of the authority's certificate.
    package let authority: String
    package let certificate: String
    package let key: String

    /// Creates the authority and its certificates in a fixture's directory.
    package init(_ fixture: Fixture) throws { try self.init(in: fixture.directory) }

    /// Creates the authority and its certificates in a directory.
    package init(in directory: String) throws {
        let base = "\(directory)/certificates"
        authority = "\(base)/ca.pem"
        certificate = "\(base)/server.pem"
        key = "\(base)/server.key"
        let script = """
            mkdir -p \(base) && cd \(base)
            new="openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            $new -keyout ca.key -out ca.pem -subj '/CN=authority of a test'
            $new -keyout server.key -out server.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                -addext basicConstraints=critical,CA:FALSE -CA ca.pem -CAkey ca.key
            """
        let output = try Command("sh", ["-ec", script]).run()
        guard output.succeeded else { throw TestError(output.description) }
    }
}
