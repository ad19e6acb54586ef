internal import Vocabulary

/// The name of a snapshot in its environment: letters, digits, `.`, `_` and `-`, at most 128 bytes.
package struct SnapshotName: ResourceName {
    package static let kind = "snapshot"
    package let rawValue: String

    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
