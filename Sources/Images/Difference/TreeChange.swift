package import SystemPackage

/// The difference of one path between two trees.
package struct TreeChange: Sendable, Hashable {
    /// Whether the path is new, gone or another one.
    package enum Kind: Sendable, Hashable {
        case added, changed, removed
    }

    /// The kind of file at a path.
    package enum FileKind: String, Sendable, Hashable {
        case file, directory, link, characterDevice, blockDevice, fifo, socket
    }

    /// The differences of a file that both trees have.
    package struct Aspects: OptionSet, Sendable, Hashable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        package static let type = Aspects(rawValue: 1)
        package static let content = Aspects(rawValue: 2)
        package static let mode = Aspects(rawValue: 4)
        package static let owner = Aspects(rawValue: 8)
        /// The target of a link, or the number of a device.
        package static let target = Aspects(rawValue: 16)
        /// Extended attributes, capabilities and access lists among them.
        package static let attributes = Aspects(rawValue: 32)
    }

    /// Absolute, from the root of the tree.
    package let path: FilePath
    package let kind: Kind
    /// In the new tree; of something removed, in the old.
    package let type: FileKind
    /// The kind in the old tree, when it differs.
    package let oldType: FileKind?
    /// In bytes; 0 for other kinds than files and for missing files.
    package let oldSize: Int64
    package let newSize: Int64
    /// Empty unless both trees have the path and it differs; also empty for a file that was rewritten with the same
    /// content.
    package let aspects: Aspects

    package init(
        path: FilePath, kind: Kind, type: FileKind, oldType: FileKind? = nil, oldSize: Int64 = 0, newSize: Int64 = 0,
        aspects: Aspects = []
    ) {
        self.path = path
        self.kind = kind
        self.type = type
        self.oldType = oldType
        self.oldSize = oldSize
        self.newSize = newSize
        self.aspects = aspects
    }
}

extension TreeChange.Kind {
    /// `A`, `C` or `D`, as docker's `diff` has it.
    package var letter: String {
        switch self {
        case .added: "A"
        case .changed: "C"
        case .removed: "D"
        }
    }
}

extension TreeChange.Aspects {
    /// For people and for JSON, in a fixed order.
    package var names: [String] {
        let all: [(TreeChange.Aspects, String)] = [
            (.type, "type"), (.content, "content"), (.mode, "mode"), (.owner, "owner"), (.target, "target"),
            (.attributes, "attributes"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}
