package import Images
internal import LinuxSystem
package import Store
package import SystemPackage

internal import enum Vocabulary.JSONCoding

/// What the writable directory of a container lies upon, written down beside it: it outlives a restart of the machine,
/// and fits no other image.
package struct ContainerOrigin: Codable, Hashable, Sendable {
    /// The id of the image.
    package var imageID: String
    /// The names of the layers below, uppermost first: those of the image, and what commits took.
    package var layers: [String]
    /// Whose files in the writable directory are the caller's; `nil` for root's.
    package var identity: KeptIdentity?

    package init(imageID: String, layers: [String], identity: KeptIdentity? = nil) {
        self.imageID = imageID
        self.layers = layers
        self.identity = identity
    }

    package init(_ record: ContainerRecord, identity: KeptIdentity? = nil) {
        self.init(imageID: record.imageID, layers: record.layers, identity: identity)
    }

    /// - Parameter directory: the container's state directory.
    /// - Returns: `nil` where none was written, or not as a whole.
    package static func read(in directory: FilePath) throws -> ContainerOrigin? {
        guard let text = try Files.text(file(in: directory)) else { return nil }
        // One that cannot be read says nothing.
        return try? JSONCoding.decode(ContainerOrigin.self, from: text)
    }

    /// Whose files of a container are the caller's; `nil` for root's, and where root itself works.
    ///
    /// - Parameter directory: the container's state directory.
    package static func identity(in directory: FilePath) throws -> KeptIdentity? {
        OutsideHost.isAway ? try read(in: directory)?.identity : nil
    }

    /// To be called before the writable directory is made: a file system that loses this in a power cut loses that too.
    package func write(in directory: FilePath) throws {
        try Files.write(try JSONCoding.encode(self), to: Self.file(in: directory), mode: 0o600)
    }

    private static func file(in directory: FilePath) -> FilePath { directory.appending("origin") }
}
