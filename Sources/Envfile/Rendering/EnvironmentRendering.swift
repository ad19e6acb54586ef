extension Environment {
    /// The environment in the shape of `docker compose config`, for `trice config`.
    ///
    /// The YAML form, read back under a file name of the same semantics with the same directory and profiles, gives an
    /// equal environment. Dollar signs are doubled, so that reading replaces nothing.
    public func rendered(_ format: RenderingFormat = .yaml) -> Value {
        let context = RenderingContext(format: format, dialect: dialect)
        let members: [(String, Value?)] = [
            ("name", .string(name)),
            ("services", .sorted(services.map { ($0.name, $0.rendered(context)) })),
            ("networks", .members(networks) { ($0.name, $0.rendered(project: name)) }),
            ("volumes", .members(volumes) { ($0.name, $0.rendered(project: name)) }),
            ("secrets", .members(secrets) { ($0.key, $0.rendered(project: name)) }),
            ("configs", .members(configs) { ($0.key, $0.rendered(project: name)) }),
            ("models", .members(models) { ($0.key, $0.rendered()) }),
        ]
        let others = extensions.sorted { $0.key < $1.key }.map { ($0.key, Value?.some($0.value)) }
        return Value.object(members + others + context.own(tools.members)).escapingVariables()
    }

    /// The canonical YAML text.
    public func yamlText() -> String { YAMLWriter.text(rendered(.yaml)) }

    /// The JSON text, as `docker compose config --format json` has it.
    public func jsonText() -> String { rendered(.json).jsonText() }
}

/// What one rendering is for.
struct RenderingContext {
    let format: RenderingFormat
    let dialect: Dialect

    /// Keys of our own, where they may stand: beside Compose's in an `Envfile`, else under `x-trice`.
    func own(_ members: [(String, Value?)]) -> [(String, Value?)] {
        dialect == .trice ? members : [("x-trice", .nonEmptyObject(members))]
    }
}

extension ProjectTools {
    fileprivate var members: [(String, Value?)] {
        [
            ("post_up_message", postUpMessage?.rendered()),
            ("requires", requirement?.rendered()),
            ("triggers", .items(triggers) { $0.rendered() }),
        ]
    }
}
