/// The configuration of a stage's image during its steps, with their history.
package struct StageConfiguration: Hashable, Sendable {
    package private(set) var image: ImageConfiguration
    /// Of the steps so far; those of the base image are not in it.
    package private(set) var history: [HistoryEntry] = []
    private var hasCommand = false

    /// One line of an image's history.
    package struct HistoryEntry: Hashable, Sendable {
        /// What Docker calls `created_by`.
        package var createdBy: String
        /// Whether no layer belongs to it.
        package var isEmptyLayer: Bool
    }

    /// - Parameter base: Of the base image. Its triggers are used up by this stage and not passed on.
    package init(base: ImageConfiguration) {
        image = base
        image.triggers = []
    }

    /// Continues another stage of the same file.
    package init(continuing stage: StageConfiguration) {
        self = stage
        image.triggers = []
        // To the new stage the command is an inherited one.
        hasCommand = false
    }

    /// Applies a step to the configuration, and adds it to the history.
    /// - Parameter scope: The variables before the step.
    package mutating func apply(_ step: Step, scope: StageScope) {
        change(step.action)
        guard let text = step.action.history(image: image, scope: scope) else { return }
        history.append(HistoryEntry(createdBy: text, isEmptyLayer: !makesLayer(step.action)))
    }

    private func makesLayer(_ action: Step.Action) -> Bool {
        switch action {
        case .add, .copy, .run: true
        case .workdir: image.workingDirectory != "/"
        default: false
        }
    }

    private mutating func change(_ action: Step.Action) {
        switch action {
        case .add, .arg, .copy, .run: break
        case .cmd(let command):
            image.command = image.arguments(of: command)
            hasCommand = true
        case .entrypoint(let command):
            image.entrypoint = image.arguments(of: command)
            // A command of the base image belongs to the entrypoint of the base image.
            if !hasCommand { image.command = nil }
        case .env(let pairs): for pair in pairs { image.environment.set(pair.name, pair.value) }
        case .expose(let ports): image.exposedPorts.formUnion(ports.map(\.description))
        case .healthcheck(let check): image.healthcheck = check
        case .label(let pairs): for pair in pairs { image.labels[pair.name] = pair.value }
        case .maintainer(let name): image.author = name
        case .onbuild(let trigger): image.triggers.append(trigger.text)
        case .shell(let words): image.shell = words
        case .stopSignal(let signal): image.stopSignal = signal
        case .user(let user): image.user = user
        case .volume(let paths): image.volumes.formUnion(paths)
        case .workdir(let path):
            image.workingDirectory = SlashPath.join("/" + image.workingDirectory, path)
        }
    }
}

extension Step.Action {
    /// What BuildKit writes as `created_by`; `nil` for what leaves no trace.
    fileprivate func history(image: ImageConfiguration, scope: StageScope) -> String? {
        switch self {
        case .add(let add): "ADD\(add.transfer.history(keepsParents: false)) # buildkit"
        case .copy(let copy): "COPY\(copy.transfer.history(keepsParents: copy.keepsParents)) # buildkit"
        case .run(let run): "RUN \(Self.history(run, image, scope)) # buildkit"
        case .arg(let values):
            "ARG \(Self.list(values.map { [$0.name, $0.value].compactMap(\.self).joined(separator: "=") }))"
        case .cmd: "CMD \(Self.quoted(image.command ?? []))"
        case .entrypoint: "ENTRYPOINT \(Self.quoted(image.entrypoint ?? []))"
        case .env(let pairs): "ENV \(Self.list(pairs))"
        case .label(let pairs): "LABEL \(Self.list(pairs))"
        case .expose(let ports): "EXPOSE [\(Self.list(ports))]"
        case .healthcheck(let check): "HEALTHCHECK \(check.history)"
        case .maintainer(let name): "MAINTAINER \(name)"
        case .onbuild: nil
        case .shell(let words): "SHELL [\(Self.list(words))]"
        case .stopSignal(let signal): "STOPSIGNAL \(signal)"
        case .user(let user): "USER \(user)"
        case .volume(let paths): "VOLUME [\(Self.list(paths))]"
        case .workdir: "WORKDIR \(image.workingDirectory)"
        }
    }

    private static func list(_ values: [some CustomStringConvertible]) -> String {
        values.map(\.description).joined(separator: " ")
    }

    private static func quoted(_ words: [String]) -> String { "[\(list(words.map(GoValue.quoted)))]" }

    /// The arguments of the stage come before the command, with their number.
    private static func history(_ run: RunStep, _ image: ImageConfiguration, _ scope: StageScope) -> String {
        let values = scope.arguments.map { argument in
            "\(argument.name)=\(scope.variables.value(of: argument.name) ?? "")"
        }
        let count = values.isEmpty ? [] : ["|\(values.count)"]
        return (count + values + image.arguments(of: run.command)).joined(separator: " ")
    }
}

extension TransferStep {
    fileprivate func history(keepsParents: Bool) -> String {
        var words: [String] = []
        if keepsParents { words.append("--parents") }
        if let owner { words.append("--chown=\(owner)") }
        if let modeText { words.append("--chmod=\(modeText)") }
        for source in sources {
            switch source {
            case .path(let text), .url(let text), .git(let text): words.append(text)
            case .inline(let file): words.append("<<\(file.name)")
            }
        }
        return (words + [destination]).map { " \($0)" }.joined()
    }
}

extension Healthcheck {
    fileprivate var history: String {
        let times = [
            ("Interval", interval), ("Timeout", timeout), ("StartPeriod", startPeriod),
            ("StartInterval", startInterval),
        ].map { "\($0):\(GoValue.text($1 ?? .zero))" }.joined(separator: " ")
        return "{Test:[\(test.joined(separator: " "))] \(times) Retries:\(retries)}"
    }
}
