import GRDB
import Glibc

extension StoreError {
    /// The error for what SQLite answered to `action`, a phrase such as `write the record of volume data`.
    init(_ error: any Error, action: String, path: String) {
        guard let error = error as? DatabaseError else {
            self.init(.failed, "Cannot \(action) in \(path): \(error).", cause: error)
            return
        }
        let (code, reason) = Self.reason(for: error, path: path)
        self.init(code, "Cannot \(action) in \(path) because \(reason).", cause: error)
    }

    /// The error for a system call that failed while the database was prepared.
    init(errno code: CInt, action: String, path: String) {
        let (code, reason) = Self.reason(forErrno: code)
        self.init(code, "Cannot \(action) \(path) because \(reason).")
    }

    private static func reason(for error: DatabaseError, path: String) -> (Code, String) {
        // Codes: sqlite.org/rescode.html.
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_FOREIGNKEY, .SQLITE_CONSTRAINT_TRIGGER:
            return (.missing, "a record that it belongs to is not there")
        case .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_UNIQUE:
            return (.exists, "there is such a record already (\(error.message ?? "not unique"))")
        default: break
        }
        switch error.resultCode {
        // The index of the log or the log itself could not grow.
        case .SQLITE_IOERR where isFull(path): return (.diskFull, "the disk is full; free some space and try again")
        case .SQLITE_FULL: return (.diskFull, "the disk is full; free some space and try again")
        case .SQLITE_READONLY: return (.readOnly, "it cannot be written to")
        case .SQLITE_PERM, .SQLITE_AUTH: return (.permissionDenied, "permission is denied")
        case .SQLITE_CORRUPT: return (.corrupt, "the database is damaged")
        case .SQLITE_NOTADB: return (.corrupt, "the file is not a database")
        case .SQLITE_BUSY, .SQLITE_LOCKED: return (.busy, "another process is holding it; try again")
        case .SQLITE_CANTOPEN:
            // SQLite does not report the reason: make the same check with the system.
            if faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == -1 { return reason(forErrno: errno) }
            let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            if faccessat(AT_FDCWD, directory.isEmpty ? "/" : directory, W_OK | X_OK, AT_EACCESS) == -1 {
                return reason(forErrno: errno)
            }
            return (.failed, "the file cannot be opened")
        default:
            return (.failed, "SQLite answers \(error.message ?? "nothing") (\(error.extendedResultCode.rawValue))")
        }
    }

    /// Whether a page of the database no longer fits on its file system.
    private static func isFull(_ path: String) -> Bool {
        var info = statvfs()
        return statvfs(path, &info) == 0 && info.f_bavail * info.f_frsize < 64 << 10
    }

    private static func reason(forErrno number: CInt) -> (Code, String) {
        switch number {
        case EACCES, EPERM: (.permissionDenied, "permission is denied")
        case EROFS: (.readOnly, "the file system is read-only")
        case ENOSPC, EDQUOT: (.diskFull, "the disk is full; free some space and try again")
        case ENOENT: (.missing, "its directory does not exist")
        case ENOTDIR: (.missing, "a part of its path is not a directory")
        default: (.failed, "the system answers errno \(number)")
        }
    }
}
