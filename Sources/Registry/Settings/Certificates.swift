internal import CCurl
internal import FoundationEssentials

/// How TLS is spoken to an endpoint.
struct TLSOptions: Hashable, Sendable {
    /// What is shown to the server: paths of PEM files.
    struct Identity: Hashable, Sendable {
        var certificate: String
        var key: String
    }

    /// Whether the server's certificate must be trusted and be for its name.
    var verifies = true
    /// Certificates in PEM format instead of the system's; `nil` for those.
    var trusted: [UInt8]?
    var identity: Identity?
}

/// Reads which certificates are trusted for a registry, and which are shown to it.
struct Certificates: Sendable {
    private static let certificateLabels: Set = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]
    private static let keyLabels: Set = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]

    /// Looked through in this order; containers-certs.d(5).
    var directories: [String]

    /// How TLS is spoken to an endpoint.
    ///
    /// - Throws: `.invalidSettings` where a file cannot be read or is no certificate.
    func options(for endpoint: Endpoint) throws(RegistryError) -> TLSOptions {
        var options = TLSOptions()
        options.verifies = !endpoint.isInsecure
        var trusted: [UInt8] = []
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
                    _ = try certificates("\(own)/\(name)")
                    try checkPrivateKey(key)
                    options.identity = TLSOptions.Identity(certificate: "\(own)/\(name)", key: key)
                }
            }
        }
        if !trusted.isEmpty { options.trusted = trusted + Self.systemCertificates }
        return options
    }

    /// What libcurl trusts where it is told nothing; curl_version_info(3).
    private static var systemCertificates: [UInt8] {
        guard let path = curl_version_info(ccurl_version_now)?.pointee.cainfo,
            // A system without that file trusts nothing but the directory that libcurl looks into besides.
            let data = try? Data(contentsOf: URL(filePath: String(cString: path)))
        else { return [] }
        return Array(data)
    }

    private func certificates(_ path: String) throws(RegistryError) -> [UInt8] {
        // Why a file cannot be read is said well enough by its name.
        guard let data = try? Data(contentsOf: URL(filePath: path)),
            PEMText(data).isValid(labels: Self.certificateLabels)
        else {
            throw RegistryError(
                .invalidSettings, "Could not read certificates from \(path). It must be a readable file in PEM format.")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private func checkPrivateKey(_ path: String) throws(RegistryError) {
        // Why a file cannot be read is said well enough by its name.
        guard let data = try? Data(contentsOf: URL(filePath: path)), PEMText(data).isValid(labels: Self.keyLabels)
        else {
            throw RegistryError(
                .invalidSettings,
                "Could not read the private key \(path). It must be a readable file in PEM format without a password.")
        }
    }
}

/// The blocks of a PEM file; RFC 7468.
struct PEMText {
    private var blocks: [(label: String, base64: String, hasHeaders: Bool)] = []

    init(_ data: Data) {
        var open: (label: String, base64: String, hasHeaders: Bool)?
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.trimmingBlanks
            if text.hasPrefix("-----BEGIN "), text.hasSuffix("-----") {
                open = (String(text.dropFirst("-----BEGIN ".count).dropLast("-----".count)), "", false)
            } else if let block = open, text == "-----END \(block.label)-----" {
                blocks.append(block)
                open = nil
            } else if text.contains(":") {
                open?.hasHeaders = true
            } else {
                open?.base64 += text
            }
        }
    }

    /// Whether there is a block with one of the labels, and all of those hold a sequence of DER that is not encrypted.
    func isValid(labels: Set<String>) -> Bool {
        let meant = blocks.filter { labels.contains($0.label) }
        return !meant.isEmpty
            && meant.allSatisfy { !$0.hasHeaders && Data(base64Encoded: $0.base64)?.first == 0x30 }
    }
}
