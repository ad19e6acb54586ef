/// A path below the root of a tree: components joined by slashes, without `.`, `..` and a slash at either end.
///
/// The names are bytes, since those of a file system need not be text. The root itself is empty.
package struct TreePath: Hashable, Sendable {
    package private(set) var bytes: [UInt8]

    static let slash = UInt8(ascii: "/")
    package static let root = TreePath(components: [[UInt8]]())

    /// Cleans a path as a user writes it: `..` takes the component before it away and cannot leave the root.
    package init(_ text: String) {
        self.init(cleaning: Array(text.utf8))
    }

    init(cleaning bytes: [UInt8]) {
        var components: [ArraySlice<UInt8>] = []
        for part in bytes.split(separator: Self.slash) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(part)
            }
        }
        self.init(components: components)
    }

    init(components: some Sequence<some Sequence<UInt8>>) {
        bytes = Array(components.joined(separator: [Self.slash]))
    }

    /// Takes over bytes that are a path of this form already.
    init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var isRoot: Bool { bytes.isEmpty }

    var components: [ArraySlice<UInt8>] { bytes.split(separator: Self.slash) }

    /// The number of names; 0 for the root.
    var depth: Int { isRoot ? 0 : bytes.count { $0 == Self.slash } + 1 }

    /// The root's parent is the root.
    var parent: TreePath {
        guard let end = bytes.lastIndex(of: Self.slash) else { return .root }
        return TreePath(unchecked: Array(bytes[..<end]))
    }

    var lastComponent: [UInt8] {
        bytes.lastIndex(of: Self.slash).map { Array(bytes[($0 + 1)...]) } ?? bytes
    }

    /// The directories above, from the top down, without the root.
    var ancestors: [TreePath] {
        bytes.indices.filter { bytes[$0] == Self.slash }.map { TreePath(unchecked: Array(bytes[..<$0])) }
    }

    func appending(_ name: some Collection<UInt8>) -> TreePath {
        if name.isEmpty { return self }
        if isRoot { return TreePath(unchecked: Array(name)) }
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined += bytes
        joined.append(Self.slash)
        joined += name
        return TreePath(unchecked: joined)
    }

    func appending(_ path: TreePath) -> TreePath { appending(path.bytes) }

    /// For the kernel, relative to a descriptor of the root and ended by 0.
    var cPath: [CChar] {
        if isRoot { return [0x2e, 0] }
        return [CChar](unsafeUninitializedCapacity: bytes.count + 1) { buffer, count in
            for index in bytes.indices { buffer[index] = CChar(bitPattern: bytes[index]) }
            buffer[bytes.count] = 0
            count = bytes.count + 1
        }
    }
}

extension TreePath: CustomStringConvertible {
    /// As text, with replacement characters for invalid bytes; the root is `.`.
    package var description: String { isRoot ? "." : String(decoding: bytes, as: UTF8.self) }
}

extension TreePath: Comparable {
    /// The order of a walk: a directory, its content, then its siblings. A slash precedes every other byte.
    package static func < (first: TreePath, second: TreePath) -> Bool {
        let (left, right) = (first.bytes, second.bytes)
        let count = min(left.count, right.count)
        var index = 0
        while index < count && left[index] == right[index] { index += 1 }
        guard index < count else { return left.count < right.count }
        if left[index] == slash { return true }
        if right[index] == slash { return false }
        return left[index] < right[index]
    }

    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension [UInt8] {
    /// A name for the kernel, ended by 0.
    var cName: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
