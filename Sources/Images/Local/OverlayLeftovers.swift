internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Data of overlayfs in an upper directory that has no meaning outside of the mount; overlayfs.rst of the kernel.
///
/// Origins, impure marks and link counts are only hints. A redirect (of a renamed directory), a metadata-only copy and
/// a whiteout by attribute are not: such a layer would show the wrong files. The first two need an option that the
/// mount leaves at the kernel's default; overlayfs never makes the third itself.
enum OverlayLeftovers {
    private static let parameters: FilePath = "/sys/module/overlay/parameters"

    /// Attributes that must not be in a layer, without the `trusted.overlay.` or `user.overlay.` before them.
    private static let forbidden: Set<String> = ["redirect", "metacopy", "whiteout"]

    /// Whether an attribute makes a tree useless as a layer.
    static func isForbidden(_ attribute: String) -> Bool {
        OverlayAttribute.suffix(attribute).map { forbidden.contains($0) } ?? false
    }

    /// Looks for such attributes, unless the kernel's defaults exclude them.
    static func check(_ upper: FilePath) throws(ImageError) {
        guard try isPossible() else { return }
        let reader = AttributeReader()
        try TreeWalker(root: upper).walk { (item: TreeWalker.Item) throws(ImageError) in
            let kind = item.info.st_mode & S_IFMT
            guard kind == S_IFREG || kind == S_IFDIR else { return }
            let shown = upper.appending(String(decoding: item.path, as: UTF8.self))
            let names = try attempting("read the attributes of \(shown)") { () throws(SystemError) in
                try reader.names(in: item.parent, item.name, shown.string)
            }
            guard let found = names.first(where: { isForbidden($0) }) else { return }
            throw failure(found, at: shown)
        }
    }

    static func failure(_ attribute: String, at path: FilePath) -> ImageError {
        ImageError(
            .invalidImage,
            "Could not make a layer: \(path) has the attribute `\(attribute)`, which only the overlay that made it understands. Set redirect_dir and metacopy in \(parameters) to N and start the container anew."
        )
    }

    private static func isPossible() throws(ImageError) -> Bool {
        for name in ["redirect_dir", "metacopy"] {
            let text = try attempting("read \(parameters)") { () throws(SystemError) in
                try Files.text(parameters.appending(name))
            }
            if text?.hasPrefix("Y") == true { return true }
        }
        return false
    }
}

/// The attributes by which overlayfs speaks to itself.
enum OverlayAttribute {
    private static let prefixes = ["trusted.overlay.", "user.overlay."]
    static let opaque = "opaque"

    /// What follows overlayfs's prefix; `nil` for every other attribute.
    static func suffix(_ attribute: String) -> String? {
        prefixes.first { attribute.hasPrefix($0) }.map { String(attribute.dropFirst($0.utf8.count)) }
    }
}
