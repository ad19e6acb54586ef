internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Copies the bytes of open files, one after the other, through the same memory.
struct ContentCopier: ~Copyable {
    private static let bufferSize = 1 << 17
    /// The size of one kernel call, so that a cancellation takes effect soon.
    private static let portion = 1 << 26

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 4096)

    deinit {
        buffer.deallocate()
    }

    /// Copies all of `input` to the empty file `output`; holes stay holes.
    func copy(
        _ input: Int32, _ output: Int32, _ info: stat, _ subject: @autoclosure () -> String
    ) throws(SystemError) {
        if Int64(info.st_blocks) * 512 < Int64(info.st_size) {
            return try copySparsely(input, output, subject())
        }
        // One large call for a larger file: the file system shares the blocks where it supports that.
        var rest = Int(info.st_size)
        while rest > Self.bufferSize {
            try Cancellation.check(subject())
            let count = cl_copy_file_range(input, output, min(rest, Self.portion))
            if count <= 0 { break }
            rest -= count
        }
        // Also for files that the kernel cannot copy, and for files of unknown length.
        while true {
            let count = try read(input, subject())
            if count == 0 { return }
            try write(output, count, subject())
            rest -= count
            // The file ends at its known size: one more call would be a call for each small file.
            if rest == 0 { return }
        }
    }

    /// Skips blocks of zeros.
    private func copySparsely(
        _ input: Int32, _ output: Int32, _ subject: @autoclosure () -> String
    ) throws(SystemError) {
        var length: off_t = 0
        while true {
            let count = try read(input, subject())
            if count == 0 { break }
            length += off_t(count)
            if isZero(count) {
                try systemCall("lseek", subject()) { lseek(output, off_t(count), SEEK_CUR) }
            } else {
                try write(output, count, subject())
            }
        }
        try systemCall("ftruncate", subject()) { ftruncate(output, length) }
    }

    /// Whether the first `count` bytes of the buffer are zero: the first is, and each is as the one before it.
    private func isZero(_ count: Int) -> Bool {
        guard let start = buffer.baseAddress, buffer[0] == 0 else { return false }
        return memcmp(start, start + 1, count - 1) == 0
    }

    private func read(_ input: Int32, _ subject: @autoclosure () -> String) throws(SystemError) -> Int {
        try Cancellation.check(subject())
        return try systemCall("read", subject()) { Glibc.read(input, buffer.baseAddress, buffer.count) }
    }

    private func write(_ output: Int32, _ count: Int, _ subject: @autoclosure () -> String) throws(SystemError) {
        var written = 0
        while written < count {
            written += try systemCall("write", subject()) {
                Glibc.write(output, buffer.baseAddress?.advanced(by: written), count - written)
            }
        }
    }
}
