/// How deep directories may lie in one another in a tree that becomes a layer or is compared with one.
///
/// A container can make directories deeper than any path may be long. An image with them could not be unpacked, so its
/// tree is refused, before a walk runs out of stack or descriptors.
enum TreeDepth {
    /// The directories between the root and a file; the same as an archive may have.
    static let maximum = Int(ExtractionLimits().maximumDepth)

    /// - Parameters:
    ///   - depth: the number of names on the way to a directory.
    ///   - shown: its path, for the message.
    /// - Throws: `.limitExceeded`
    static func check(_ depth: Int, _ shown: @autoclosure () -> String) throws(ImageError) {
        guard depth > maximum else { return }
        let path = shown()
        let short = path.utf8.count > 200 ? "\(path.prefix(200))…" : path
        throw ImageError(
            .limitExceeded,
            "Could not read `\(short)`: directories lie more than \(maximum) deep in one another there, which an image cannot "
                + "have. Remove them.")
    }

    static func check(_ path: [UInt8], _ shown: @autoclosure () -> String) throws(ImageError) {
        try check(path.isEmpty ? 0 : path.count { $0 == UInt8(ascii: "/") } + 1, shown())
    }
}
