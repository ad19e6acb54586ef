internal import Glibc

extension OwnedDescriptor {
    /// Reads at most `count` bytes at an offset, and leaves the file's position; fewer at the end of the file; pread(2).
    package borrowing func read(at offset: UInt64, atMost count: Int) throws(SystemError) -> [UInt8] {
        let fd = rawValue
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try systemCall("pread", "\(fd)") { pread(fd, buffer.baseAddress, count, off_t(offset)) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
