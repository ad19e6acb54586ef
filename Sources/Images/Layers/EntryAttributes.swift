internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The attributes of an entry: owner, mode, extended attributes, time.
extension LayerExtractor {
    /// UTIME_OMIT of utimensat(2), a macro with a cast that Swift does not import: the access time stays.
    private static let omitted = 0x3fff_fffe

    /// libarchive reads the pax time -1.5 as -1 and, separately, 500 million nanoseconds.
    func time(of entry: OpaquePointer) -> timespec {
        let (seconds, nanoseconds) = (archive_entry_mtime(entry), archive_entry_mtime_nsec(entry))
        guard seconds < 0, nanoseconds > 0 else { return timespec(tv_sec: seconds, tv_nsec: nanoseconds) }
        return timespec(tv_sec: seconds - 1, tv_nsec: 1_000_000_000 - nanoseconds)
    }

    /// For all files except regular ones.
    func applyAttributes(
        _ entry: OpaquePointer, _ name: EntryName, at parent: Int32, _ kind: mode_t
    ) throws(ImageError) {
        try applyOwner(entry, name, at: parent)
        if kind != S_IFLNK {
            let mode = mode_t(archive_entry_perm(entry))
            try step(name) { () throws(SystemError) in
                try systemCall("chmod", name.description) { fchmodat(parent, name.lastPath, mode, 0) }
            }
        }
        try applyExtendedAttributes(entry, name, kind) { attribute, value throws(SystemError) in
            try ExtendedAttributes.set(attribute, value, in: parent, name.lastPath, name.description)
        }
        guard archive_entry_mtime_is_set(entry) != 0 else { return }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), time(of: entry)]
        try step(name) { () throws(SystemError) in
            try systemCall("utimensat", name.description) {
                utimensat(parent, name.lastPath, times, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// For an open regular file; sets only the attributes that the file did not get at its creation.
    func applyAttributes(_ entry: OpaquePointer, _ name: EntryName, file fd: Int32) throws(ImageError) {
        let mode = mode_t(archive_entry_perm(entry))
        let owner = isPrivileged ? try owner(entry, name) : nil
        try step(name) { () throws(SystemError) in
            var info = stat()
            try systemCall("fstat", name.description) { fstat(fd, &info) }
            if let owner, owner.user != info.st_uid || owner.group != info.st_gid {
                try systemCall("fchown", name.description) { fchown(fd, owner.user, owner.group) }
            }
            // A change of owner removes the setuid bits, so the mode is set after it.
            if info.st_mode & 0o7777 != mode {
                try systemCall("fchmod", name.description) { fchmod(fd, mode) }
            }
        }
        try applyExtendedAttributes(entry, name, S_IFREG) { attribute, value throws(SystemError) in
            try ExtendedAttributes.set(attribute, value, of: fd, name.description)
        }
        guard archive_entry_mtime_is_set(entry) != 0 else { return }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), time(of: entry)]
        try step(name) { () throws(SystemError) in
            try systemCall("futimens", name.description) { futimens(fd, times) }
        }
    }

    func applyOwner(_ entry: OpaquePointer, _ name: EntryName, at parent: Int32) throws(ImageError) {
        guard isPrivileged else { return }
        let owner = try owner(entry, name)
        try step(name) { () throws(SystemError) in
            try systemCall("chown", name.description) {
                fchownat(parent, name.lastPath, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// -1 of chown(2) would keep the present owner.
    private func owner(
        _ entry: OpaquePointer, _ name: EntryName
    ) throws(ImageError) -> (user: uid_t, group: gid_t) {
        if let owner = options.owner { return owner }
        let (user, group) = (archive_entry_uid(entry), archive_entry_gid(entry))
        guard let user = uid_t(exactly: user), let group = gid_t(exactly: group), user != .max, group != .max else {
            throw ImageError(
                .invalidArchive,
                "Could not unpack \(subject): the entry `\(name)` has the impossible owner \(user):\(group).")
        }
        return (user, group)
    }

    /// Sets the entry's attributes, except those of overlayfs, which would change the mounted tree.
    func applyExtendedAttributes(
        _ entry: OpaquePointer, _ name: EntryName, _ kind: mode_t,
        _ set: (_ attribute: String, _ value: [UInt8]) throws(SystemError) -> Void
    ) throws(ImageError) {
        guard archive_entry_xattr_reset(entry) > 0 else { return }
        var rawName: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while archive_entry_xattr_next(entry, &rawName, &value, &count) == ARCHIVE_OK {
            guard let rawName else { continue }
            let attribute = String(cString: rawName)
            if attribute.hasPrefix("trusted.overlay.") || attribute.hasPrefix("user.overlay.") { continue }
            let content = Array(UnsafeRawBufferPointer(start: value, count: count))
            do throws(SystemError) {
                try set(attribute, content)
            } catch {
                let isOrdinary = kind == S_IFREG || kind == S_IFDIR
                switch error.errno {
                case .notSupported: continue
                case .notPermitted where !isPrivileged || !isOrdinary: continue
                default: throw failure(name, SystemError("lsetxattr \(attribute)", error.subject, error.errno))
                }
            }
        }
    }

    /// Sets modes and times of directories, deepest first. A directory that was replaced later is skipped.
    func finishDirectories() throws(ImageError) {
        for (path, attributes) in pending.sorted(by: { $0.value.depth > $1.value.depth }) {
            do throws(SystemError) {
                try finish(path, attributes)
            } catch {
                if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) {
                    continue
                }
                throw failure(try EntryName(path.dropLast().map { UInt8(bitPattern: $0) }, in: subject), error)
            }
        }
    }

    private func finish(_ path: [CChar], _ attributes: Pending) throws(SystemError) {
        let directory = try open(path, O_RDONLY | O_NOFOLLOW)
        let fd = directory.rawValue
        try systemCall("fchmod", subject) { fchmod(fd, attributes.mode) }
        guard let time = attributes.time else { return }
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), time]
        try systemCall("futimens", subject) { futimens(fd, times) }
        _ = consume directory
    }
}
