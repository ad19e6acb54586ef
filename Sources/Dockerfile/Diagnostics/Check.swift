/// A build check: the subject of a warning, by the name that `# check=skip=` uses.
///
/// Source: Docker's build checks reference; `InvalidJSONForm` and `UnknownStage` are additions of Trice.
package enum Check: String, CaseIterable, Hashable, Sendable {
    case consistentInstructionCasing = "ConsistentInstructionCasing"
    case copyIgnoredFile = "CopyIgnoredFile"
    case duplicateStageName = "DuplicateStageName"
    case exposeInvalidFormat = "ExposeInvalidFormat"
    case exposeProtoCasing = "ExposeProtoCasing"
    case fromAsCasing = "FromAsCasing"
    case fromPlatformFlagConstDisallowed = "FromPlatformFlagConstDisallowed"
    case invalidDefaultArgInFrom = "InvalidDefaultArgInFrom"
    case invalidJSONForm = "InvalidJSONForm"
    case jsonArgsRecommended = "JSONArgsRecommended"
    case legacyKeyValueFormat = "LegacyKeyValueFormat"
    case maintainerDeprecated = "MaintainerDeprecated"
    case multipleInstructionsDisallowed = "MultipleInstructionsDisallowed"
    case noEmptyContinuation = "NoEmptyContinuation"
    case redundantTargetPlatform = "RedundantTargetPlatform"
    case reservedStageName = "ReservedStageName"
    case secretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv"
    case stageNameCasing = "StageNameCasing"
    case undefinedArgInFrom = "UndefinedArgInFrom"
    case undefinedVar = "UndefinedVar"
    case unknownStage = "UnknownStage"
    case workdirRelativePath = "WorkdirRelativePath"
}

/// The value of a `check` directive: the disabled checks, and whether the others are errors.
package struct CheckOptions: Hashable, Sendable {
    package var skipsAll = false
    package var skipped: Set<String> = []
    /// Whether a warning counts as an error.
    package var warningsAreErrors = false

    package init() {}

    /// - Parameter text: Such as `skip=JSONArgsRecommended,UndefinedVar;error=true`.
    /// - Returns: `nil` for other text.
    init?(parsing text: String) {
        for option in text.split(separator: ";", maxSplits: 2, omittingEmptySubsequences: false) {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let value = Self.trimmed(parts[1])
            switch Self.trimmed(parts[0]) {
            case "skip" where value == "all": skipsAll = true
            case "skip": skipped.formUnion(value.split(separator: ",").map(Self.trimmed))
            case "error":
                guard let flag = GoValue.boolean(value) else { return nil }
                warningsAreErrors = flag
            case "experimental": break
            default: return nil
            }
        }
    }

    func skips(_ check: Check) -> Bool { skipsAll || skipped.contains(check.rawValue) }

    private static func trimmed(_ text: Substring) -> String {
        String(scalars: text.unicodeScalars.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
