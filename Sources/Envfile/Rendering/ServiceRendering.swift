extension Service {
    func rendered(_ context: RenderingContext) -> Value {
        .sorted(
            processMembers(context) + connectionMembers(context) + naming.members + lifecycle.members
                + limits.members(context) + security.members + namespaces.members + platform.members
                + storage.members + context.own(tools.members))
    }

    private func processMembers(_ context: RenderingContext) -> [(String, Value?)] {
        [
            ("annotations", .texts(annotations)),
            ("build", build?.rendered(context.format)),
            ("command", command.rendered()),
            ("entrypoint", entrypoint.rendered()),
            ("environment", .texts(environment)),
            ("image", isImageGiven ? .string(image) : nil),
            ("init", isInitGiven ? .bool(usesInit) : nil),
            ("labels", .texts(labels)),
            ("profiles", .texts(profiles)),
            ("read_only", .flag(isReadOnly)),
            ("stdin_open", .flag(keepsInputOpen)),
            ("stop_grace_period", .duration(givenStopGracePeriod)),
            ("stop_signal", .text(stopSignal)),
            ("tty", .flag(hasTerminal)),
            ("user", .text(user)),
            ("working_dir", .text(workingDirectory)),
        ]
    }

    private func connectionMembers(_ context: RenderingContext) -> [(String, Value?)] {
        let texts = mounts.compactMap(\.tmpfsText)
        let volumes = mounts.filter { $0.tmpfsText == nil }
        return [
            ("depends_on", .members(dependencies) { ($0.service, $0.rendered()) }),
            ("expose", .texts(exposedPorts)),
            ("networks", renderedNetworks),
            ("ports", .items(ports) { $0.rendered(context) }),
            ("tmpfs", .texts(texts)),
            ("volumes", .items(volumes) { $0.rendered(context) }),
        ]
    }

    /// A service that joins no network although it could says so; one with a `network_mode` need not.
    private var renderedNetworks: Value? {
        if networks.isEmpty { return namespaces.network == nil ? .map([]) : nil }
        return .members(networks) { ($0.network, $0.rendered()) }
    }
}

extension CommandOverride {
    fileprivate func rendered() -> Value {
        guard case .replaced(let words) = self else { return .null }
        return .list(words.map { .string($0) })
    }
}

extension Dependency {
    fileprivate func rendered() -> Value {
        .object([
            ("condition", .string(condition.rawValue)), ("required", .bool(isRequired)), ("restart", .flag(restarts)),
        ])
    }
}
