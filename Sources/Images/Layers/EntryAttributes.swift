internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// What an entry says of its file beside the content: owner, mode, attributes, time.
extension LayerExtractor {
    /// UTIME_OMIT of utimensat(2), a macro with a cast that Swift does not import: the access time stays.
    private static let omitted = 0x3fff_fffe

    func time(of entry: OpaquePointer) -> timespec {
        timespec(tv_sec: archive_entry_mtime(entry), tv_nsec: archive_entry_mtime_nsec(entry))
    }

    func applyAttributes(
        _ entry: OpaquePointer, _ name: EntryName, at parent: Int32, _ kind: mode_t, open fd: Int32? = nil
    ) throws(ImageError) {
        try applyOwner(entry, name, at: parent)
        if kind != S_IFLNK {
            let mode = mode_t(archive_entry_perm(entry))
            try step(name) { () throws(SystemError) in
                try systemCall("chmod", name.description) {
                    fd.map { fchmod($0, mode) } ?? fchmodat(parent, name.lastPath, mode, 0)
                }
            }
        }
        try applyExtendedAttributes(entry, name, at: parent, kind)
        guard archive_entry_mtime_is_set(entry) != 0 else { return }
        try setTime(time(of: entry), name, at: parent)
    }

    func applyOwner(_ entry: OpaquePointer, _ name: EntryName, at parent: Int32) throws(ImageError) {
        guard isPrivileged else { return }
        let (user, group) =
            manner.owner.map { (Int64($0.user), Int64($0.group)) }
            ?? (archive_entry_uid(entry), archive_entry_gid(entry))
        guard let user = uid_t(exactly: user), let group = gid_t(exactly: group) else {
            throw ImageError(
                .invalidArchive,
                "Could not unpack \(subject): the entry '\(name)' has the impossible owner \(user):\(group).")
        }
        try step(name) { () throws(SystemError) in
            try systemCall("chown", name.description) {
                fchownat(parent, name.lastPath, user, group, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Sets what the entry carries, except overlayfs's own attributes, which would change what the mount shows.
    func applyExtendedAttributes(
        _ entry: OpaquePointer, _ name: EntryName, at parent: Int32, _ kind: mode_t
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
                try ExtendedAttributes.set(attribute, content, in: parent, name.lastPath, name.description)
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

    private func setTime(_ time: timespec, _ name: EntryName, at parent: Int32) throws(ImageError) {
        let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), time]
        try step(name) { () throws(SystemError) in
            try systemCall("utimensat", name.description) {
                utimensat(parent, name.lastPath, times, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Gives directories their modes and times, deepest first. One that was replaced later is no directory any more.
    func finishDirectories() throws(ImageError) {
        for (name, attributes) in pending.sorted(by: { $0.key.components.count > $1.key.components.count }) {
            let directory: OwnedDescriptor
            do throws(SystemError) {
                directory = try open(name, O_RDONLY | O_NOFOLLOW)
            } catch {
                if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) {
                    continue
                }
                throw failure(name, error)
            }
            let fd = directory.rawValue
            try step(name) { () throws(SystemError) in
                try systemCall("fchmod", name.description) { fchmod(fd, attributes.mode) }
                guard let time = attributes.time else { return }
                let times = [timespec(tv_sec: 0, tv_nsec: Self.omitted), time]
                try systemCall("futimens", name.description) { futimens(fd, times) }
            }
            _ = consume directory
        }
    }
}
