internal import Diagnostics

/// Reads `HEALTHCHECK`.
enum HealthcheckParser {
    /// The runtime takes nothing shorter.
    private static let shortest = Duration.milliseconds(1)

    static func healthcheck(_ node: Node) throws(Failure) -> Healthcheck {
        guard case .check(let kind, let arguments) = node.arguments else {
            throw Failure("HEALTHCHECK needs a command", at: node.keyword.location, hint: "write `CMD …` or `NONE`")
        }
        switch kind.text.uppercased() {
        case "NONE":
            guard case .none = arguments else { throw Failure("NONE takes nothing behind it", at: node.rest) }
            _ = try FlagReader(node)
            return Healthcheck(command: nil)
        case "CMD": return try healthcheck(node, try command(arguments, after: kind))
        default:
            throw Failure(
                "a health check is `CMD` or `NONE`, not `\(kind.text)`", at: kind.location,
                hint: Suggestion.meant(by: kind.text, in: ["CMD", "NONE"]).map { "did you mean `\($0)`?" }
                    ?? "write `CMD` before the command")
        }
    }

    private static func command(_ arguments: Node.Arguments, after kind: Word) throws(Failure) -> CommandLine {
        switch arguments {
        case .json(let words) where !words.isEmpty: return .exec(words.map(\.text))
        case .text(let word): return .shell(word.text)
        default: throw Failure("no command stands behind CMD", at: kind.location)
        }
    }

    private static func healthcheck(_ node: Node, _ command: CommandLine) throws(Failure) -> Healthcheck {
        let flags = try FlagReader(
            node,
            ["interval": .text, "timeout": .text, "start-period": .text, "start-interval": .text, "retries": .text])
        var retries = 0
        if let word = flags.word("retries"), !word.text.isEmpty {
            guard let number = Int32(word.text), number >= 0 else {
                throw Failure("`\(word.text)` is no number of retries", at: word.location)
            }
            retries = Int(number)
        }
        return Healthcheck(
            command: command, interval: try duration("interval", flags), timeout: try duration("timeout", flags),
            startPeriod: try duration("start-period", flags), startInterval: try duration("start-interval", flags),
            retries: retries)
    }

    /// - Returns: `nil` for an absent duration and for zero, which means absent.
    private static func duration(_ name: String, _ flags: FlagReader) throws(Failure) -> Duration? {
        guard let word = flags.word(name), !word.text.isEmpty else { return nil }
        guard let duration = GoValue.duration(word.text) else {
            throw Failure("`\(word.text)` is no duration", at: word.location, hint: "write it as `30s` or `1m30s`")
        }
        guard duration == .zero || duration >= shortest else {
            throw Failure("`--\(name)` must be 1ms or more", at: word.location)
        }
        return duration == .zero ? nil : duration
    }
}
