internal import Diagnostics
internal import Vocabulary

extension RestartPolicy {
    static func decoded(from cursor: Cursor) -> RestartPolicy? {
        guard let text = cursor.string() else { return nil }
        if let policy = RestartPolicy(text) { return policy }
        let words = ["no", "always", "on-failure", "unless-stopped"]
        if !text.isEmpty {
            cursor.unusable(
                "`\(text)` is no restart policy",
                expected: "`no`, `always`, `on-failure[:ATTEMPTS]` or `unless-stopped`",
                hint: Suggestion.hint(for: text, in: words))
            return .unknown(text)
        }
        return nil
    }

    /// Parses the text of a file; `nil` for other text.
    init?(_ text: String) {
        switch text {
        case "no": self = .no
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(maximumAttempts: nil)
        case _ where text.hasPrefix("on-failure:"):
            guard let attempts = Int(text.dropFirst("on-failure:".count)), attempts >= 0 else { return nil }
            self = .onFailure(maximumAttempts: attempts)
        default: return nil
        }
    }

    /// The text in a file.
    var text: String {
        switch self {
        case .no: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure(nil): "on-failure"
        case .onFailure(let attempts?): "on-failure:\(attempts)"
        case .unknown(let text): text
        }
    }
}

extension PullPolicy {
    private static let words: [String: PullPolicy] = [
        "always": .always, "never": .never, "missing": .missing, "if_not_present": .missing, "build": .build,
        "refresh": .refresh, "daily": .daily, "weekly": .weekly,
    ]

    private static func periodic(_ word: String) -> PullPolicy? {
        guard word.hasPrefix("every_") else { return nil }
        let period = String(word.dropFirst("every_".count))
        return Duration.parsing(composeText: period) == nil ? nil : .every(period)
    }

    static func decoded(from cursor: Cursor) -> PullPolicy? {
        guard let text = cursor.string() else { return nil }
        if let policy = PullPolicy(text) { return policy }
        let expected = "`always`, `never`, `missing`, `build`, `daily`, `weekly` or `every_DURATION`"
        cursor.error(
            "`\(text)` is no pull policy", expected: expected,
            hint: Suggestion.hint(for: text, in: words.keys) ?? "one of \(expected)")
        return nil
    }

    /// The largest valid age of a registry's answer; `nil` when the age does not matter.
    ///
    /// - Parameter refreshAfter: `pull_refresh_after`; without it `refresh` asks every time.
    package func interval(refreshAfter: String?) -> Duration? {
        switch self {
        case .daily: .seconds(86400)
        case .weekly: .seconds(7 * 86400)
        case .every(let period): Duration.parsing(composeText: period)
        case .refresh: refreshAfter.flatMap(Duration.parsing(composeText:)) ?? .zero
        case .always, .never, .missing, .build: nil
        }
    }

    /// The policy with this name in a file; `nil` for an unknown name.
    package init?(_ word: String) {
        guard let policy = Self.words[word] ?? Self.periodic(word) else { return nil }
        self = policy
    }

    /// The text in a file.
    package var text: String {
        switch self {
        case .always: "always"
        case .never: "never"
        case .missing: "missing"
        case .build: "build"
        case .refresh: "refresh"
        case .daily: "daily"
        case .weekly: "weekly"
        case .every(let period): "every_\(period)"
        }
    }
}
