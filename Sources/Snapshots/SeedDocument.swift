package import LinuxSystem
package import SystemPackage
internal import Vocabulary

/// A seed: what the volumes of a service had when it was healthy for the first time.
///
/// The document `DIGEST.json` is written before the layers are made, and once more when they are complete. While a command makes a
/// seed it holds `DIGEST.lock`: a document that is not complete and whose lock is free is what a killed command has left.
package struct SeedDocument: Codable, Hashable, Sendable {
    /// The form of documents that this version writes.
    package static let currentFormat = 1

    /// The form of this document.
    package var format = currentFormat
    /// Of all that decides what the service writes until it is healthy: 64 hexadecimal digits.
    package var digest: String
    /// The service of which it was kept.
    package var service: String
    /// The reference of its image.
    package var image: String
    /// In the order of their names.
    package var volumes: [Volume]
    /// Whether the layers are all there.
    package var isComplete = false
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    package var createdAt: Int64
    /// The same, of the last environment that began from it.
    package var usedAt: Int64

    /// One volume.
    package struct Volume: Codable, Hashable, Sendable {
        /// The key of the volume in the file.
        package var name: String
        /// The name of the layer's directory in the store.
        package var layer: String
        /// Bytes of its files.
        package var size: Int64

        package init(name: String, layer: String, size: Int64) {
            self.name = name
            self.layer = layer
            self.size = size
        }
    }

    package init(digest: String, service: String, image: String, volumes: [Volume], createdAt: Int64) {
        self.digest = digest
        self.service = service
        self.image = image
        self.volumes = volumes
        self.createdAt = createdAt
        usedAt = createdAt
    }

    /// Bytes of all volumes.
    package var size: Int64 { volumes.reduce(0) { $0 + $1.size } }
    /// The names of its layers.
    package var layers: [String] { volumes.map(\.layer) }
}

extension SeedDocument {
    private static let ending = ".json"

    /// The file of a seed.
    package static func file(of digest: String, in directory: FilePath) -> FilePath {
        directory.appending(digest + ending)
    }

    /// The lock of a seed in the making.
    package static func lock(of digest: String, in directory: FilePath) -> FilePath {
        directory.appending(digest + ".lock")
    }

    /// The document of a seed; `nil` when the file is missing, incomplete or of a later version.
    package static func read(_ digest: String, in directory: FilePath) throws(SystemError) -> SeedDocument? {
        guard let text = try Files.text(file(of: digest, in: directory)) else { return nil }
        // What cannot be read is no seed; it is removed with those that are not complete.
        guard let found = try? JSONCoding.decode(SeedDocument.self, from: text), found.format == currentFormat,
            found.digest == digest
        else { return nil }
        return found
    }

    /// The digests of all documents in a directory, complete or not.
    package static func digests(in directory: FilePath) throws(SystemError) -> [String] {
        guard Files.exists(directory) else { return [] }
        return try Files.names(in: directory).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
    }

    /// The documents of a directory, complete or not.
    package static func all(in directory: FilePath) throws(SystemError) -> [SeedDocument] {
        var found: [SeedDocument] = []
        for digest in try digests(in: directory) {
            if let document = try read(digest, in: directory) { found.append(document) }
        }
        return found
    }

    /// Writes the document.
    package func write(in directory: FilePath) throws {
        try Files.createDirectory(directory, mode: 0o700)
        try Files.write(try JSONCoding.encode(self), to: Self.file(of: digest, in: directory), mode: 0o600)
    }
}
