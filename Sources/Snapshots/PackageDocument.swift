internal import Vocabulary

/// What a package of an environment consists of: a file of `trice package` or `snapshot export`, or what `trice publish` has
/// sent. The files are layers of an OCI artifact; this is the document of it.
///
/// Layers have the names that their directories get in every store: the digits of their diff IDs.
package struct PackageDocument: Codable, Hashable, Sendable {
    /// The type of the artifact in its manifest.
    package static let artifactType = "application/vnd.trice.environment.v1"
    /// The version of this form; a reader refuses a later one.
    package static let currentFormat = 1

    /// The version of this form.
    package var format = PackageDocument.currentFormat
    /// As OCI names it, such as `amd64`.
    package var architecture: String
    /// The version of Trice that made it.
    package var version: String
    /// The name of the project.
    package var project: String
    /// `nil` where it was left out.
    package var snapshot: Snapshot?
    /// The images of services, and those that containers of the snapshot lie upon.
    package var images: [Image] = []
    /// The Envfile with the files that it names; `nil` for an exported snapshot.
    package var files: Files?

    /// A snapshot with its name.
    package struct Snapshot: Codable, Hashable, Sendable {
        /// What the user called it.
        package var name: String
        /// The content, without the resolved configuration.
        package var document: SnapshotDocument

        package init(name: String, document: SnapshotDocument) {
            self.name = name
            self.document = document
        }
    }

    /// An image: its documents, and the names by which services mean it.
    package struct Image: Codable, Hashable, Sendable {
        /// The digest of the configuration.
        package var id: String
        /// The bytes of the manifest.
        package var manifest: String
        /// The bytes of the configuration.
        package var configuration: String
        /// The digest of the index that the manifest was chosen from.
        package var index: String?
        /// As the Envfile writes them.
        package var references: [Reference] = []

        package init(id: String, manifest: String, configuration: String, index: String?) {
            self.id = id
            self.manifest = manifest
            self.configuration = configuration
            self.index = index
        }
    }

    /// A name of an image in the Envfile.
    package struct Reference: Codable, Hashable, Sendable {
        /// The name, or what follows the project's name and a `-` in it.
        package var text: String
        /// Whether the name of the project comes before it: that may be another one elsewhere.
        package var isOfProject: Bool

        package init(text: String, isOfProject: Bool) {
            self.text = text
            self.isOfProject = isOfProject
        }

        /// The name in a project.
        package func name(in project: String) -> String { isOfProject ? "\(project)-\(text)" : text }
    }

    /// The files of the project directory.
    package struct Files: Codable, Hashable, Sendable {
        /// The layer that has them.
        package var layer: String
        /// Relative to the project directory, sorted.
        package var paths: [String]
        /// Those with which the project begins, in the order of `-f`; empty where `trice up` finds them by itself.
        package var envfiles: [String] = []
        /// What is not part of the package.
        package var leftOut: [LeftOut] = []
        /// Variables whose value stands in one of the files, such as `POSTGRES_PASSWORD of db`.
        package var plainSecrets: [String] = []

        package init(layer: String, paths: [String]) {
            self.layer = layer
            self.paths = paths
        }
    }

    /// A file or a directory that is not part of the package.
    package struct LeftOut: Codable, Hashable, Sendable {
        /// Why.
        package enum Reason: String, Codable, Sendable {
            /// `secrets:` names it, or it is a key for a build.
            case secret
            /// It gives variables: `.env`, or a file of `env_file:`.
            case variables
            /// It has a name that files with credentials have.
            case credentials
            /// A folder that a service shares with the host.
            case folder
            /// The image of the build is part of the package.
            case build
            /// It lies outside of the project directory.
            case outside
        }

        /// Relative to the project directory, or absolute.
        package var path: String
        package var reason: Reason
        /// What names it, such as `secret db_password`.
        package var use: String
        /// The names of the variables that it sets.
        package var variables: [String] = []

        package init(path: String, reason: Reason, use: String) {
            self.path = path
            self.reason = reason
            self.use = use
        }
    }

    package init(architecture: String, version: String, project: String) {
        self.architecture = architecture
        self.version = version
        self.project = project
    }
}

// MARK: - Reading

/// Why a package cannot be used; a sentence without its subject.
package struct InvalidPackage: Error, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

extension PackageDocument {
    /// Only what every form has.
    private struct Form: Decodable {
        var format: Int
        var version: String
        var architecture: String
    }

    /// Reads and checks a document that may be anybody's.
    ///
    /// - Parameters:
    ///   - architecture: that of this machine.
    ///   - layers: the names of the layers that came with it.
    package init(
        reading text: String, architecture: String, layers: Set<String>
    ) throws(InvalidPackage) {
        guard let form = try? JSONCoding.decode(Form.self, from: text) else {
            throw InvalidPackage("does not say what it has: it was not made by Trice, or is damaged.")
        }
        guard form.format <= Self.currentFormat else {
            throw InvalidPackage(
                "has the form \(form.format) of Trice \(form.version), and this version knows \(Self.currentFormat) only. Use "
                    + "that version.")
        }
        guard form.architecture == architecture else {
            throw InvalidPackage(
                "was made on a machine of the architecture \(form.architecture), and this one has \(architecture). Its "
                    + "programs do not run here.")
        }
        do {
            self = try JSONCoding.decode(PackageDocument.self, from: text)
        } catch {
            throw InvalidPackage("cannot be read: it was not made by Trice, or is damaged.")
        }
        try check(layers)
        // What user's files there were on the other machine has no meaning here.
        for index in (snapshot?.document.containers ?? []).indices {
            snapshot?.document.containers[index].dotfiles = nil
        }
    }

    private func check(_ layers: Set<String>) throws(InvalidPackage) {
        if let document = snapshot?.document {
            guard document.format <= SnapshotDocument.currentFormat else {
                throw InvalidPackage("has a snapshot of Trice \(document.version), a later version. Use that version.")
            }
            let named = document.neededLayers.union(document.layers.map(\.name))
            if let other = named.subtracting(layers).sorted().first {
                throw InvalidPackage("is not whole: the layer `\(other)` of its snapshot is not part of it.")
            }
            let volumes = document.containers.flatMap(\.volumes) + document.volumes
            if let wrong = volumes.map(\.name).first(where: { !Self.isPlainName($0) }) {
                throw InvalidPackage("has a volume with the name `\(wrong)`, which is no name of a volume.")
            }
        }
        guard let files else { return }
        guard layers.contains(files.layer) else { throw InvalidPackage("is not whole: its files are not part of it.") }
        for path in files.paths + files.envfiles where !Self.isPlainPath(path) {
            throw InvalidPackage("has a file `\(path)`, which would not lie in the project directory.")
        }
    }

    /// Whether a text can name one entry of a directory.
    private static func isPlainName(_ text: String) -> Bool {
        !text.isEmpty && text != "." && text != ".." && text.utf8.count <= 255
            && !text.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 }
    }

    /// Whether a path leads into a directory and stays there; what git reads is no file of a package.
    package static func isPlainPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        return path.utf8.count < 4096 && parts.allSatisfy { isPlainName($0) && $0.lowercased() != ".git" }
    }
}
