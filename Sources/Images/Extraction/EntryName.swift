/// The name of an archive's entry as components below the root, without `.` and empty components.
struct EntryName: Hashable {
    let components: [[UInt8]]
    /// The last component for the kernel, ended by 0; `.` for the root itself.
    let lastPath: [CChar]

    /// A leading slash is dropped, so an absolute name stays below the root.
    ///
    /// - Throws: `.forbiddenEntry` for `..`, which no honest archive has.
    init(_ bytes: some Collection<UInt8>, in subject: String) throws(ImageError) {
        var components: [[UInt8]] = []
        for part in bytes.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                throw ImageError(
                    .forbiddenEntry,
                    "Could not unpack \(subject): the name `\(String(decoding: bytes, as: UTF8.self))` of an entry has `..` in it."
                )
            }
            components.append(Array(part))
        }
        self.init(components: components)
    }

    private init(components: [[UInt8]]) {
        self.components = components
        lastPath = (components.last ?? Array(".".utf8)).map { CChar(bitPattern: $0) } + [0]
    }

    /// The root itself has no last component.
    var isRoot: Bool { components.isEmpty }

    var last: [UInt8] { components.last ?? Array(".".utf8) }

    var parent: EntryName { EntryName(components: Array(components.dropLast())) }

    /// The names from the first component down to this one.
    var ancestry: [EntryName] { components.indices.map { EntryName(components: Array(components[...$0])) } }

    /// For the kernel: joined, relative, ended by 0; the root is `.`.
    var path: [CChar] {
        let joined = isRoot ? Array(".".utf8) : Array(components.joined(separator: "/".utf8))
        return joined.map { CChar(bitPattern: $0) } + [0]
    }
}

extension EntryName: CustomStringConvertible {
    var description: String {
        isRoot ? "." : String(decoding: Array(components.joined(separator: "/".utf8)), as: UTF8.self)
    }
}
