/// The variables that the files of a project use, with the values in their expressions.
package struct VariableDeclaration: Sendable, Hashable, Encodable {
    package var name: String
    /// Whether some expression refuses an unset value (`:?`, `?`).
    package var isRequired: Bool
    /// The value when it is unset (`:-`, `-`).
    package var defaultValue: String
    /// The value when it is set (`:+`, `+`).
    package var alternateValue: String

    private enum CodingKeys: String, CodingKey {
        case name
        case isRequired = "required"
        case defaultValue = "default"
        case alternateValue = "alternate"
    }
}

/// Collects the variables of documents that have not been interpolated yet.
struct VariableTable {
    private var byName: [String: VariableDeclaration] = [:]

    /// Sorted by name.
    var declarations: [VariableDeclaration] { byName.values.sorted { $0.name < $1.name } }

    mutating func collect(_ node: Node) {
        switch node.content {
        case .mapping(let pairs): for pair in pairs { collect(pair.value) }
        case .sequence(let items): for item in items { collect(item) }
        case .scalar(let scalar):
            // A template that cannot be read is reported when it is expanded.
            guard Template.hasVariables(scalar.text), let template = try? Template(parsing: scalar.text) else { return }
            for variable in template.variables { add(variable) }
        }
    }

    private mutating func add(_ variable: Template.Variable) {
        var entry =
            byName[variable.name]
            ?? VariableDeclaration(name: variable.name, isRequired: false, defaultValue: "", alternateValue: "")
        switch variable.fallback?.operation {
        case .errorIfUnset: entry.isRequired = true
        case .valueIfUnset: entry.defaultValue = variable.fallback?.text ?? ""
        case .valueIfSet: entry.alternateValue = variable.fallback?.text ?? ""
        case nil: break
        }
        byName[variable.name] = entry
    }
}
