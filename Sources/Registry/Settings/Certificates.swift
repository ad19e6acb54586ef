internal import FoundationEssentials
internal import NIOSSL

/// Reads which certificates are trusted for a registry, and which are shown to it.
struct Certificates: Sendable {
    /// Looked through in this order; containers-certs.d(5).
    var directories: [String]

    /// How TLS is spoken to an endpoint.
    ///
    /// - Throws: `.invalidSettings` where a file cannot be read or is no certificate.
    func configuration(for endpoint: Endpoint) throws(RegistryError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if endpoint.isInsecure { configuration.certificateVerification = .none }
        var trusted: [NIOSSLCertificate] = []
        if let ca = endpoint.ca { trusted += try certificates(ca) }
        for directory in directories {
            let own = "\(directory)/\(endpoint.name)"
            // A directory that is missing or may not be read has nothing to say.
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: own) else { continue }
            for name in names.sorted() {
                if name.hasSuffix(".crt") {
                    trusted += try certificates("\(own)/\(name)")
                } else if name.hasSuffix(".cert") {
                    let key = "\(own)/\(name.dropLast(".cert".count)).key"
                    configuration.certificateChain = try certificates("\(own)/\(name)").map { .certificate($0) }
                    configuration.privateKey = .privateKey(try privateKey(key))
                }
            }
        }
        if !trusted.isEmpty { configuration.additionalTrustRoots = [.certificates(trusted)] }
        return configuration
    }

    private func certificates(_ path: String) throws(RegistryError) -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw RegistryError(
                .invalidSettings,
                "Could not read certificates from \(path). It must be a readable file in PEM format.", cause: error)
        }
    }

    private func privateKey(_ path: String) throws(RegistryError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw RegistryError(
                .invalidSettings,
                "Could not read the private key \(path). It must be a readable file in PEM format without a password.",
                cause: error)
        }
    }
}
