internal import CArchive
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// What differs between two trees that are given as stacks of layers.
///
/// Nothing is mounted. What both sides get from the same layer directories is not looked at: a whole directory when all
/// layers that have it are the same, a file when its layer is. Times count for nothing.
package struct TreeDifference: Sendable {
    package let old: LayerStack
    package let new: LayerStack

    package init(from old: LayerStack, to new: LayerStack) {
        self.old = old
        self.new = new
    }

    /// All changes: a directory before its content, siblings by the bytes of their names.
    ///
    /// An added or removed directory is listed with its whole content.
    package func changes() throws(ImageError) -> [TreeChange] {
        try changes(touchedIn: nil)
    }

    /// The changes of a container: `upper`, its upper directory, compared with the layers below it.
    ///
    /// An unchanged path in `upper`, such as the directory of a changed file, is listed as changed without aspects, as
    /// docker's `diff` lists it.
    package static func changes(in upper: FilePath, over lowers: LayerStack) throws(ImageError) -> [TreeChange] {
        try TreeDifference(from: lowers, to: lowers.below(upper)).changes(touchedIn: upper)
    }

    private func changes(touchedIn upper: FilePath?) throws(ImageError) -> [TreeChange] {
        let comparison = TreeComparison(touchedIn: upper)
        let (before, after) = (try old.open(), try new.open())
        if let aspects = try comparison.rootAspects(before, after) {
            comparison.changes.append(
                TreeChange(path: "/", kind: .changed, type: .directory, aspects: aspects))
        }
        try comparison.compare(before, after)
        return comparison.changes
    }
}

/// The state of one comparison.
private final class TreeComparison {
    var changes: [TreeChange] = []
    /// A layer of which every name is listed.
    private let touched: FilePath?
    private let contents = ContentComparison()

    init(touchedIn layer: FilePath?) {
        touched = layer
    }

    /// Two directories that are the same parts of the same layers hold the same.
    func compare(_ old: MergedDirectory, _ new: MergedDirectory) throws(ImageError) {
        let (before, after) = (try old.children(), try new.children())
        var (first, second) = (before[...], after[...])
        while true {
            switch (first.first, second.first) {
            case (nil, nil): return
            case (let one?, let other?) where one.name == other.name:
                try compare(one, in: old, other, in: new)
                first.removeFirst()
                second.removeFirst()
            case (let one?, let other) where other.map({ MergedDirectory.precedes(one.name, $0.name) }) ?? true:
                try list(one, in: old, as: .removed)
                first.removeFirst()
            case (_, let other?):
                try list(other, in: new, as: .added)
                second.removeFirst()
            case (_?, nil): return
            }
        }
    }

    private func compare(
        _ one: MergedDirectory.Child, in old: MergedDirectory, _ other: MergedDirectory.Child, in new: MergedDirectory
    ) throws(ImageError) {
        let layers = one.parts.map { old.parts[$0].layer }
        if layers == other.parts.map({ new.parts[$0].layer }) { return }
        let isTouched = touched != nil && other.parts.first.map { new.parts[$0].layer } == touched
        let (before, after) = (try old.status(one), try new.status(other))
        let isSame = before.st_dev == after.st_dev && before.st_ino == after.st_ino
        let aspects = isSame ? [] : try aspects(before, one, old, after, other, new)
        if !aspects.isEmpty || isTouched {
            let (was, type) = (before.fileKind, after.fileKind)
            changes.append(
                TreeChange(
                    path: Self.shown(new.path(of: other)), kind: .changed, type: type,
                    oldType: was == type ? nil : was, oldSize: before.contentSize, newSize: after.contentSize,
                    aspects: aspects))
        }
        switch (one.isDirectory, other.isDirectory) {
        case (true, true): try compare(old.open(one), new.open(other))
        case (true, false): try listAll(in: old.open(one), as: .removed)
        case (false, true): try listAll(in: new.open(other), as: .added)
        case (false, false): break
        }
    }

    /// Of the roots; `nil` where they do not differ.
    func rootAspects(_ old: MergedDirectory, _ new: MergedDirectory) throws(ImageError) -> TreeChange.Aspects? {
        guard !old.parts.isEmpty, !new.parts.isEmpty, old.parts[0].layer != new.parts[0].layer else { return nil }
        let root = MergedDirectory.Child(name: [0x2e, 0], isDirectory: true, parts: [0])
        // The upper directory of a container has the mode that it was made with.
        let aspects = try aspects(old.status(root), root, old, new.status(root), root, new)
        return aspects.isEmpty ? nil : aspects
    }

    private func aspects(
        _ before: stat, _ one: MergedDirectory.Child, _ old: MergedDirectory,
        _ after: stat, _ other: MergedDirectory.Child, _ new: MergedDirectory
    ) throws(ImageError) -> TreeChange.Aspects {
        var aspects: TreeChange.Aspects = []
        let kind = after.st_mode & S_IFMT
        let isLink = kind == S_IFLNK
        if !isLink && before.st_mode & 0o7777 != after.st_mode & 0o7777 { aspects.insert(.mode) }
        if before.st_uid != after.st_uid || before.st_gid != after.st_gid { aspects.insert(.owner) }
        guard before.st_mode & S_IFMT == kind else {
            aspects.insert(.type)
            return aspects
        }
        switch kind {
        case S_IFREG:
            let hasChanged =
                before.st_size == after.st_size ? try !contents.areEqual(one, in: old, other, in: new) : true
            if hasChanged { aspects.insert(.content) }
        case S_IFLNK:
            let (led, leads) = (try old.target(of: one), try new.target(of: other))
            if led != leads { aspects.insert(.target) }
        case S_IFCHR, S_IFBLK:
            if before.st_rdev != after.st_rdev { aspects.insert(.target) }
        default: break
        }
        let (had, has) = (try old.attributes(of: one), try new.attributes(of: other))
        if !had.elementsEqual(has, by: { $0.name == $1.name && $0.value == $1.value }) { aspects.insert(.attributes) }
        return aspects
    }
}

// MARK: - One side

extension TreeComparison {
    private func list(
        _ child: MergedDirectory.Child, in directory: MergedDirectory, as kind: TreeChange.Kind
    ) throws(ImageError) {
        let info = try directory.status(child)
        let size = info.contentSize
        changes.append(
            TreeChange(
                path: Self.shown(directory.path(of: child)), kind: kind, type: info.fileKind,
                oldSize: kind == .removed ? size : 0, newSize: kind == .removed ? 0 : size))
        if child.isDirectory { try listAll(in: directory.open(child), as: kind) }
    }

    private func listAll(in directory: MergedDirectory, as kind: TreeChange.Kind) throws(ImageError) {
        for child in try directory.children() { try list(child, in: directory, as: kind) }
    }

    private static func shown(_ path: [UInt8]) -> FilePath {
        FilePath(platformBytes: [UInt8(ascii: "/")] + path)
    }
}

/// Compares files by their bytes.
private final class ContentComparison {
    private static let size = 1 << 17
    private let one = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    private let other = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)

    deinit {
        one.deallocate()
        other.deallocate()
    }

    func areEqual(
        _ first: MergedDirectory.Child, in old: MergedDirectory,
        _ second: MergedDirectory.Child, in new: MergedDirectory
    ) throws(ImageError) -> Bool {
        guard let before = try old.openFile(first), let after = try new.openFile(second) else { return false }
        return try attempting("compare \(new.shown(second))") { () throws(SystemError) in
            while true {
                let count = try Self.fill(one, from: before.rawValue, old.shown(first))
                guard try Self.fill(other, from: after.rawValue, new.shown(second)) == count else { return false }
                if count == 0 { return true }
                guard let left = one.baseAddress, let right = other.baseAddress, memcmp(left, right, count) == 0
                else { return false }
            }
        }
    }

    /// Reads until the buffer is full or the file ends.
    private static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, from file: Int32, _ subject: @autoclosure () -> String
    ) throws(SystemError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try systemCall("read", subject()) {
                read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }
}

extension stat {
    var fileKind: TreeChange.FileKind {
        switch st_mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFLNK: .link
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        default: .file
        }
    }

    /// The size of a regular file, 0 for other kinds.
    var contentSize: Int64 { st_mode & S_IFMT == S_IFREG ? Int64(st_size) : 0 }
}

extension FilePath {
    /// From the bytes of a path, which need not be UTF-8.
    init(platformBytes bytes: [UInt8]) {
        self = (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { FilePath(platformString: $0) } ?? FilePath()
        }
    }

    /// The bytes of the path.
    var platformBytes: [UInt8] {
        withPlatformString { pointer in (0..<strlen(pointer)).map { UInt8(bitPattern: pointer[$0]) } }
    }
}
