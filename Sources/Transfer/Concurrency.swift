/// Runs `body` for every item, three at a time: two for the processors, one for the network.
///
/// - Throws: the first failure, after the cancellation of the others.
func withEach<Item: Sendable>(
    of items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var rest = items[...]
        for _ in 0..<3 {
            guard let item = rest.popFirst() else { break }
            group.addTask { try await body(item) }
        }
        while try await group.next() != nil {
            guard let item = rest.popFirst() else { continue }
            group.addTask { try await body(item) }
        }
    }
}
