/// The variables of one scope: the process environment over the files of variables.
struct Variables: Sendable {
    var process: [String: String]
    var dotEnv: [String: String] = [:]
    /// The places in files that set them.
    var places: [String: Mark] = [:]
    /// The value of `COMPOSE_PROJECT_NAME`, when it is known.
    var projectName: String?

    func value(_ name: String) -> String? {
        if let projectName, name == Self.projectNameVariable { return projectName }
        return process[name] ?? dotEnv[name]
    }

    /// Whether a variable says yes, as Compose reads its own; `ParseBool` of Go's strconv.
    func isOn(_ name: String) -> Bool {
        ["1", "t", "T", "true", "TRUE", "True"].contains(value(name) ?? "")
    }

    /// The source of a variable's value; `nil` when it is not set.
    func source(_ name: String) -> VariableUse.Source? {
        if projectName != nil, name == Self.projectNameVariable { return .project }
        if process[name] != nil { return .process }
        if dotEnv[name] != nil, let place = places[name] { return .file(place) }
        return dotEnv[name] == nil ? nil : .process
    }

    /// These, and those of `other` that these do not have.
    func completed(by other: Variables) -> Variables {
        var result = self
        result.dotEnv.merge(other.dotEnv) { own, _ in own }
        result.places.merge(other.places) { own, _ in own }
        return result
    }

    /// Every variable with its value.
    var all: [String: String] {
        var all = dotEnv.merging(process) { _, process in process }
        if let projectName { all[Self.projectNameVariable] = projectName }
        return all
    }

    static let projectNameVariable = "COMPOSE_PROJECT_NAME"
}
