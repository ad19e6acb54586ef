internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// One directory of a merged tree: its parts in the layers, and its content.
final class MergedDirectory {
    /// The directory in one layer.
    struct Part {
        /// The root of the layer.
        var layer: FilePath
        var folder: Folder
    }

    /// A name in the directory.
    struct Child {
        /// Ended by 0.
        var name: [CChar]
        var isDirectory: Bool
        /// The parts that have the name, uppermost first; only a directory has several.
        var parts: [Int]

        var bytes: [UInt8] { name.dropLast().map { UInt8(bitPattern: $0) } }
    }

    /// Uppermost first, never empty but in a stack of no layers.
    let parts: [Part]
    /// From the root, without a slash at either end.
    let path: [UInt8]
    private let attributes = AttributeReader()

    init(parts: [Part], path: [UInt8]) {
        self.parts = parts
        self.path = path
    }

    /// The path of a child from the root, without a leading slash.
    func path(of child: Child) -> [UInt8] {
        path.isEmpty ? child.bytes : path + Array("/".utf8) + child.bytes
    }

    /// For messages: where the child, or the directory, is in its uppermost layer.
    func shown(_ child: Child? = nil) -> String {
        let part = child?.parts.first ?? 0
        let layer = parts.indices.contains(part) ? parts[part].layer.string : ""
        return "\(layer)/\(String(decoding: child.map { path(of: $0) } ?? path, as: UTF8.self))"
    }

    @discardableResult
    private func step<Result: ~Copyable>(
        _ child: Child? = nil, _ body: () throws(SystemError) -> Result
    ) throws(ImageError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw ImageError("read \(shown(child))", error)
        }
    }
}

// MARK: - Names

extension MergedDirectory {
    /// The state of one name during the walk through the layers, from above.
    private struct Finding {
        var isDirectory = false
        var parts: [Int] = []
        /// Whether lower layers no longer count.
        var isClosed = false
    }

    /// All names that can be seen, sorted by their bytes.
    func children() throws(ImageError) -> [Child] {
        var findings: [[CChar]: Finding] = [:]
        for index in parts.indices {
            let entries = try step { () throws(SystemError) in
                try DirectoryNames.of(parts[index].folder.number, shown())
            }
            for entry in entries {
                var finding = findings[entry.name] ?? Finding()
                if finding.isClosed { continue }
                try look(at: entry, in: index, &finding)
                findings[entry.name] = finding
            }
        }
        return findings.compactMap { name, finding in
            finding.parts.isEmpty ? nil : Child(name: name, isDirectory: finding.isDirectory, parts: finding.parts)
        }.sorted { Self.precedes($0.name, $1.name) }
    }

    /// One name; `nil` when it is not visible.
    func child(_ name: [CChar]) throws(ImageError) -> Child? {
        var finding = Finding()
        for index in parts.indices where !finding.isClosed {
            var info = stat()
            guard fstatat(parts[index].folder.number, name, &info, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            let kind: DirectoryNames.Kind =
                switch info.st_mode & S_IFMT {
                case S_IFDIR: .directory
                case S_IFCHR: .characterDevice
                default: .other
                }
            try look(at: DirectoryNames.Entry(name: name, kind: kind), in: index, &finding)
        }
        guard !finding.parts.isEmpty else { return nil }
        return Child(name: name, isDirectory: finding.isDirectory, parts: finding.parts)
    }

    private func look(
        at entry: DirectoryNames.Entry, in index: Int, _ finding: inout Finding
    ) throws(ImageError) {
        let isLowest = index == parts.count - 1
        switch entry.kind {
        case .directory:
            finding.isDirectory = true
            finding.parts.append(index)
            if !isLowest { finding.isClosed = try isOpaque(entry.name, in: index) }
        case .characterDevice:
            finding.isClosed = true
            var info = stat()
            let isThere = fstatat(parts[index].folder.number, entry.name, &info, AT_SYMLINK_NOFOLLOW) == 0
            let isWhiteout = info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0
            if isThere && !isWhiteout && finding.parts.isEmpty { finding.parts = [index] }
        case .other:
            finding.isClosed = true
            // Under a directory of a higher layer a file cannot be seen.
            if finding.parts.isEmpty { finding.parts = [index] }
        }
    }

    private func isOpaque(_ name: [CChar], in index: Int) throws(ImageError) -> Bool {
        let number = parts[index].folder.number
        return try step { () throws(SystemError) in
            try attributes.all(in: number, name, shown()).contains {
                OverlayAttribute.suffix($0.name) == OverlayAttribute.opaque && $0.value == Array("y".utf8)
            }
        }
    }

    static func precedes(_ one: [CChar], _ other: [CChar]) -> Bool {
        one.withUnsafeBytes { one in
            other.withUnsafeBytes { other in one.lexicographicallyPrecedes(other) }
        }
    }
}

// MARK: - Files

extension MergedDirectory {
    /// Opens a directory in it.
    func open(_ child: Child) throws(ImageError) -> MergedDirectory {
        try TreeDepth.check(path(of: child), shown(child))
        var opened: [Part] = []
        for index in child.parts {
            let part = parts[index]
            let folder = try step(child) { () throws(SystemError) in
                Folder(
                    OwnedDescriptor(
                        owning: try systemCall("openat", shown(child)) {
                            cl_openat(
                                part.folder.number, child.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
                        }))
            }
            opened.append(Part(layer: part.layer, folder: folder))
        }
        return MergedDirectory(parts: opened, path: path(of: child))
    }

    /// Opens a regular file of the directory; `nil` for another kind of file.
    func openFile(_ child: Child) throws(ImageError) -> OwnedDescriptor? {
        guard let index = child.parts.first else { return nil }
        let number = parts[index].folder.number
        guard try status(child).st_mode & S_IFMT == S_IFREG else { return nil }
        return try step(child) { () throws(SystemError) in
            OwnedDescriptor(
                owning: try systemCall("openat", shown(child)) {
                    cl_openat(number, child.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
                })
        }
    }

    /// The status of a child in its uppermost layer.
    func status(_ child: Child) throws(ImageError) -> stat {
        var info = stat()
        guard let index = child.parts.first else { return info }
        try step(child) { () throws(SystemError) in
            try systemCall("fstatat", shown(child)) {
                fstatat(parts[index].folder.number, child.name, &info, AT_SYMLINK_NOFOLLOW)
            }
        }
        return info
    }

    /// The target of a symbolic link.
    func target(of child: Child) throws(ImageError) -> [UInt8] {
        guard let index = child.parts.first else { return [] }
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try step(child) { () throws(SystemError) in
            try systemCall("readlinkat", shown(child)) {
                readlinkat(parts[index].folder.number, child.name, &text, text.count)
            }
        }
        return text[..<length].map { UInt8(bitPattern: $0) }
    }

    /// Extended attributes, sorted, without those of overlayfs.
    func attributes(of child: Child) throws(ImageError) -> [(name: String, value: [UInt8])] {
        guard let index = child.parts.first else { return [] }
        return try step(child) { () throws(SystemError) in
            try attributes.all(in: parts[index].folder.number, child.name, shown(child))
        }.filter { OverlayAttribute.suffix($0.name) == nil }
    }
}
