internal import CArchive
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// One entry of each kind.
extension LayerExtractor {
    func place(_ entry: OpaquePointer, _ name: EntryName, _ archive: ArchiveReader) throws(ImageError) {
        let kind = mode_t(archive_entry_filetype(entry)) & S_IFMT
        if name.isRoot {
            guard kind == S_IFDIR else {
                throw ImageError(.forbiddenEntry, "Could not unpack \(subject): an entry replaces the root directory.")
            }
            if options.keepsRoot { return }
            return try placeDirectory(entry, name, at: root.rawValue)
        }
        let parent = try parent(of: name)
        if let target = archive_entry_hardlink(entry) {
            return try placeHardLink(to: EntryName(bytes(target), in: subject), name, at: parent)
        }
        switch kind {
        case S_IFDIR:
            try makeDirectory(name, at: parent, isImplied: false)
            try placeDirectory(entry, name, at: parent)
        case S_IFREG:
            try placeFile(entry, name, archive, at: parent)
        case S_IFLNK:
            guard let target = archive_entry_symlink(entry) else {
                throw ImageError(.invalidArchive, "Could not unpack \(subject): the link `\(name)` has no target.")
            }
            try create(name, at: parent) { symlinkat(target, parent, name.lastPath) }
            try applyAttributes(entry, name, at: parent, kind)
        case S_IFCHR, S_IFBLK, S_IFIFO:
            try placeNode(entry, name, kind, at: parent)
        case S_IFSOCK:
            break
        default:
            throw ImageError(.invalidArchive, "Could not unpack \(subject): the entry `\(name)` is of no known type.")
        }
    }

    private func placeFile(
        _ entry: OpaquePointer, _ name: EntryName, _ archive: ArchiveReader, at parent: Int32
    ) throws(ImageError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let mode = mode_t(archive_entry_perm(entry)) & 0o777
        let fd = try create(name, at: parent) { cl_openat(parent, name.lastPath, flags, mode) }
        let file = OwnedDescriptor(owning: fd)
        let size = Int64(archive_entry_size(entry))
        var end: Int64 = 0
        while let block = try archive.nextBlock() {
            try step(name) { () throws(SystemError) in
                var written = 0
                while written < block.bytes.count {
                    written += try systemCall("pwrite", name.description) {
                        pwrite(
                            fd, block.bytes.baseAddress?.advanced(by: written), block.bytes.count - written,
                            off_t(block.offset) + written)
                    }
                }
            }
            end = max(end, block.offset + Int64(block.bytes.count))
        }
        if end < size {
            try step(name) { () throws(SystemError) in
                try systemCall("ftruncate", name.description) { ftruncate(fd, off_t(size)) }
            }
        }
        try applyAttributes(entry, name, file: fd)
        _ = consume file
    }

    private func placeHardLink(to target: EntryName, _ name: EntryName, at parent: Int32) throws(ImageError) {
        if target == name { return }
        guard !target.isRoot else {
            throw ImageError(.forbiddenEntry, "Could not unpack \(subject): the entry `\(name)` links to the root.")
        }
        do throws(ImageError) {
            let directory = try step(name) { () throws(SystemError) in try open(target.parent) }
            let from = directory.rawValue
            try create(name, at: parent) { linkat(from, target.lastPath, parent, name.lastPath, 0) }
            _ = consume directory
        } catch  where (error.cause as? SystemError)?.errno == .noSuchFileOrDirectory {
            throw ImageError(
                .invalidArchive,
                "Could not unpack \(subject): the entry `\(name)` links to `\(target)`, which is not in it.",
                cause: error)
        }
    }

    private func placeNode(
        _ entry: OpaquePointer, _ name: EntryName, _ kind: mode_t, at parent: Int32
    ) throws(ImageError) {
        let device =
            kind == S_IFIFO
            ? 0 : cl_makedev(UInt32(archive_entry_rdevmajor(entry)), UInt32(archive_entry_rdevminor(entry)))
        do throws(ImageError) {
            try create(name, at: parent) { mknodat(parent, name.lastPath, kind | 0o600, device) }
        } catch  where (error.cause as? SystemError)?.errno == .notPermitted {
            // Without the right to create devices, an empty file takes the name; the runtime mounts its own device over
            // it.
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            close(try create(name, at: parent) { cl_openat(parent, name.lastPath, flags, 0o600) })
        }
        try applyAttributes(entry, name, at: parent, kind)
    }

    private func placeDirectory(_ entry: OpaquePointer, _ name: EntryName, at parent: Int32) throws(ImageError) {
        try applyOwner(entry, name, at: parent)
        try applyExtendedAttributes(entry, name, S_IFDIR) { attribute, value throws(SystemError) in
            try ExtendedAttributes.set(attribute, value, in: parent, name.lastPath, name.description)
        }
        pending[name.path] = Pending(
            depth: name.components.count, mode: mode_t(archive_entry_perm(entry)),
            time: archive_entry_mtime_is_set(entry) == 0 ? nil : time(of: entry))
    }
}

// MARK: - Whiteouts

extension LayerExtractor {
    func place(_ whiteout: Whiteout, _ name: EntryName) throws(ImageError) {
        if whiteout == .ignored { return }
        let parent = try parent(of: name)
        switch whiteout {
        case .ignored: break
        case .opaque: try makeOpaque([0x2e, 0], at: parent, name)
        case .removed(let removed):
            let path = removed.map { CChar(bitPattern: $0) } + [0]
            if mknodat(parent, path, S_IFCHR, 0) == 0 { return }
            let code = Errno.last
            let existing = try step(name) { () throws(SystemError) in try status(path, at: parent) }
            guard code == .fileExists, let existing else {
                throw failure(name, SystemError("mknod", name.description, code))
            }
            // Entries of this layer stay; the content of the lower directory is hidden.
            if existing.st_mode & S_IFMT == S_IFDIR { try makeOpaque(path, at: parent, name) }
        }
    }

    func makeOpaque(_ path: [CChar], at parent: Int32, _ name: EntryName) throws(ImageError) {
        try step(name) { () throws(SystemError) in
            let value = Array("y".utf8)
            do throws(SystemError) {
                try ExtendedAttributes.set("trusted.overlay.opaque", value, in: parent, path, name.description)
            } catch  where error.errno == .notPermitted {
                try ExtendedAttributes.set("user.overlay.opaque", value, in: parent, path, name.description)
            }
        }
    }

    func isWhiteout(_ info: stat) -> Bool {
        info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == 0
    }
}
