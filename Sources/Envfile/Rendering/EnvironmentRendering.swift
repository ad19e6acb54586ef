extension Environment {
    /// The environment as canonical Compose keys, sorted by name, for `trice config`.
    ///
    /// Read back under a file name of the same semantics, with the same directory and profiles, it gives an equal
    /// environment. Dollar signs are doubled, so that reading replaces nothing.
    public func rendered() -> Value {
        .map(
            compact([
                ("name", .string(name)),
                ("services", .map(services.map { .init($0.name, $0.rendered(semantics)) })),
                ("networks", optional(networks) { .map($0.map { .init($0.name, $0.rendered()) }) }),
                ("volumes", optional(volumes) { .map($0.map { .init($0.name, $0.rendered()) }) }),
            ]))
    }

    /// The canonical YAML text.
    public func yamlText() -> String { YAMLWriter.text(rendered()) }
}

extension Network {
    fileprivate func rendered() -> Value {
        .map(compact([("internal", isInternal ? .bool(true) : nil), ("labels", optional(labels, escapedStrings))]))
    }
}

extension Volume {
    fileprivate func rendered() -> Value {
        .map(compact([("labels", optional(labels, escapedStrings))]))
    }
}

extension Service {
    fileprivate func rendered(_ semantics: Semantics) -> Value {
        .map(
            compact([
                ("command", command.rendered()),
                ("depends_on", optional(dependencies) { .map($0.map { .init($0.service, $0.rendered()) }) }),
                ("entrypoint", entrypoint.rendered()),
                ("environment", optional(environment, escapedStrings)),
                ("hostname", hostname == name ? nil : escaped(hostname)),
                ("image", escaped(image)),
                ("init", usesInit == (semantics == .trice) ? nil : .bool(usesInit)),
                ("labels", optional(labels, escapedStrings)),
                ("networks", .map(networks.map { .init($0.network, $0.rendered()) })),
                ("ports", optional(ports) { .list($0.map { $0.rendered(semantics) }) }),
                ("profiles", optional(profiles) { .list($0.map(escaped)) }),
                ("read_only", isReadOnly ? .bool(true) : nil),
                ("stop_grace_period", .string(GoDuration.text(stopGracePeriod))),
                ("stop_signal", stopSignal.map(escaped)),
                ("tty", hasTerminal ? .bool(true) : nil),
                ("user", user.map(escaped)),
                ("volumes", optional(mounts) { .list($0.map { $0.rendered() }) }),
                ("working_dir", workingDirectory.map(escaped)),
            ]))
    }
}

extension CommandOverride {
    fileprivate func rendered() -> Value? {
        guard case .replaced(let words) = self else { return nil }
        return .list(words.map(escaped))
    }
}

extension NetworkAttachment {
    fileprivate func rendered() -> Value {
        .map(compact([("aliases", optional(aliases) { .list($0.map(escaped)) })]))
    }
}

extension Dependency {
    fileprivate func rendered() -> Value {
        .map(
            compact([
                ("condition", .string(condition.rawValue)), ("required", isRequired ? nil : .bool(false)),
                ("restart", restarts ? .bool(true) : nil),
            ]))
    }
}

extension PortMapping {
    fileprivate func rendered(_ semantics: Semantics) -> Value {
        var host: Value?
        if case .address(let address) = hostAddress { host = .string(address) }
        var choice: Value?
        if let published {
            let isSingle = published.count == 1
            choice = .string(isSingle ? "\(published.lowerBound)" : "\(published.lowerBound)-\(published.upperBound)")
        }
        var extra: Value?
        if autoCorrects != (semantics == .trice) { extra = .map([.init("auto_correct", .bool(autoCorrects))]) }
        return .map(
            compact([
                ("host_ip", host), ("protocol", .string(transportProtocol.rawValue)), ("published", choice),
                ("target", .integer(Int(target))), ("x-trice", extra),
            ]))
    }
}

extension Mount {
    fileprivate func rendered() -> Value {
        var type = "volume"
        var origin: String?
        var options: [(String, Value?)] = []
        switch source {
        case .bind(let path, let createsSource):
            type = "bind"
            origin = path
            options = [("bind", .map([.init("create_host_path", .bool(createsSource))]))]
        case .volume(let name): origin = name
        case .anonymousVolume: break
        case .tmpfs(let size, let mode):
            type = "tmpfs"
            let members = compact([
                ("mode", mode.map { .string("0" + String($0, radix: 8)) }), ("size", size.map { .string(String($0)) }),
            ])
            options = [("tmpfs", optional(members) { .map($0) })]
        }
        let volume = subpath.map { Value.map([.init("subpath", escaped($0))]) }
        return .map(
            compact(
                options + [
                    ("read_only", isReadOnly ? .bool(true) : nil), ("source", origin.map(escaped)),
                    ("target", escaped(target)), ("type", .string(type)), ("volume", volume),
                ]))
    }
}

// MARK: - Parts

private func compact(_ members: [(String, Value?)]) -> [Value.Member] {
    members.compactMap { key, value in value.map { Value.Member(key, $0) } }
}

private func optional<Elements: Collection>(_ elements: Elements, _ value: (Elements) -> Value) -> Value? {
    elements.isEmpty ? nil : value(elements)
}

/// A string whose dollar signs stand for themselves.
private func escaped(_ text: String) -> Value {
    guard Template.hasVariables(text) else { return .string(text) }
    return .string(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
}

private func escapedStrings(_ values: [String: String]) -> Value {
    .map(values.sorted { $0.key < $1.key }.map { .init($0.key, escaped($0.value)) })
}
