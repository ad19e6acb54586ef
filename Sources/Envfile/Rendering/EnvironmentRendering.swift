extension Environment {
    /// The environment in the shape of `docker compose config`, for `trice config`.
    ///
    /// The YAML form, read back under a file name of the same dialect with the same directory and profiles, gives an
    /// equal environment. Dollar signs are doubled, so that reading replaces nothing.
    package func rendered(_ format: RenderingFormat = .yaml) -> Value {
        let context = RenderingContext(format: format, dialect: dialect)
        let table = ProjectDraft.table
        let members = table.members(
            ["name", "services", "jobs", "networks", "volumes", "secrets", "configs", "models"], of: self, in: context)
        let others = extensions.sorted { $0.key < $1.key }.map { ($0.key, Value?.some($0.value)) }
        return Value.object(members + others + table.ownMembers(of: self, in: context)).escapingVariables()
    }

    /// The canonical YAML text.
    package func yamlText() -> String { YAMLWriter.text(rendered(.yaml)) }

    /// The JSON text, as `docker compose config --format json` has it.
    package func jsonText() -> String { rendered(.json).jsonText() }
}

/// The purpose of a rendering.
struct RenderingContext {
    var format = RenderingFormat.yaml
    var dialect = Dialect.compose
    /// The name of the project, which names of networks and volumes begin with.
    var project = ""

    /// Trice's own keys at their place: beside Compose's in an `Envfile`, else under `x-trice`.
    func own(_ members: [(String, Value?)]) -> [(String, Value?)] {
        dialect == .trice ? members : [("x-trice", .nonEmptyObject(members))]
    }
}
