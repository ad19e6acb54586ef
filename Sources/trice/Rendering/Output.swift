internal import ArgumentParser
internal import Glibc
internal import LinuxSystem
internal import Vocabulary

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
        try JSONCoding.text(value, isIndented: true)
    }

    /// Writes a file; what an existing one holds is replaced.
    ///
    /// - Throws: `ValidationError` for one that cannot be written.
    static func write(_ text: String, toFile path: String) throws {
        let file = try open(path)
        defer { close(file) }
        write(text, to: file)
    }

    /// Opens a file that the user has named for output, empty. Under sudo a new one belongs to who called it.
    ///
    /// - Parameter mode: that of a new one.
    /// - Throws: `ValidationError` for one that cannot be written.
    static func open(_ path: String, mode: mode_t = 0o644) throws -> Int32 {
        let isNew = access(path, F_OK) != 0
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else {
            throw ValidationError("`\(path)` cannot be written: \(String(cString: strerror(errno))).")
        }
        if isNew { try SudoCaller.current?.own(file, path) }
        return file
    }

    /// Makes a file that only the user can read.
    ///
    /// - Throws: `ValidationError` for one that is there already.
    static func create(_ text: String, asFile path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw ValidationError("`\(path)` cannot be made: \(reason). Name another file with --output.")
        }
        defer { close(file) }
        try SudoCaller.current?.own(file, path)
        write(text, to: file)
    }

    /// One line of JSON, for streams.
    static func jsonLine(_ value: some Encodable) -> String {
        // The values that are streamed hold strings and numbers only, which always encode.
        (try? JSONCoding.text(value)) ?? "{}"
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
