import Glibc
import LinuxSystem
import SystemPackage

/// A supervisor of another release, played from a recorded conversation: it knows nothing of the protocol's types, so
/// that it stays as it is when they change.
///
/// In the file, a line `> ` holds a request and the next line `< ` its answer. A request is answered like the recorded
/// one of the same name; one that was not recorded gets the answer that the first release gave to unknown requests.
struct RecordedSupervisor {
    private var answers: [String: String] = [:]

    private static let unknown =
        #"{"failed":{"code":"badRequest","message":"The request is none that the supervisor knows"}}"#

    /// Serves until `shutdown` has been answered.
    static func main(runDirectory: FilePath, conversation: FilePath) -> Int32 {
        do {
            guard let lock = try FileLock.attempt(runDirectory.appending("supervisor.lock")) else { return 0 }
            defer { withExtendedLifetime(lock) {} }
            let supervisor = RecordedSupervisor(try Files.text(conversation) ?? "")
            let socket = runDirectory.appending("supervisor.sock")
            try Files.remove(socket)
            let listener = try MessageSocket.listen(at: socket)
            while true {
                let client = try listener.accept()
                guard let message = try client.receive() else { continue }
                let name = requestName(String(decoding: message.bytes, as: UTF8.self))
                let answer = supervisor.answers[name] ?? unknown
                try client.send(Array(filled(answer).utf8))
                if name == "shutdown" { break }
            }
            try Files.remove(socket)
            return 0
        } catch {
            print("The recorded supervisor failed: \(error)")
            return 1
        }
    }

    private init(_ text: String) {
        var name: String?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("> ") { name = Self.requestName(line.dropFirst(2)) }
            if line.hasPrefix("< "), let name { answers[name] = String(line.dropFirst(2)) }
        }
    }

    /// The word after `{"request":{"`.
    private static func requestName(_ text: some StringProtocol) -> String {
        let start = #"{"request":{""#
        guard text.hasPrefix(start) else { return "" }
        return String(text.dropFirst(start.count).prefix { $0 != "\"" })
    }

    private static func filled(_ answer: String) -> String {
        let parts = answer.split(separator: "{PID}", omittingEmptySubsequences: false)
        return parts.joined(separator: "\(getpid())")
    }
}
