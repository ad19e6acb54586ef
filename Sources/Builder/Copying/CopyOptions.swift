package import Images

/// The options of COPY and ADD for their destination.
package struct CopyOptions: Sendable {
    /// Joined to the working directory: absolute, with a trailing slash if it has one.
    package var destination: String
    /// `--chown`, as numbers of the target root. Without it, files of a context are root's, and those of an image keep
    /// their owners.
    package var owner: FileOwner?
    /// The owner that a copy gets in place of the source's, where `owner` names none; `nil` for the source's own.
    package var exchange: (@Sendable (FileOwner) -> FileOwner)?
    /// `--chmod`: the new permissions for given permissions of a file or directory.
    package var mode: (@Sendable (_ permissions: UInt16, _ isDirectory: Bool) -> UInt16)?
    /// The permissions of directories that are made only to hold the copies: those of an octal `--chmod`, else 0755.
    package var directoryMode: UInt16
    /// Whether files that are tar archives are unpacked, as ADD does.
    package var unpacksArchives: Bool
    /// The limits for archives.
    package var archiveLimits: ExtractionLimits

    package init(
        destination: String, owner: FileOwner? = nil, mode: (@Sendable (UInt16, Bool) -> UInt16)? = nil,
        directoryMode: UInt16 = 0o755, unpacksArchives: Bool = false,
        archiveLimits: ExtractionLimits = ExtractionLimits()
    ) {
        self.destination = destination
        self.owner = owner
        self.mode = mode
        self.directoryMode = directoryMode
        self.unpacksArchives = unpacksArchives
        self.archiveLimits = archiveLimits
    }

    /// The destination of an instruction: relative to the working directory, with its trailing slash.
    package static func destination(_ path: String, workingDirectory: String) -> String {
        let joined = path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)"
        let isDirectory = path.isEmpty || path.hasSuffix("/") || path == "." || path.hasSuffix("/.")
        let cleaned = "/\(TreePath(joined).isRoot ? "" : TreePath(joined).description)"
        return isDirectory && cleaned != "/" ? cleaned + "/" : cleaned
    }

    /// Whether the destination must be a directory.
    var isDirectory: Bool { destination.hasSuffix("/") }
}
