internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Resolves a path with a directory as `/`: links are followed, and none leads outside.
///
/// The kernel's openat2(2) resolves in the same way, but only existing paths; a destination often does not exist yet.
struct RootResolver {
    /// As in path_resolution(7).
    private static let maximumLinks = 40

    let root: Int32

    struct Place {
        /// Without links, as far as it exists.
        var path: TreePath
        /// `nil` when the path does not exist.
        var info: stat?
        /// The followed links with their targets.
        var links: [(path: TreePath, target: String)] = []
    }

    /// - Parameter followingLast: Whether a link at the end of the path is followed, too.
    /// - Throws: ELOOP for links in a circle; ENOTDIR for a path through a file; EACCES.
    func resolve(_ path: TreePath, followingLast: Bool = true) throws(SystemError) -> Place {
        var place = Place(path: .root, info: try status(.root))
        var rest = path.components.map { Array($0) }.reversed() as [[UInt8]]
        while let component = rest.popLast() {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                place.path = place.path.parent
                place.info = try status(place.path)
                continue
            }
            let candidate = place.path.appending(component)
            if place.info == nil {
                place.path = candidate
                continue
            }
            let info = try status(candidate)
            if let info, info.st_mode & S_IFMT == S_IFLNK, followingLast || !rest.isEmpty {
                let target = try readLink(candidate)
                place.links.append((candidate, String(decoding: target, as: UTF8.self)))
                guard place.links.count <= Self.maximumLinks else {
                    throw SystemError("openat2", path.description, .tooManySymbolicLinkLevels)
                }
                if target.first == TreePath.slash {
                    place.path = .root
                    place.info = try status(.root)
                }
                rest += target.split(separator: TreePath.slash).reversed().map { Array($0) }
                continue
            }
            place.path = candidate
            place.info = info
        }
        return place
    }

    /// The status of a path that has no links above its end; `nil` when it does not exist.
    func status(_ path: TreePath) throws(SystemError) -> stat? {
        let opened: OwnedDescriptor
        do throws(SystemError) {
            opened = try open(path, CL_O_PATH | O_NOFOLLOW)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return nil
        }
        let fd = opened.rawValue
        var info = stat()
        try systemCall("fstat", path.description) { fstat(fd, &info) }
        return info
    }

    /// Opens a path without following any link; openat2(2).
    func open(_ path: TreePath, _ flags: Int32, mode: UInt32 = 0) throws(SystemError) -> OwnedDescriptor {
        let text = path.cPath
        return OwnedDescriptor(
            owning: try systemCall("openat2", path.description) {
                cl_openat2(
                    root, text, UInt64(bitPattern: Int64(flags | O_CLOEXEC)), UInt64(mode),
                    UInt64(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS))
            })
    }

    /// The target of a link; readlinkat(2).
    func readLink(_ path: TreePath) throws(SystemError) -> [UInt8] {
        let link = try open(path, CL_O_PATH | O_NOFOLLOW)
        return try Self.readLink(link.rawValue, [0], path.description)
    }

    /// An empty name reads the link of the descriptor.
    static func readLink(
        _ directory: Int32, _ name: [CChar], _ subject: @autoclosure () -> String
    ) throws(SystemError) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlinkat", subject()) { readlinkat(directory, name, &buffer, buffer.count) }
        return buffer[..<count].map { UInt8(bitPattern: $0) }
    }
}
