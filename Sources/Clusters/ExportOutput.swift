package import Export
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// Writes the files of an export into a directory.
package struct ExportOutput: Sendable {
    private let directory: FilePath

    package init(_ directory: String) {
        self.directory = FilePath(directory)
    }

    /// Writes the files, and removes those of an earlier export that this one does not have.
    ///
    /// - Returns: the paths that were written, relative to the directory.
    /// - Throws: `EngineError` for a file that is there and was not written by an export.
    package func write(_ files: [ExportFile]) throws -> [String] {
        try checkForeign(files)
        var written: [String] = []
        for file in files {
            let path = directory.appending(file.path)
            if file.isKept, Files.exists(path) { continue }
            do throws(SystemError) {
                try Files.createDirectory(path.removingLastComponent(), keepsUmask: true)
                try Files.write(file.content, to: path, mode: file.isSecret ? 0o600 : 0o644, keepsUmask: true)
            } catch {
                throw EngineError(
                    .invalidProject, "`\(path)` cannot be written: \(error.errno).", causes: [error])
            }
            written.append(file.path)
        }
        try removeStale(files)
        return written
    }

    private func isOurs(_ path: FilePath) throws(SystemError) -> Bool {
        guard let status = try Files.status(path), status.kind == .regular, status.size < 64 << 20 else { return false }
        let mark = Array(ExportHeader.mark.utf8)
        return try Files.readRegular(path, limit: 64 << 20).starts(with: mark)
    }

    private func checkForeign(_ files: [ExportFile]) throws {
        for file in files where !file.isKept && file.content.starts(with: Array(ExportHeader.mark.utf8)) {
            let path = directory.appending(file.path)
            guard Files.exists(path), try !isOurs(path) else { continue }
            throw EngineError(
                .invalidProject,
                "`\(path)` is there already and was not written by `trice export`. Move it away, or name another directory."
            )
        }
    }

    /// Files of services that are gone.
    private func removeStale(_ files: [ExportFile]) throws {
        let known = Set(files.map(\.path))
        for folder in Set(files.map { FilePath($0.path).removingLastComponent().string }) {
            let place = folder.isEmpty ? directory : directory.appending(folder)
            for name in try Files.names(in: place) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                if !known.contains(path), try isOurs(place.appending(name)) { try Files.remove(place.appending(name)) }
            }
        }
    }
}
