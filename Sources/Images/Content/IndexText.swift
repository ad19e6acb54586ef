internal import Glibc
internal import OCI

/// The text of `index.json`: JSON with one entry to a line, so that one entry is found without reading them all.
enum IndexText {
    private static let head = "{\"mediaType\":\"\(MediaType.index.rawValue)\",\"schemaVersion\":2,\"manifests\":["
    private static let tail = "\n]}\n"

    static var empty: [UInt8] { Array((head + tail).utf8) }

    static func encode(_ index: Index) throws(ImageError) -> [UInt8] {
        guard index.annotations.isEmpty else { return try DocumentCoding.encode(index) }
        var text = Array(head.utf8)
        for (position, entry) in index.manifests.enumerated() {
            text += Array((position == 0 ? "\n" : ",\n").utf8)
            text += try DocumentCoding.encode(entry)
        }
        return text + Array(tail.utf8)
    }

    /// The entry with a name. A text that another tool wrote is read as a whole.
    static func entry(
        _ name: String, in bytes: [UInt8], _ what: @autoclosure () -> String
    ) throws(ImageError) -> Descriptor? {
        func slow() throws(ImageError) -> Descriptor? {
            try DocumentCoding.decode(Index.self, from: bytes, what()).manifests
                .first { $0.annotations[Descriptor.referenceName] == name }
        }
        guard bytes.starts(with: head.utf8) else { return try slow() }
        let key = try DocumentCoding.encode([Descriptor.referenceName: name])
        // {"key":"value"} without its braces is how the encoder writes it in an entry, too.
        guard let line = line(containing: Array(key.dropFirst().dropLast()), in: bytes) else { return nil }
        let entry = try DocumentCoding.decode(Descriptor.self, from: line, what())
        return entry.annotations[Descriptor.referenceName] == name ? entry : try slow()
    }

    private static func line(containing needle: [UInt8], in bytes: [UInt8]) -> [UInt8]? {
        let terminated = bytes + [0]
        let pattern = needle + [0]
        return terminated.withUnsafeBufferPointer { text in
            pattern.withUnsafeBufferPointer { pattern -> [UInt8]? in
                guard let start = text.baseAddress, let wanted = pattern.baseAddress else { return nil }
                return start.withMemoryRebound(to: CChar.self, capacity: text.count) { start in
                    wanted.withMemoryRebound(to: CChar.self, capacity: pattern.count) { wanted in
                        guard let hit = strstr(start, wanted) else { return nil }
                        let position = UnsafePointer(hit) - start
                        var first = position
                        while first > 0 && text[first - 1] != UInt8(ascii: "\n") { first -= 1 }
                        var end = position
                        while text[end] != 0 && text[end] != UInt8(ascii: "\n") { end += 1 }
                        if text[end - 1] == UInt8(ascii: ",") { end -= 1 }
                        return Array(text[first..<end])
                    }
                }
            }
        }
    }
}
