internal import OCI
package import SystemPackage
package import Vocabulary

extension EnvironmentID {
    /// The id of a project's environment: the project's name and a short hash of the real path of its directory, so
    /// that two checkouts of one project never meet. A name given by hand (`-p`) stands alone.
    package init(projectName: String, directory: FilePath) throws(InvalidValue) {
        try self.init(projectName + Self.suffix(of: directory))
    }

    /// What the ids of all environments of one directory end in: `-1a2b3c4d`.
    package static func suffix(of directory: FilePath) -> String {
        let real = directory.resolved()?.string ?? directory.string
        return "-" + Digest.hexadecimal(Digester.hash(of: real.utf8).prefix(4))
    }
}
