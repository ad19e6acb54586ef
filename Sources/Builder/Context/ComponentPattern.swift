/// A pattern of a path, matched by components; `**` matches any number of directories.
struct ComponentPattern {
    enum Part {
        case name(@Sendable (String) -> Bool)
        case directories
    }

    let parts: [Part]

    /// - Throws: `.invalidPattern`, naming the source that the components are from.
    init(
        _ components: some Collection<ArraySlice<UInt8>>, _ source: String, _ language: PatternLanguage
    ) throws(BuildError) {
        var parts: [Part] = []
        for component in components {
            let text = String(decoding: component, as: UTF8.self)
            if text == "**" {
                if case .directories? = parts.last { continue }
                parts.append(.directories)
                continue
            }
            guard let matches = language.component(text) else {
                throw BuildError(
                    .invalidPattern,
                    "Could not understand the source `\(source)`: `\(text)` is no pattern. Write `[[]` for a bracket that is meant as such."
                )
            }
            parts.append(.name(matches))
        }
        self.parts = parts
    }
}

/// Finds the paths that a pattern matches; links are not followed on the way.
struct PatternWalk {
    private let pattern: ComponentPattern
    private var found: [TreePath] = []

    init(_ pattern: ComponentPattern) {
        self.pattern = pattern
    }

    /// In the order of a walk. The content of a match is not searched.
    mutating func matches(in base: TreePath, _ index: inout TreeIndex) throws(BuildError) -> [TreePath] {
        found = []
        try walk(base, reached([0]), &index)
        return found
    }

    /// Positions in the pattern, with those that follow when `**` matches no directory.
    private func reached(_ positions: Set<Int>) -> Set<Int> {
        var all = positions
        for position in positions {
            if position < pattern.parts.count, case .directories = pattern.parts[position] { all.insert(position + 1) }
        }
        return all
    }

    private mutating func walk(
        _ directory: TreePath, _ positions: Set<Int>, _ index: inout TreeIndex
    ) throws(BuildError) {
        let listing = try index.listing(of: directory)
        for entry in listing.entries where entry.verdict != .excluded {
            let name = listing.name(of: entry)
            let next = step(positions, String(decoding: name, as: UTF8.self))
            let isMatch = next.contains(pattern.parts.count)
            // A directory that is itself excluded is not a match, but included files below it may be.
            if isMatch && entry.verdict == .included {
                found.append(directory.appending(name))
            } else if entry.record.kind == .directory, !next.isEmpty {
                try walk(directory.appending(name), reached(next), &index)
            }
        }
    }

    /// The positions in the pattern after one more name.
    private func step(_ positions: Set<Int>, _ name: String) -> Set<Int> {
        var next: Set<Int> = []
        for position in positions where position < pattern.parts.count {
            switch pattern.parts[position] {
            case .name(let matches):
                if matches(name) { next.insert(position + 1) }
            case .directories:
                next.insert(position)
                // At the end it takes everything below.
                if position + 1 == pattern.parts.count { next.insert(position + 1) }
            }
        }
        return next
    }
}
