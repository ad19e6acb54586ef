internal import LinuxSystem
package import SystemPackage

/// A container's root: the image's layers with a writable directory on top; overlayfs.rst of the kernel.
package struct RootFilesystem: Sendable {
    /// The layers, the uppermost first; never empty.
    package var lowers: [FilePath]
    /// The container's changes; on the same file system as `work`, and not on an overlay.
    package var upper: FilePath
    package var work: FilePath
    /// Where the container sees it all.
    package var target: FilePath
    /// Who owns the container's `/` where `upper` is made.
    package var owner: (user: UInt32, group: UInt32)

    package init(
        lowers: [FilePath], upper: FilePath, work: FilePath, target: FilePath,
        owner: (user: UInt32, group: UInt32) = (0, 0)
    ) {
        self.owner = owner
        self.lowers = lowers
        self.upper = upper
        self.work = work
        self.target = target
    }

    /// Mounts the overlay, and creates `upper`, `work` and `target` when missing; an existing mount stays.
    ///
    /// - Returns: whether this call mounted it.
    @discardableResult
    package func mount() throws(ContainersError) -> Bool {
        do throws(SystemError) {
            if Mounts.isRoot(target) { return false }
            // The mode of the upper directory is the mode of the container's `/`.
            if !Files.exists(upper) {
                try Files.createDirectory(upper, mode: 0o755)
                if owner != (0, 0) { try Files.changeOwner(upper, user: owner.user, group: owner.group) }
            }
            try Files.createDirectory(work, mode: 0o700)
            try Files.createDirectory(target, mode: 0o755)
            try Mounts.overlay(lowers: lowers, upper: upper, work: work, at: target)
            return true
        } catch {
            throw ContainersError(
                .rootFilesystem, "Could not mount the root file system `\(target)`: \(error.subject): \(error.errno).",
                cause: error)
        }
    }

    /// Unmounts all mounts at `target` and below it, deepest first; no mount there is not an error.
    ///
    /// A busy mount is detached and ends with its last user. Tries every mount before it throws.
    package static func unmount(_ target: FilePath) throws(ContainersError) {
        var failures: [SystemError] = []
        do throws(SystemError) {
            for point in try Mounts.list(below: target).reversed() {
                do throws(SystemError) {
                    try Mounts.unmount(point)
                } catch  where error.errno == .resourceBusy {
                    do throws(SystemError) { try Mounts.unmount(point, isLazy: true) } catch { failures.append(error) }
                } catch {
                    failures.append(error)
                }
            }
        } catch {
            failures.append(error)
        }
        guard let first = failures.first else { return }
        throw ContainersError(
            .rootFilesystem, "Could not unmount the root file system `\(target)`: \(first.subject): \(first.errno).",
            cause: first)
    }
}
