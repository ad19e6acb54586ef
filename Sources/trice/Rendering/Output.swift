internal import FoundationEssentials
internal import Glibc

/// Standard output and standard error, written whole.
enum Output {
    static func print(_ text: String) {
        write(text + "\n", to: 1)
    }

    static func error(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// Prints a value as JSON with sorted keys.
    static func json(_ value: some Encodable) throws {
        print(try jsonText(value))
    }

    /// A value as JSON with sorted keys.
    static func jsonText(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes a file; an existing one is replaced.
    static func write(_ text: String, toFile path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// One line of JSON, for streams.
    static func jsonLine(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The values that are streamed hold strings and numbers only, which always encode.
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8), to: descriptor)
    }

    /// Writes all bytes; when the reader has closed, the program ends as a shell expects.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { exit(128 + SIGPIPE) }
                return
            }
            written += count
        }
    }
}
