internal import Glibc
package import LinuxSystem
package import SystemPackage

/// A volume whose content is an overlay: frozen layers below, and a writable directory of its own on top.
///
/// Beside the volume `NAME` lies `.layers-NAME` with `lowers` (the names of the layers, the uppermost first), `upper`,
/// `work`, and `pending` while the top layer is in the making. A volume without it is a plain directory. The overlay is mounted at the place of the volume while somebody needs
/// it; between that the place is an empty directory.
///
/// The top layer may be named before it exists: whoever mounts the volume next finishes what a killed command began.
package struct LayeredVolume: Sendable, Hashable {
    /// Where containers bind it from.
    package let path: FilePath
    /// The layers, the uppermost first.
    package private(set) var layers: [String]

    /// Reads the volume at a path; `nil` for a plain directory.
    package init?(at path: FilePath) throws(SystemError) {
        guard let text = try Files.text(Self.side(of: path).appending(Self.lowers)) else { return nil }
        self.path = path
        layers = text.split(separator: "\n").map(String.init)
    }

    /// The layered volumes of a directory; the place of one may be missing until it is mounted.
    package static func all(in directory: FilePath) throws(SystemError) -> [LayeredVolume] {
        var found: [LayeredVolume] = []
        for name in try Files.names(in: directory) where name.hasPrefix(prefix) {
            if let volume = try LayeredVolume(at: directory.appending(String(name.dropFirst(prefix.count)))) {
                found.append(volume)
            }
        }
        return found
    }

    private static let lowers = "lowers"
    private static let prefix = ".layers-"

    /// The directory beside a volume that makes it a layered one.
    package static func side(of path: FilePath) -> FilePath {
        path.removingLastComponent().appending(prefix + (path.lastComponent?.string ?? ""))
    }

    private var side: FilePath { Self.side(of: path) }
    /// What has been written since the layers were frozen.
    package var upper: FilePath { side.appending("upper") }
    private var work: FilePath { side.appending("work") }
}

// MARK: - Making

extension LayeredVolume {
    /// Makes a side directory anywhere: a volume becomes a layered one when it is moved beside it.
    ///
    /// - Parameter model: the directory whose owner, mode and attributes the volume begins with.
    package static func prepare(
        _ side: FilePath, layers: [String], like model: FilePath
    ) throws(SystemError) {
        try Files.removeTree(side)
        try Files.createDirectory(side, mode: 0o700)
        try Files.createDirectory(side.appending("work"), mode: 0o700)
        try Files.createDirectory(side.appending("upper"), mode: 0o755)
        try DirectoryAttributes.copy(from: model, to: side.appending("upper"))
        try Files.write(
            layers.joined(separator: "\n").utf8, to: side.appending(lowers), mode: 0o600, isDurable: true)
        try Files.synchronizeDirectory(side)
    }

    /// Gives a directory the owner, mode and attributes of another.
    package static func copyAttributes(from source: FilePath, to target: FilePath) throws(SystemError) {
        try DirectoryAttributes.copy(from: source, to: target)
    }

    /// Gives the content of a plain directory that nothing uses to a layer: a rename, whatever its size.
    ///
    /// - Parameter directory: that of all layers, on the same file system.
    package static func freeze(plain path: FilePath, as layer: String, in directory: FilePath) throws(SystemError) {
        let side = side(of: path)
        let made = side.removingLastComponent().appending(".freezing-\(path.lastComponent?.string ?? "")")
        try prepare(made, layers: [layer], like: path)
        try Pending.plain.write(in: made)
        try Files.rename(made, to: side)
        try Files.synchronizeDirectory(path.removingLastComponent())
        try LayeredVolume(at: path)?.finish(in: directory)
    }

    /// Gives what has been written to one more layer; the volume is not mounted and nothing uses it.
    ///
    /// - Returns: `false` where nothing had been written, so that there is no such layer.
    package mutating func freezeUpper(as layer: String, in directory: FilePath) throws(SystemError) -> Bool {
        try finish(in: directory)
        guard try !Files.names(in: upper).isEmpty else { return false }
        try Pending.upper.write(in: side)
        layers.insert(layer, at: 0)
        try Files.write(
            layers.joined(separator: "\n").utf8, to: side.appending(Self.lowers), mode: 0o600, isDurable: true)
        try finish(in: directory)
        return true
    }

    /// Which directory becomes the top layer, while that has a name and is not there.
    private enum Pending: String {
        case plain, upper

        static func file(in side: FilePath) -> FilePath { side.appending("pending") }

        static func read(in side: FilePath) throws(SystemError) -> Pending? {
            try Files.text(file(in: side)).flatMap(Pending.init(rawValue:))
        }

        func write(in side: FilePath) throws(SystemError) {
            try Files.write(rawValue.utf8, to: Self.file(in: side), mode: 0o600, isDurable: true)
        }
    }

    /// Makes the top layer where a command was killed between naming and making it.
    private func finish(in directory: FilePath) throws(SystemError) {
        guard let top = layers.first else { return }
        let layer = directory.appending(top)
        if !Files.exists(layer) {
            // A layer that is lost is no empty one.
            guard let pending = try Pending.read(in: side) else {
                throw SystemError("open", layer.string, .noSuchFileOrDirectory)
            }
            try Files.rename(pending == .upper ? upper : path, to: layer)
            try Files.synchronizeDirectory(directory)
        }
        try Files.remove(Pending.file(in: side))
        try Files.createDirectory(path)
        if !Files.exists(upper) {
            try Files.createDirectory(upper, mode: 0o755)
            try DirectoryAttributes.copy(from: layer, to: upper)
            // It knows the directory that is gone.
            try Files.removeTree(work)
        }
        try Files.createDirectory(work, mode: 0o700)
    }
}

// MARK: - Mounting

extension LayeredVolume {
    /// Mounts the volume at its place; a mount that is there stays.
    ///
    /// - Parameter directory: that of all layers.
    /// - Returns: whether this call mounted it.
    @discardableResult
    package func mount(layersIn directory: FilePath) throws(SystemError) -> Bool {
        if Mounts.isRoot(path) { return false }
        try finish(in: directory)
        try Mounts.overlay(lowers: layers.map { directory.appending($0) }, upper: upper, work: work, at: path)
        return true
    }

    /// Unmounts the volumes at and below a path, the deepest first. A mount that is in use goes with its last user.
    package static func unmount(_ path: FilePath) throws(SystemError) {
        for point in try Mounts.list(below: path).reversed() {
            do throws(SystemError) {
                try Mounts.unmount(point)
            } catch  where error.errno == .resourceBusy {
                try Mounts.unmount(point, isLazy: true)
            }
        }
    }

    /// Removes what makes a volume a layered one; its layers stay.
    package static func remove(at path: FilePath) throws(SystemError) {
        let side = side(of: path)
        guard Files.exists(side) else { return }
        try unmount(path)
        try Files.removeTree(side)
    }
}
