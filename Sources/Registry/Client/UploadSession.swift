/// An upload that a registry has opened: where it goes on and how much is there. A pure state.
struct UploadSession {
    /// Where the next request goes; the registry may change it with every answer.
    private(set) var location: WebAddress
    /// How many bytes the registry has.
    private(set) var offset: Int64
    /// The least size of a chunk that is not the last; `OCI-Chunk-Min-Length`.
    private(set) var minimumChunk: Int64

    /// From the answer to the POST that opened it, or to the GET that asked how far it is.
    ///
    /// - Throws: `.protocolViolation` without a usable `Location` or with a malformed `Range`.
    init(
        _ headers: HTTPHeaders, from address: WebAddress, _ endpoint: Endpoint, before: UploadSession? = nil,
        _ what: String
    ) throws(RegistryError) {
        if let text = headers.first(name: "Location") {
            location = try Exchange.target(text, from: address, endpoint, what)
        } else if let before {
            location = before.location
        } else {
            throw RegistryError(
                .protocolViolation, "Could not \(what): \(endpoint.name) does not say where to send the blob.")
        }
        offset = try Self.received(headers, endpoint, what) ?? 0
        minimumChunk =
            headers.first(name: "OCI-Chunk-Min-Length").flatMap { Int64($0) } ?? before?.minimumChunk ?? 0
    }

    /// The bytes of the next chunk: of the wanted size, but no smaller than the registry allows.
    func chunk(_ wanted: Int64, of size: Int64) -> Range<Int64> {
        offset..<min(size, offset + max(wanted, minimumChunk, 1))
    }

    /// The registry took a chunk.
    ///
    /// - Throws: `.protocolViolation` where it has more than was sent.
    mutating func took(
        _ chunk: Range<Int64>, _ headers: HTTPHeaders, from address: WebAddress, _ endpoint: Endpoint, _ what: String
    ) throws(RegistryError) {
        if let text = headers.first(name: "Location") {
            location = try Exchange.target(text, from: address, endpoint, what)
        }
        var received = try Self.received(headers, endpoint, what) ?? chunk.upperBound
        if received == 0, chunk == 0..<1 { received = 1 }
        guard received <= chunk.upperBound, received > chunk.lowerBound || chunk.isEmpty else {
            throw RegistryError(
                .protocolViolation,
                "Could not \(what): \(endpoint.name) has \(received) bytes after a chunk from \(chunk.lowerBound) to \(chunk.upperBound)."
            )
        }
        offset = received
    }

    private static func received(
        _ headers: HTTPHeaders, _ endpoint: Endpoint, _ what: String
    ) throws(RegistryError) -> Int64? {
        guard let text = headers.first(name: "Range") else { return nil }
        guard let received = UploadRange.received(text) else {
            throw RegistryError(
                .protocolViolation, "Could not \(what): \(endpoint.name) answered with `\(text)`, which is not a range."
            )
        }
        return received
    }
}
