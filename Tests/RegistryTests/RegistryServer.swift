import Foundation
import Glibc
import Testing

/// Debian's `docker-registry` on the loopback, with a directory of its own.
final class RegistryServer {
    enum Access {
        case open
        /// TLS with a certificate of the test's own, and one user with a password.
        case login(user: String, password: String)
    }

    let port: Int
    private let process = Process()

    var name: String { "127.0.0.1:\(port)" }

    static func isInstalled() throws -> Bool { try Program.areInstalled("docker-registry", "openssl", "htpasswd") }

    /// Starts the server and waits until it listens.
    ///
    /// The CA of a server with TLS is `ca.pem` in the directory.
    init(_ directory: TemporaryDirectory, _ access: Access = .open, _ name: String = "registry") throws {
        port = try Self.freePort()
        var lines = [
            "version: 0.1", "log: {level: error, accesslog: {disabled: true}}",
            "storage: {filesystem: {rootdirectory: \(directory.path)/\(name)}, delete: {enabled: true}}",
        ]
        switch access {
        case .open: lines.append("http: {addr: \"127.0.0.1:\(port)\"}")
        case .login(let user, let password):
            try Self.makeCertificate(directory)
            let line = try Program.run("htpasswd", ["-Bbn", user, password])
            try directory.write("htpasswd", line)
            lines += [
                "http: {addr: \"127.0.0.1:\(port)\", tls: {certificate: \(directory.path)/server.pem, key: \(directory.path)/server.key}}",
                "auth: {htpasswd: {realm: test, path: \(directory.path)/htpasswd}}",
            ]
        }
        let configuration = try directory.write("\(name).yml", lines.joined(separator: "\n") + "\n")
        process.executableURL = URL(filePath: try #require(Program.path("docker-registry")))
        process.arguments = ["serve", configuration]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.environment = ["PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"]
        try process.run()
        let deadline = ContinuousClock.now + .seconds(20)
        while !Self.listens(port) {
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw TestFailure("docker-registry does not listen")
            }
            usleep(10_000)
        }
    }

    /// Ends the server and waits for it.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    deinit { stop() }

    private static func makeCertificate(_ directory: TemporaryDirectory) throws {
        let at = directory.path
        try Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Trice test CA", "-keyout",
                "\(at)/ca.key", "-out", "\(at)/ca.pem",
            ])
        try Program.run(
            "openssl",
            [
                "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "\(at)/server.key", "-out",
                "\(at)/server.csr",
            ])
        try directory.write("extensions", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        try Program.run(
            "openssl",
            [
                "x509", "-req", "-in", "\(at)/server.csr", "-CA", "\(at)/ca.pem", "-CAkey", "\(at)/ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "\(at)/extensions", "-out", "\(at)/server.pem",
            ])
    }

    private static func withAddress<R>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A port that nobody listens on.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        guard withAddress(0, { bind(descriptor, $0, $1) }) == 0 else { throw TestFailure("no port is free") }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw TestFailure("a socket has no port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func listens(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return withAddress(port, { connect(descriptor, $0, $1) }) == 0
    }
}
