import Foundation
import OCI
import Testing

@testable import Registry

/// Against docker-registry with TLS and one user.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled("needs docker-registry, openssl and htpasswd") { try RegistryServer.isInstalled() })
struct LoginTests {
    let directory: TemporaryDirectory
    let server: RegistryServer

    init() throws {
        directory = try TemporaryDirectory()
        server = try RegistryServer(directory, .login(user: "ann", password: "se:cret"))
    }

    /// Settings that trust the server's CA.
    private var trusting: RegistrySettings {
        RegistrySettings(registries: [server.name: .init(ca: "\(directory.path)/ca.pem")])
    }

    private func reference() throws -> Reference { try Reference("\(server.name)/app:1") }

    @Test func aStoredLoginPullsAndPushes() async throws {
        let bytes = noise(1 << 20)
        let blob = try descriptor(bytes)
        try await withClient(directory, trusting, auths: [server.name: "ann:se:cret"]) { client in
            try await client.upload(blob, to: reference(), mode: .chunks(size: 300_000), content: BlobContent(bytes))
            #expect(try await client.bytes(blob, of: reference(), verify: true) == bytes)
        }
    }

    @Test func aCertificateIsTrustedFromItsDirectory() async throws {
        try directory.write("certs.d/\(server.name)/ca.crt", directory.read("ca.pem"))
        try await withClient(directory, auths: [server.name: "ann:se:cret"]) { client in
            let isThere = try await client.hasBlob(descriptor(noise(9)), in: reference())
            #expect(!isThere)
        }
    }

    @Test func anUnknownCertificateSaysHowToTrustIt() async throws {
        try await withClient(directory, auths: [server.name: "ann:se:cret"]) { client in
            let error = try await registryError { _ = try await client.manifest(of: reference()) }
            #expect(error.code == .certificateUnknown)
            #expect(error.message.contains("/etc/docker/certs.d/\(server.name)/ca.crt"))
        }
    }

    @Test func insecureMeansThatAnyCertificateWillDo() async throws {
        let settings = RegistrySettings(registries: [server.name: .init(insecure: true)])
        try await withClient(directory, settings, auths: [server.name: "ann:se:cret"]) { client in
            let isThere = try await client.hasBlob(descriptor(noise(9)), in: reference())
            #expect(!isThere)
        }
    }

    @Test func aFileThatIsNoCertificateIsNamed() async throws {
        let file = try directory.write("bad.pem", "nothing\n")
        let settings = RegistrySettings(registries: [server.name: .init(ca: file)])
        try await withClient(directory, settings) { client in
            let error = try await registryError { _ = try await client.manifest(of: reference()) }
            #expect(error.code == .invalidSettings)
            #expect(error.message.contains(file))
        }
    }

    @Test func withoutALoginTheRemedyIsNamed() async throws {
        try await withClient(directory, trusting) { client in
            let error = try await registryError { _ = try await client.manifest(of: reference()) }
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("trice login \(server.name)"))
        }
    }

    @Test func aWrongPasswordIsToldFromAServerThatIsNotThere() async throws {
        try await withClient(directory, trusting) { client in
            #expect(
                try await client.checkLogin(server.name, .password(user: "ann", password: "se:cret")) == .accepted)
            let wrong = try await registryError {
                _ = try await client.checkLogin(server.name, .password(user: "ann", password: "secret"))
            }
            #expect(wrong.code == .unauthorized)
            let port = try RegistryServer.freePort()
            let absent = try await registryError {
                _ = try await client.checkLogin("127.0.0.1:\(port)", .password(user: "ann", password: "se:cret"))
            }
            #expect(absent.code == .unreachable)
            #expect(absent.message.contains("127.0.0.1:\(port) refuses the connection"))
            // Nothing is kept from a login that was only tried.
            let error = try await registryError { _ = try await client.manifest(of: reference()) }
            #expect(error.code == .unauthorized)
        }
    }

    @Test func aProxyOfTheEnvironmentLeadsToTheRegistry() async throws {
        let bytes = noise(100_000)
        let name = "registry.invalid:5000"
        let settings = RegistrySettings(registries: [name: .init(insecure: true)])
        let secret = "Basic \(Data("pat:p@ss".utf8).base64EncodedString())"
        try await TunnelProxy.tunnelling(to: server.port, authorization: secret) { proxy in
            let good = ["HTTPS_PROXY": "http://pat:p%40ss@127.0.0.1:\(proxy.port)"]
            try await withClient(directory, settings, auths: [name: "ann:se:cret"], environment: good) { client in
                let reference = try Reference("\(name)/app:1")
                try await client.upload(try descriptor(bytes), to: reference, content: BlobContent(bytes))
                #expect(try await client.bytes(try descriptor(bytes), of: reference, verify: true) == bytes)
            }
            #expect(!proxy.requests.isEmpty)
            #expect(proxy.requests.allSatisfy { $0 == "CONNECT \(name) HTTP/1.1" })
            let bad = ["https_proxy": "http://127.0.0.1:\(proxy.port)"]
            try await withClient(directory, settings, environment: bad) { client in
                let error = try await registryError { _ = try await client.manifest(of: Reference("\(name)/app:1")) }
                #expect(error.code == .unreachable)
                #expect(error.message.contains("the proxy 127.0.0.1:\(proxy.port)"))
            }
        }
    }

    @Test func aRegistryThatAsksNobodySaysSo() async throws {
        let open = try RegistryServer(directory, .open, "open")
        defer { open.stop() }
        try await withClient(directory) { client in
            let check = try await client.checkLogin(open.name, .password(user: "ann", password: "x"))
            #expect(check == .notAsked)
        }
    }
}
