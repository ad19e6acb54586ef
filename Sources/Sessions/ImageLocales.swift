internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The locales that the C library of an image knows; locale(7).
struct ImageLocales {
    let rootfs: FilePath

    /// The archives and directories of locales below a root.
    private static let archive = "/usr/lib/locale/locale-archive"
    private static let directory = "/usr/lib/locale"
    /// Archives of all locales are larger than this is worth.
    private static let longestArchive = 512 << 20

    /// Whether a value of `LANG` has a meaning there. `C.UTF-8` has one everywhere.
    func contains(_ name: String) -> Bool {
        let normal = Self.normalized(name)
        if ["C", "POSIX", "C.utf8"].contains(normal) { return true }
        guard !name.contains("/"), let root = try? OwnedDescriptor.open(rootfs, O_RDONLY | O_DIRECTORY) else {
            return false
        }
        // What cannot be opened is not there.
        for spelling in [name, normal]
        where (try? root.openBeneath("\(Self.directory)/\(spelling)", O_RDONLY | O_DIRECTORY)) != nil { return true }
        guard let file = try? root.openBeneath(Self.archive, O_RDONLY | O_NONBLOCK),
            let bytes = try? file.readRegular(Self.archive, limit: Self.longestArchive)
        else { return false }
        return Self.names(inArchive: bytes).contains(normal)
    }

    /// `en_US.UTF-8` is `en_US.utf8` in the files of the C library.
    static func normalized(_ name: String) -> String {
        let parts = name.split(separator: "@", maxSplits: 1)
        let base = (parts.first ?? "").split(separator: ".", maxSplits: 1)
        guard base.count == 2 else { return name }
        let codeset = base[1].lowercased().filter { $0.isLetter || $0.isNumber }
        return "\(base[0]).\(codeset)" + (parts.count == 2 ? "@\(parts[1])" : "")
    }

    /// The names in a locale archive of glibc: `struct locarhead` of locale/locarchive.h, whose words 5 and 6 are the place
    /// and the length of the names.
    static func names(inArchive bytes: [UInt8]) -> Set<String> {
        func word(_ index: Int) -> Int? {
            let place = index * 4
            guard bytes.count >= place + 4 else { return nil }
            return (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        guard word(0) == 0xde02_0109, let start = word(5), let length = word(6), start <= bytes.count,
            length <= bytes.count - start
        else { return [] }
        return Set(bytes[start..<(start + length)].split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }
}
