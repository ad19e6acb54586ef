internal import CArchive
internal import Glibc

/// The merged tree of an image with sizes, as du(1) counts them.
package struct TreeListing: Sendable, Hashable {
    /// By what the rows are sorted.
    package enum Order: Sendable, Hashable {
        case name
        /// The largest first.
        case size
    }

    /// The last component; `/` for the root.
    package let name: String
    package let type: TreeChange.FileKind
    /// In bytes, of all files below it; a file with several names counts at its first one.
    package let size: Int64
    /// Of all names below it.
    package let entryCount: Int
    /// Empty beyond the requested depth.
    package let children: [TreeListing]

    /// Lists a tree down to `depth` directories below the root; 0 lists the root alone.
    package init(of stack: LayerStack, depth: Int, order: Order = .name) throws(ImageError) {
        var seen: Set<FileIdentity> = []
        self = try Self.list(stack.open(), name: "/", depth: depth, order, &seen)
    }

    private init(name: String, type: TreeChange.FileKind, size: Int64, entryCount: Int, children: [TreeListing]) {
        self.name = name
        self.type = type
        self.size = size
        self.entryCount = entryCount
        self.children = children
    }

    private static func list(
        _ directory: MergedDirectory, name: String, depth: Int, _ order: Order, _ seen: inout Set<FileIdentity>
    ) throws(ImageError) -> TreeListing {
        var size: Int64 = 0
        var count = 0
        var children: [TreeListing] = []
        for child in try directory.children() {
            let name = String(decoding: child.bytes, as: UTF8.self)
            let listed: TreeListing
            if child.isDirectory {
                listed = try list(directory.open(child), name: name, depth: depth - 1, order, &seen)
            } else {
                let info = try directory.status(child)
                let isCounted = info.st_nlink < 2 || seen.insert(FileIdentity(info)).inserted
                listed = TreeListing(
                    name: name, type: info.fileKind, size: isCounted ? info.contentSize : 0, entryCount: 0, children: []
                )
            }
            size += listed.size
            count += listed.entryCount + 1
            if depth > 0 { children.append(listed) }
        }
        if order == .size { children.sort { ($1.size, $0.name) < ($0.size, $1.name) } }
        return TreeListing(name: name, type: .directory, size: size, entryCount: count, children: children)
    }
}

extension TreeListing {
    /// One line for each name, with its size before it; pure.
    package func lines() -> [String] {
        var rows: [(size: String, text: String)] = [(ByteCount.text(size), name)]
        Self.add(children, after: "", to: &rows)
        let width = rows.map(\.size.count).max() ?? 0
        return rows.map { String(repeating: " ", count: width - $0.size.count) + $0.size + "  " + $0.text }
    }

    private static func add(
        _ children: [TreeListing], after indent: String, to rows: inout [(size: String, text: String)]
    ) {
        for (index, child) in children.enumerated() {
            let isLast = index == children.count - 1
            let mark = child.type == .directory ? "/" : child.type == .link ? "@" : ""
            rows.append((ByteCount.text(child.size), indent + (isLast ? "└─ " : "├─ ") + child.name + mark))
            add(child.children, after: indent + (isLast ? "   " : "│  "), to: &rows)
        }
    }
}
