/// The access that a token request names: actions on a repository; the distribution project's token scope.
struct Scope: Hashable, Sendable, CustomStringConvertible {
    enum Action: String, Sendable, CaseIterable { case pull, push }

    let repository: String
    let actions: Set<Action>

    static func pull(_ repository: String) -> Scope { Scope(repository: repository, actions: [.pull]) }

    static func push(_ repository: String) -> Scope { Scope(repository: repository, actions: [.pull, .push]) }

    var description: String {
        let names = Action.allCases.filter(actions.contains).map(\.rawValue)
        return "repository:\(repository):\(names.joined(separator: ","))"
    }
}
