import Foundation
import TestSupport

/// A small image that is made on the spot by `Programs/images.py`.
struct SampleImage: Encodable, Sendable {
    struct Layer: Encodable, Sendable {
        /// Texts by path; `PLATFORM` in one stands for the architecture.
        var files: [String: String] = [:]
        /// Whether a shell and a few commands are in it.
        var busybox = false
        /// The size of a file that does not compress, in bytes.
        var noise = 0
        var compression = Compression.gzip
    }

    enum Compression: String, Encodable, Sendable { case gzip, none }

    struct Platform: Encodable, Sendable {
        var os = "linux"
        var architecture: String
    }

    var layers: [Layer]
    /// The host's own when there is none; an index when there are several.
    var platforms: [Platform] = []
    var isIndex = false
    var labels: [String: String] = [:]
    private var tag = "image"

    init(_ layers: Layer..., platforms: [Platform] = [], isIndex: Bool = false, labels: [String: String] = [:]) {
        self.layers = layers
        self.platforms = platforms
        self.isIndex = isIndex
        self.labels = labels
    }

    /// An image that can be run, with one text of its own in `/flavour`.
    static func runnable(_ flavour: String = "plain", compression: Compression = .gzip) -> SampleImage {
        SampleImage(
            Layer(busybox: true, compression: compression),
            Layer(files: ["flavour": "\(flavour)\n"], compression: compression))
    }

    /// Makes the image as a layout with the tag `image`.
    /// - Returns: The digest of its manifest or index.
    func write(toLayout directory: String) throws -> String {
        struct Request: Encodable {
            var directory: String
            var images: [SampleImage]
        }
        let request = try JSONEncoder().encode(Request(directory: directory, images: [self]))
        let program =
            URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
            + "/../Programs/images.py"
        let output = try Command("python3", [program]).run(input: String(decoding: request, as: UTF8.self))
        guard output.succeeded, let digest = try JSONValue(text: output.standardOutput.utf8).object?[tag]?.string else {
            throw TestError(output.description)
        }
        return digest
    }

    /// The host's architecture, as images name it.
    static func hostArchitecture() throws -> String {
        try Command("dpkg", ["--print-architecture"]).run().standardOutput.trimmingCharacters(in: .newlines)
    }
}
