internal import Crypto
package import SystemPackage

/// What tells one environment on a host from all others.
///
/// It is the project's name and a short hash of the real path of the project directory, so that two checkouts of one
/// project never meet; or a name given by hand (`-p`), which stands alone.
package struct EnvironmentID: Hashable, Sendable, CustomStringConvertible {
    /// `name-1a2b3c4d`, or the name given by hand.
    package let text: String

    package init(text: String) {
        self.text = text
    }

    package init(projectName: String, directory: FilePath) {
        text = projectName + Self.suffix(of: directory)
    }

    /// What the ids of all environments of one directory end in: `-1a2b3c4d`.
    package static func suffix(of directory: FilePath) -> String {
        let real = directory.resolved()?.string ?? directory.string
        let hash = SHA256.hash(data: Array(real.utf8)).prefix(4)
        return "-" + hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    package var description: String { text }
}
