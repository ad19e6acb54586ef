internal import Glibc
internal import Synchronization

/// A pipe from this process into the standard input of a program that another process starts; pipe(7).
///
/// The program's input comes to its end when this process has closed its side, or has ended.
package final class InputPipe: Sendable {
    private let reader: Mutex<OwnedDescriptor?>
    private let writer: Mutex<OwnedDescriptor?>

    package init() throws(SystemError) {
        let pipe = try Pipe()
        reader = Mutex(pipe.reader)
        writer = Mutex(pipe.writer)
    }

    /// Gives the program's side to `send`, and closes this process's copy of it. A second call gives `nil`.
    package func giveReader<Result>(_ send: (Int32?) throws -> Result) rethrows -> Result {
        guard let reader = reader.withLock({ $0.take() }) else { return try send(nil) }
        return try send(reader.rawValue)
    }

    /// Copies what a descriptor gives until one of both sides comes to its end; closes this process's side then.
    package func fill(from source: Int32) {
        guard let writer = writer.withLock({ $0.take() }) else { return }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            // The program has closed its side: the rest has no reader.
            do { try writer.write(buffer[..<count]) } catch { return }
        }
    }
}
