package import LinuxSystem
internal import OCI
internal import Vocabulary

/// The message of a runtime that failed.
package enum RuntimeMessage {
    /// The runtime's standard error as one line, without its time stamps and log fields.
    package static func text(of output: ProcessOutput, from program: String) -> String {
        let words = text(ofLog: output.message)
        if !words.isEmpty { return words }
        switch output.status {
        case .exited(let code): return "\(program) ended with code \(code) and said nothing"
        case .signaled(let signal): return "\(program) was ended by signal \(signal)"
        }
    }

    /// The same from the file of the runtime's option `--log`, without warnings.
    package static func text(ofLog log: String) -> String {
        log.split(whereSeparator: \.isNewline).filter { !$0.contains("level=warning") }
            .map(line).filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// runc logs `time="…" level=error msg="…"`, crun `TIME: message`.
    private static func line(_ text: Substring) -> String {
        if let mark = text.firstRange(of: "msg=\"") {
            var message = text[mark.upperBound...]
            if message.hasSuffix("\"") { message = message.dropLast() }
            return String(message.replacing("\\\"", with: "\""))
        }
        var rest = text
        if let mark = rest.firstRange(of: "Z: "), rest[..<mark.lowerBound].allSatisfy({ "0123456789-:.T".contains($0) })
        {
            rest = rest[mark.upperBound...]
        }
        return String(rest)
    }
}

extension RuntimeState {
    init(json: [UInt8], container: String) throws(ContainersError) {
        do {
            self = try JSONCoding.decode(RuntimeState.self, from: json)
        } catch {
            throw ContainersError(
                .runtimeFailed, "Could not decode the state of container `\(container)`.", cause: error)
        }
    }
}
