extension ServiceDraft {
    /// What runs, and with what around it.
    static let processKeys: Keys = [
        "annotations": { $1.service.annotations = Labels.decoded(from: $0) },
        "build": { $1.service.build = Build.decoded(from: $0) },
        "command": { $1.service.command = CommandOverride.decoded(from: $0) },
        "entrypoint": { $1.service.entrypoint = CommandOverride.decoded(from: $0) },
        "env_file": { $1.environmentFiles = EnvironmentFile.decodedList(from: $0) },
        "environment": { $1.service.environment = EnvironmentVariables.decoded(from: $0) },
        "image": { $1.image = imageReference(from: $0) },
        "init": { $1.usesInit = $0.bool() },
        "label_file": { $1.labelFiles = $0.stringOrList() ?? [] },
        "labels": { $1.service.labels = Labels.decoded(from: $0) },
        "credential_spec": {
            $1.service.platform.credentialSpecification = CredentialSpecification.decoded(from: $0)
        },
        "platform": { $1.service.platform.platform = $0.nonEmptyString() },
        "read_only": { $1.service.isReadOnly = $0.bool() ?? false },
        "runtime": { $1.service.platform.runtime = $0.nonEmptyString() },
        "isolation": { $1.service.platform.isolation = $0.nonEmptyString() },
        "stdin_open": { $1.service.keepsInputOpen = $0.bool() ?? false },
        "stop_grace_period": { $1.service.givenStopGracePeriod = GoDuration.decoded(from: $0) },
        "stop_signal": { $1.service.stopSignal = SignalName.decoded(from: $0) },
        "tty": { $1.service.hasTerminal = $0.bool() ?? false },
        "user": { $1.service.user = $0.nonEmptyString() },
        "working_dir": { $1.service.workingDirectory = workingDirectory(from: $0) },
    ]

    private static func imageReference(from cursor: Cursor) -> String? {
        guard let text = cursor.string() else { return nil }
        if text.isEmpty {
            cursor.error("\(cursor.path) must name an image, but is empty", expected: "an image reference")
            return nil
        }
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) { return text }
        cursor.unusable(
            "\(cursor.path) must name an image, but contains blanks", expected: "an image reference")
        return text
    }

    private static func workingDirectory(from cursor: Cursor) -> String? {
        guard let text = cursor.nonEmptyString() else { return nil }
        if !text.hasPrefix("/") {
            cursor.unusable("\(cursor.path) must be an absolute path, but is `\(text)`", expected: "an absolute path")
        }
        return text
    }
}
