internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The standard input of this process, which can be read once.
enum StandardInput {
    private static let pieceSize = 1 << 20

    static func bytes() throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read { (piece) throws(SystemError) in bytes += piece }
        return bytes
    }

    /// Copies it into a new file.
    static func copy(to file: FilePath) throws(SystemError) {
        let opened = try OwnedDescriptor.open(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        let target = opened.rawValue
        try read { (piece) throws(SystemError) in
            var done = 0
            while done < piece.count {
                done += try systemCall("write", file.string) {
                    piece.withUnsafeBytes { write(target, $0.baseAddress?.advanced(by: done), piece.count - done) }
                }
            }
        }
        _ = consume opened
    }

    private static func read(_ body: (ArraySlice<UInt8>) throws(SystemError) -> Void) throws(SystemError) {
        var buffer = [UInt8](repeating: 0, count: pieceSize)
        while true {
            let count = try systemCall("read", "standard input") { Glibc.read(0, &buffer, buffer.count) }
            if count == 0 { return }
            try body(buffer[..<count])
        }
    }
}
