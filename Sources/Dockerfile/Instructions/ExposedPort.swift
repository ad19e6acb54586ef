internal import Diagnostics
package import Vocabulary

/// A port that the container listens on.
package struct ExposedPort: Hashable, Sendable, CustomStringConvertible {
    package var number: UInt16
    package var transport: Transport

    package init(number: UInt16, transport: Transport = .tcp) {
        self.number = number
        self.transport = transport
    }

    /// As an image's configuration has it, such as `80/tcp`.
    package var description: String { "\(number)/\(transport.rawValue)" }

    /// Reads `80`, `80/udp` or `8000-8010/tcp`. An address and a host's port before it have no effect.
    static func ports(_ text: String, at location: Location) throws(Failure) -> [ExposedPort] {
        let container = text.split(separator: ":", omittingEmptySubsequences: false).last ?? ""
        let parts = container.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.count == 2 && !parts[1].isEmpty ? parts[1].lowercased() : "tcp"
        guard let transport = Transport(parsing: name) else {
            throw Failure(
                "`\(name)` is no protocol of a port", at: location,
                hint: Suggestion.hint(
                    for: name, in: Transport.allCases.map(\.rawValue), listing: "it can be"))
        }
        let bounds = (parts.first ?? "").split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            .map { GoValue.unsigned(String($0)).flatMap { UInt16(exactly: $0) } }
        guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last else {
            throw Failure(
                "`\(text)` is no port", at: location, hint: "write a number up to 65535, or two with `-` between")
        }
        return (first...last).map { ExposedPort(number: $0, transport: transport) }
    }
}

/// The signals of Linux by number and name.
enum StopSignal {
    private static let names: [String] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
        "ALRM", "TERM", "STKFLT", "CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
        "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS", "RTMIN", "RTMAX",
    ]

    /// - Throws: `Failure` when the text is neither a signal's number nor its name, with or without `SIG`.
    static func check(_ text: String, at location: Location) throws(Failure) {
        if let number = GoValue.unsigned(text) {
            guard number == 0 || number > 64 else { return }
            throw Failure("\(number) is no signal", at: location, hint: "signals are 1 to 64")
        }
        let name = text.uppercased().hasPrefix("SIG") ? String(text.uppercased().dropFirst(3)) : text.uppercased()
        if names.contains(name) || isRealTime(name) { return }
        let nearest = Suggestion.meant(by: name, in: names).map { "did you mean `SIG\($0)`?" }
        throw Failure("`\(text)` is no signal", at: location, hint: nearest)
    }

    /// `RTMIN+n` and `RTMAX-n`.
    private static func isRealTime(_ name: String) -> Bool {
        for prefix in ["RTMIN+", "RTMAX-"] where name.hasPrefix(prefix) {
            if let number = GoValue.unsigned(String(name.dropFirst(prefix.count))) { return number <= 15 }
        }
        return false
    }
}
