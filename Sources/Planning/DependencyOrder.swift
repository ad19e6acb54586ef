/// Services in an order in which each one follows its dependencies, found without recursion: dependencies are foreign
/// input, of any depth and possibly circular.
struct DependencyOrder<Node: Hashable & Comparable> {
    /// Every node, dependencies first; among the free ones by name.
    private(set) var order: [Node] = []
    /// The edges that were kept, by the dependent node: those that close a circle are left out.
    private(set) var dependencies: [Node: [Node]] = [:]
    /// The first circle that was found, each node depending on the next and the last on the first; else empty.
    private(set) var cycle: [Node] = []

    private enum Mark { case open, done }

    /// - Parameters:
    ///   - nodes: the names, each counted once.
    ///   - edges: the dependencies of a node; unknown names are ignored.
    init(nodes: some Sequence<Node>, edges: (Node) -> [Node]) {
        let known = Set(nodes)
        var marks: [Node: Mark] = [:]
        for root in known.sorted() where marks[root] == nil {
            // Each entry is a node on the current path and the dependencies of it that are still to be visited.
            var path: [(node: Node, rest: ArraySlice<Node>)] = []
            func enter(_ node: Node) {
                marks[node] = .open
                path.append((node, Set(edges(node)).intersection(known).sorted()[...]))
            }
            enter(root)
            while let top = path.indices.last {
                let node = path[top].node
                guard let next = path[top].rest.popFirst() else {
                    marks[node] = .done
                    order.append(node)
                    path.removeLast()
                    continue
                }
                switch marks[next] {
                case .open:
                    if cycle.isEmpty { cycle = path.map(\.node).drop { $0 != next }.map { $0 } }
                case .done:
                    dependencies[node, default: []].append(next)
                case nil:
                    dependencies[node, default: []].append(next)
                    enter(next)
                }
            }
        }
    }
}
