internal import LinuxSystem
internal import Vocabulary

/// What the programs were built from: `build.json`, which `make build` writes beside them with `.ci/build-record`.
///
/// It is a file and no constant, so that a new commit compiles nothing again.
package struct BuildRecord: Sendable, Codable, Hashable {
    /// A part that is linked into the programs.
    package struct Library: Sendable, Codable, Hashable {
        package var name: String
        package var version: String

        package init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    /// The commit of the checkout; `-modified` follows where files differ from it.
    package var commit: String?
    /// The Swift toolchain, such as `swift-6.3.1-RELEASE`.
    package var toolchain: String?
    /// By name.
    package var libraries: [Library]

    /// The record of the running program; `nil` for one that was not built by `make build`.
    ///
    /// - Throws: `SystemError` for a file that cannot be read, and the decoder's error for one that is no record.
    package static func ofProgram() throws -> BuildRecord? {
        for path in try Installation().buildRecords {
            if let text = try Files.text(path) { return try JSONCoding.decode(BuildRecord.self, from: text) }
        }
        return nil
    }
}
