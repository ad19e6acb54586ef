internal import Glibc
internal import Images
internal import LinuxSystem
internal import Synchronization
internal import Transfer
internal import Vocabulary

/// Writes the events as lines, each with one call.
private final class EventLines: Sendable {
    private let gate = Mutex(())

    func write(_ event: RemoteEvent) {
        // Events hold strings and numbers only, which always encode.
        guard var line = try? JSONCoding.encode(event) else { return }
        line.append(UInt8(ascii: "\n"))
        gate.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                // The reader has closed the output.
                if count < 0 { exit(1) }
                rest = rest.dropFirst(count)
            }
        }
    }
}

/// Where this process complains.
private enum ProcessIO {
    static func complain(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}

/// Exchanges images with registries for `trice`, which starts it: reads a request from standard input and writes
/// events.
@main
struct TriceRemote {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        guard let line = readLine(strippingNewline: true) else { exit(64) }
        let request: RemoteRequest
        do {
            request = try JSONCoding.decode(RemoteRequest.self, from: line)
        } catch {
            ProcessIO.complain(
                "trice-remote is run by trice and reads a request from its standard input: \(error)\n")
            exit(64)
        }
        endWithInput()
        let events = EventLines()
        await Transfer(request, environment: EnvironmentVariables.current) { events.write($0) }.run()
        exit(0)
    }

    /// When the caller has ended, the work has no receiver. The next command removes unfinished work.
    private static func endWithInput() {
        var watcher = pthread_t()
        pthread_create(
            &watcher, nil,
            { _ in
                var byte: UInt8 = 0
                while true {
                    let count = read(0, &byte, 1)
                    if count == 0 || (count < 0 && errno != EINTR) { exit(1) }
                }
            }, nil)
    }
}
