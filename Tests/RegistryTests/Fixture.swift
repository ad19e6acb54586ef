import Foundation
import Glibc
import OCI
import Synchronization
import TestSupport
import Testing

@testable import Registry

struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A clock that sleeps no time and remembers how long it was asked to.
final class ImpatientClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant

    private let asked = Mutex<[Duration]>([])

    var sleeps: [Duration] { asked.withLock { $0 } }
    var now: Instant { .now }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let left = deadline - .now
        asked.withLock { $0.append(left) }
        try Task.checkCancellation()
    }
}

/// A client with files of its own, shut down at the end.
func withClient<Result>(
    _ directory: TemporaryDirectory, _ settings: RegistrySettings = RegistrySettings(),
    auths: [String: String] = [:], retry: RetryPolicy = RetryPolicy(), stall: Duration = .seconds(10),
    clock: any Clock<Duration> = ImpatientClock(), environment: [String: String] = [:],
    _ body: (RegistryClient) async throws -> Result
) async throws -> Result {
    var settings = settings
    settings.certificateDirectories = ["\(directory.path)/certs.d"]
    let entries = auths.map { name, login in
        "\"\(name)\": {\"auth\": \"\(Data(login.utf8).base64EncodedString())\"}"
    }
    try directory.write("home/.docker/config.json", "{\"auths\": {\(entries.joined(separator: ","))}}")
    var timeouts = RegistryTimeouts()
    timeouts.stall = stall
    let client = try RegistryClient(
        settings: settings, credentials: CredentialStore(environment: ["HOME": "\(directory.path)/home"]),
        environment: environment, retry: retry, timeouts: timeouts, clock: clock)
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// The error that `body` throws; none is a failure of the test.
func registryError(
    _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> RegistryError {
    do {
        try await body()
    } catch let error as RegistryError {
        return error
    }
    throw TestFailure("no error was thrown at line \(location.line)")
}

/// Bytes that look random and are the same every time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    return [UInt8](unsafeUninitializedCapacity: count + 8) { buffer, filled in
        for offset in stride(from: 0, to: count, by: 8) {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            UnsafeMutableRawBufferPointer(buffer).storeBytes(of: state, toByteOffset: offset, as: UInt64.self)
        }
        filled = count
    }
}

func descriptor(_ bytes: [UInt8], _ type: MediaType = .layerGzip) throws -> Descriptor {
    Descriptor(type, Digester.digest(of: bytes, .sha256), size: Int64(bytes.count))
}

extension RegistryServer {
    /// The registry as references have it.
    var name: String { address }

    static func isInstalled() throws -> Bool { try Requirement.met(.registry, .openssl, .htpasswd) }
}

extension RegistryClient {
    /// A whole blob.
    func bytes(_ descriptor: Descriptor, of reference: Reference, verify: Bool = false) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await blob(descriptor, of: reference, verify: verify) { piece in
            piece.withUnsafeBytes { bytes += $0 }
        }
        return bytes
    }
}
