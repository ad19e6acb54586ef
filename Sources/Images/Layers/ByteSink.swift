internal import CArchive
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// Where bytes go in order and once.
protocol ByteSink: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError)
}

extension ByteSink {
    func write(_ bytes: [UInt8]) throws(ImageError) {
        try bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(ImageError) in
            try write(UnsafeRawBufferPointer(buffer))
        }
    }
}

extension BlobWriter: ByteSink {}

/// Hashes and counts bytes, and passes them to the next sink if there is one.
final class HashingSink: ByteSink {
    private(set) var hasher: ContentHasher
    private let next: (any ByteSink)?

    init(_ next: (any ByteSink)? = nil, _ algorithm: Digest.Algorithm = .sha256) {
        hasher = ContentHasher(algorithm)
        self.next = next
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        hasher.update(bytes)
        try next?.write(bytes)
    }
}

/// An open file, a pipe or a terminal.
final class DescriptorSink: ByteSink {
    private let file: Int32
    private let subject: String

    /// `file` stays the caller's and must outlive the sink; `subject` names it in errors.
    init(_ file: Int32, subject: String) {
        self.file = file
        self.subject = subject
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        try attempting("write to \(subject)") { () throws(SystemError) in
            var written = 0
            while written < bytes.count {
                written += try systemCall("write", subject) {
                    Glibc.write(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                }
            }
        }
    }
}

/// Bytes in memory.
final class MemorySink: ByteSink {
    private(set) var bytes: [UInt8] = []

    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        self.bytes += bytes
    }
}
