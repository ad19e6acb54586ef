/// What a value came from, beyond the place where it stands.
///
/// It hangs on the mark of the node, so that whoever reports a problem there can tell. Nodes without variables that
/// replaced nothing have none.
final class Origin: Sendable {
    /// The variables that were replaced in the value, in order.
    let variables: [VariableUse]
    /// What it took the place of when files or services were merged; that node has a history of its own.
    let replaced: Node?

    init(variables: [VariableUse] = [], replaced: Node? = nil) {
        self.variables = variables
        self.replaced = replaced
    }
}

/// A variable that was replaced, and where its value came from.
struct VariableUse: Sendable {
    enum Source: Sendable {
        case process
        /// A line of `.env` or of another file of variables.
        case file(Mark)
        /// The name of the project.
        case project
        /// It is not set; what the expression says then stands in its place.
        case fallback
        case unset
    }

    var name: String
    var source: Source
}

extension Mark {
    /// The mark with what the value took the place of.
    func replacing(_ node: Node) -> Mark {
        var mark = self
        mark.origin = Origin(variables: origin?.variables ?? [], replaced: node)
        return mark
    }
}
