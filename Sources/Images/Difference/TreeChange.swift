public import SystemPackage

/// What has become of one path between two trees.
public struct TreeChange: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case added, changed, removed
    }

    /// What a path stands for.
    public enum FileKind: String, Sendable, Hashable {
        case file, directory, link, characterDevice, blockDevice, fifo, socket
    }

    /// In what a file that is in both trees differs.
    public struct Aspects: OptionSet, Sendable, Hashable {
        public let rawValue: Int

        public init(rawValue: Int) {
            self.rawValue = rawValue
        }

        public static let type = Aspects(rawValue: 1)
        public static let content = Aspects(rawValue: 2)
        public static let mode = Aspects(rawValue: 4)
        public static let owner = Aspects(rawValue: 8)
        /// Of a link: where it leads. Of a device: its number.
        public static let target = Aspects(rawValue: 16)
        /// Extended attributes, capabilities and access lists among them.
        public static let attributes = Aspects(rawValue: 32)
    }

    /// Absolute, from the root of the tree.
    public let path: FilePath
    public let kind: Kind
    /// In the new tree; of something removed, in the old.
    public let type: FileKind
    /// In the old tree, where it is another.
    public let oldType: FileKind?
    /// In bytes; 0 for what is no file and for what is not there.
    public let oldSize: Int64
    public let newSize: Int64
    /// Empty unless something in both trees changed, and for a file that was written anew as it was.
    public let aspects: Aspects

    public init(
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
    public var letter: String {
        switch self {
        case .added: "A"
        case .changed: "C"
        case .removed: "D"
        }
    }
}

extension TreeChange.Aspects {
    /// For people and for JSON, in a fixed order.
    public var names: [String] {
        let all: [(TreeChange.Aspects, String)] = [
            (.type, "type"), (.content, "content"), (.mode, "mode"), (.owner, "owner"), (.target, "target"),
            (.attributes, "attributes"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}
