/// The meaning of an entry's name for the layers below; image-spec layer.md "Whiteouts".
enum Whiteout: Equatable {
    /// The name `.wh.NAME`: NAME is removed.
    case removed([UInt8])
    /// The name `.wh..wh..opq`: the lower content of the directory is hidden.
    case opaque
    /// Other names that begin with `.wh..wh.` belong to aufs and have no meaning here.
    case ignored

    /// `nil` for an ordinary name.
    ///
    /// - Throws: `.forbiddenEntry` where no name of a file is left, and for what lies below a whiteout.
    init?(_ name: EntryName, in subject: String) throws(ImageError) {
        let prefix = Array(".wh.".utf8)
        if name.parent.components.contains(where: { $0.starts(with: prefix + prefix) }) {
            self = .ignored
            return
        }
        if name.parent.components.contains(where: { $0.starts(with: prefix) }) {
            throw ImageError(.forbiddenEntry, "Could not unpack \(subject): the entry `\(name)` lies in a whiteout.")
        }
        guard name.last.starts(with: prefix) else { return nil }
        let rest = Array(name.last.dropFirst(prefix.count))
        if rest.starts(with: prefix) {
            self = rest.elementsEqual(".wh..opq".utf8) ? .opaque : .ignored
            return
        }
        guard !rest.isEmpty, rest != Array(".".utf8), rest != Array("..".utf8) else {
            throw ImageError(.forbiddenEntry, "Could not unpack \(subject): the entry `\(name)` whites out no file.")
        }
        self = .removed(rest)
    }
}
