import Glibc
import LinuxSystem
import SystemPackage
import Testing

/// A directory of the test's own, removed with it.
final class TemporaryDirectory: Sendable {
    let path: FilePath

    init(_ parent: String = "/tmp") throws {
        var template = Array("\(parent)/trice-containers-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = FilePath(try #require(made))
    }

    deinit {
        do {
            try Files.removeTree(path)
        } catch {
            Issue.record("\(path) is left: \(error)")
        }
    }
}
