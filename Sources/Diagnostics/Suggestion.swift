/// Finds the known name that is nearest to a misspelt one.
package enum Suggestion {
    /// The candidate with the smallest edit distance, within the limit; of equal ones that whose length differs least,
    /// and then the first by alphabet.
    ///
    /// The comparison ignores upper and lower case.
    ///
    /// - Parameter limit: The largest edit distance; by default one to three, depending on the length of the name.
    package static func nearest(to name: String, in candidates: some Sequence<String>, within limit: Int? = nil)
        -> String?
    {
        let word = Array(name.lowercased().unicodeScalars)
        guard !word.isEmpty, word.count <= 64 else { return nil }
        let allowed = limit ?? (word.count <= 3 ? 1 : word.count <= 5 ? 2 : 3)
        var best: (distance: Int, lengthDifference: Int, name: String)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard abs(other.count - word.count) <= allowed else { continue }
            let found = (
                distance: distance(word, other), lengthDifference: abs(other.count - word.count), name: candidate
            )
            guard found.distance <= allowed, found.distance < max(word.count, other.count) else { continue }
            if let current = best, current <= found { continue }
            best = found
        }
        return best?.name
    }

    /// The first candidate by alphabet that begins with `name`, which must have three letters or more.
    package static func completion(of name: String, in candidates: some Sequence<String>) -> String? {
        let word = name.lowercased().unicodeScalars
        guard word.count >= 3 else { return nil }
        return candidates.filter { $0.lowercased().unicodeScalars.starts(with: word) }.min()
    }

    /// A remedy in words, or `nil` when nothing is near.
    package static func hint(for name: String, in candidates: some Sequence<String>) -> String? {
        nearest(to: name, in: candidates).map { "did you mean `\($0)`?" }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var previous = [Int](repeating: 0, count: right.count + 1)
        var current = Array(0...right.count)
        for row in 0..<left.count {
            let beforePrevious = previous
            previous = current
            current[0] = row + 1
            for column in 0..<right.count {
                let substitution = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(substitution, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current[column + 1] = cost
            }
        }
        return current[right.count]
    }
}
