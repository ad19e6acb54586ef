/// The source of a value, besides its place.
///
/// It is part of the mark of the node, so that every report at that place can mention it. Nodes without variables that
/// replaced nothing have none.
/// replaced nothing have none.
final class Origin: Sendable {
    /// The variables that were replaced in the value, in order.
    let variables: [VariableUse]
    /// The node that the value replaced in a merge of files or services; that node has its own history.
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
        /// It is not set; the fallback of the expression is used.
        case fallback
        case unset
    }

    var name: String
    var source: Source
}

extension Mark {
    /// The mark with the replaced value.
    func replacing(_ node: Node) -> Mark {
        var mark = self
        mark.origin = Origin(variables: origin?.variables ?? [], replaced: node)
        return mark
    }
}
