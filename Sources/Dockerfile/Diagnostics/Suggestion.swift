/// The nearest of some names to one that is misspelt.
enum Suggestion {
    /// The candidate with the smallest edit distance, when it is near enough to be meant, else one that begins with the
    /// name; ties by alphabet.
    static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        let word = Array(name.lowercased().utf8)
        guard !word.isEmpty, word.count <= 64 else { return nil }
        let allowed = word.count <= 3 ? 1 : word.count <= 5 ? 2 : 3
        let near = candidates.compactMap { candidate -> (distance: Int, name: String)? in
            let other = Array(candidate.lowercased().utf8)
            guard abs(other.count - word.count) <= allowed else { return nil }
            let distance = distance(word, other)
            return distance <= allowed && distance < max(word.count, other.count) ? (distance, candidate) : nil
        }
        if let best = near.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) { return best.name }
        return word.count < 3 ? nil : candidates.filter { $0.lowercased().utf8.starts(with: word) }.min()
    }

    /// A remedy in words: the nearest name, else all that there are.
    static func hint(for name: String, in candidates: [String], listing: String) -> String {
        if let nearest = nearest(to: name, in: candidates) { return "did you mean `\(nearest)`?" }
        return candidates.isEmpty ? listing : "\(listing) \(candidates.map { "`\($0)`" }.joined(separator: ", "))"
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in right.indices {
                let substitution = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(substitution, min(previous[column + 1], current[column]) + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
