internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Turns the sources of one request into the files that they mean.
struct SourceSelector {
    let tree: SourceTree
    let request: FileRequest
    let language: PatternLanguage
    let excludes: IgnoreRules

    private var items: [FileSelection.Item] = []
    /// Files that must be read: of an item, and of one of its entries or, without, of itself.
    private var pending: [(item: Int, entry: Int?, position: TreeIndex.Position)] = []
    private var unmatched: [String] = []

    init(_ tree: SourceTree, _ request: FileRequest, _ language: PatternLanguage) throws(BuildError) {
        self.tree = tree
        self.request = request
        self.language = language
        guard let rules = request.excludes.isEmpty ? IgnoreRules.none : language.rules(request.excludes) else {
            throw BuildError(
                .invalidPattern,
                "Could not understand --exclude: `\(request.excludes.joined(separator: "`, `"))` is no pattern.")
        }
        excludes = rules
    }

    mutating func select(_ index: inout TreeIndex) throws(BuildError) -> FileSelection {
        for source in request.sources {
            if request.keepsParents {
                try selectWithParents(source, &index)
            } else {
                try selectPlainly(source, &index)
            }
        }
        try index.digest(pending.map(\.position))
        for (item, entry, position) in pending {
            guard let known = index.listings[position.directory]?.entries[position.index] else { continue }
            if let entry {
                items[item].entries[entry].record = known.record
                items[item].entries[entry].digest = known.digest ?? .none
            } else {
                items[item].record = known.record
                items[item].digest = known.digest ?? .none
            }
        }
        return FileSelection(
            items, unmatched: unmatched, countsOwner: tree.kind == .image && !request.replacesOwner)
    }
}

// MARK: - Sources

extension SourceSelector {
    private mutating func selectPlainly(_ source: String, _ index: inout TreeIndex) throws(BuildError) {
        for (path, name) in try places(source, &index) {
            try add(path, name: name, source, &index)
        }
    }

    /// The paths of a source, with links resolved, each with its name as written or matched.
    private mutating func places(
        _ source: String, _ index: inout TreeIndex
    ) throws(BuildError) -> [(TreePath, name: [UInt8])] {
        let written = TreePath(source)
        guard let first = written.components.firstIndex(where: { PatternLanguage.hasWildcards($0) }) else {
            return [(try existing(written, source, &index), written.lastComponent)]
        }
        let base = try existing(TreePath(components: written.components[..<first]), source, &index)
        let pattern = try ComponentPattern(written.components[first...], source, language)
        var matches: [(TreePath, name: [UInt8])] = []
        var walk = PatternWalk(pattern)
        for match in try walk.matches(in: base, &index) {
            matches.append((try existing(match, source, &index), match.lastComponent))
        }
        if matches.isEmpty { unmatched.append(source) }
        return matches
    }

    /// `--parents`: the part before `/./` is left out, the part after it is kept.
    private mutating func selectWithParents(_ source: String, _ index: inout TreeIndex) throws(BuildError) {
        let cut = source.firstRange(of: "/./")
        let pivot = cut.map { String(source[..<$0.lowerBound]) } ?? "/"
        let rest = TreePath(cut.map { String(source[$0.upperBound...]) } ?? source)
        let hasWildcards = rest.components.contains { PatternLanguage.hasWildcards($0) }
        let pattern = try ComponentPattern(rest.components, source, language)
        for (base, name) in try places(pivot, &index) {
            guard let info = try status(base, source), info.st_mode & S_IFMT == S_IFDIR else {
                throw BuildError(
                    .sourceMissing, "Could not copy `\(source)` from \(tree.name): `\(pivot)` is no directory.")
            }
            try index.complete(base)
            var item = FileSelection.Item(source: base, name: name, record: FileRecord(info))
            if rest.isRoot {
                try gather(base, .root, &item, &index)
            } else {
                try gather(matching: pattern, base, &item, &index)
            }
            if item.entries.isEmpty, !rest.isRoot {
                guard hasWildcards || PatternLanguage.hasWildcards(pivot.utf8) else {
                    throw missing(source, base.appending(rest), &index)
                }
                unmatched.append(source)
            }
            items.append(item)
        }
    }

    private mutating func add(
        _ path: TreePath, name: [UInt8], _ source: String, _ index: inout TreeIndex
    ) throws(BuildError) {
        guard let info = try status(path, source) else { throw missing(source, path, &index) }
        var item = FileSelection.Item(source: path, name: name, record: FileRecord(info))
        guard !item.isDirectory else {
            try index.complete(path)
            try gather(path, .root, &item, &index)
            items.append(item)
            return
        }
        for shown in [TreePath(unchecked: name), path] where excludes.verdict(shown, isDirectory: false) == .excluded {
            return
        }
        if item.record.kind == .regular, let position = try index.listing(of: path.parent).index(of: path.lastComponent)
        {
            pending.append((items.count, nil, TreeIndex.Position(directory: path.parent, index: position)))
        }
        items.append(item)
    }

    private func status(_ path: TreePath, _ source: String) throws(BuildError) -> stat? {
        try attempting("read `\(source)` in \(tree.name)") { () throws(SystemError) in
            try tree.resolver.status(path)
        }
    }
}

// MARK: - Directories

extension SourceSelector {
    /// Adds the content of a directory, without the directory.
    private mutating func gather(
        _ directory: TreePath, _ relative: TreePath, _ item: inout FileSelection.Item, _ index: inout TreeIndex
    ) throws(BuildError) {
        guard let listing = index.listings[directory] else { return }
        for (number, entry) in listing.entries.enumerated() where entry.verdict != .excluded {
            let name = listing.name(of: entry)
            let position = TreeIndex.Position(directory: directory, index: number)
            try gather(entry, relative.appending(name), at: position, directory.appending(name), &item, &index)
        }
    }

    private mutating func gather(
        _ entry: DirectoryListing.Entry, _ path: TreePath, at position: TreeIndex.Position,
        _ source: @autoclosure () -> TreePath, _ item: inout FileSelection.Item, _ index: inout TreeIndex
    ) throws(BuildError) {
        let isDirectory = entry.record.kind == .directory
        let verdict = excludes.verdict(path, isDirectory: isDirectory)
        // Programs create sockets when they start; sockets have no meaning in an image.
        guard verdict != .excluded, entry.record.kind != .socket else { return }
        let number = item.entries.count
        item.entries.append(FileSelection.Entry(path: path, record: entry.record, digest: .none))
        switch entry.record.kind {
        case .directory:
            try gather(source(), path, &item, &index)
            // A directory that is itself excluded exists only for its content.
            let isAlone = verdict == .excludedAlone || entry.verdict == .excludedAlone
            if isAlone && item.entries.count == number + 1 { item.entries.removeLast() }
        case .regular:
            if let digest = entry.digest {
                item.entries[number].digest = digest
            } else {
                pending.append((items.count, number, position))
            }
        case .symbolicLink: item.entries[number].digest = try index.digestOfLink(at: source())
        default: break
        }
    }

    /// Adds the matches of a pattern below a directory, and the directories above them.
    private mutating func gather(
        matching pattern: ComponentPattern, _ base: TreePath, _ item: inout FileSelection.Item,
        _ index: inout TreeIndex
    ) throws(BuildError) {
        var walk = PatternWalk(pattern)
        var added: Set<TreePath> = []
        for match in try walk.matches(in: base, &index) {
            let skipped = base.isRoot ? 0 : base.bytes.count + 1
            let path = TreePath(unchecked: Array(match.bytes[skipped...]))
            for step in path.ancestors + [path] where added.insert(step).inserted {
                let source = base.appending(step)
                guard let listing = index.listings[source.parent],
                    let number = listing.index(of: source.lastComponent)
                else { continue }
                let position = TreeIndex.Position(directory: source.parent, index: number)
                let entry = listing.entries[number]
                if step == path {
                    try gather(entry, step, at: position, source, &item, &index)
                } else {
                    item.entries.append(FileSelection.Entry(path: step, record: entry.record, digest: .none))
                }
            }
        }
    }
}

// MARK: - Missing sources

extension SourceSelector {
    /// The target of a source, when it exists for the build.
    private func existing(
        _ path: TreePath, _ source: String, _ index: inout TreeIndex
    ) throws(BuildError) -> TreePath {
        let place: RootResolver.Place
        do throws(SystemError) {
            place = try tree.resolver.resolve(path)
        } catch {
            switch error.errno {
            case .notDirectory: throw missing(source, path, &index)
            case .permissionDenied: throw index.unreadable(path, error)
            default: throw BuildError("copy `\(source)` from \(tree.name)", error)
            }
        }
        guard place.info != nil, !isHidden(place.path, place.info) else {
            throw missing(source, path, place: place, &index)
        }
        return place.path
    }

    private func isHidden(_ path: TreePath, _ info: stat?) -> Bool {
        if tree.rules.isEmpty || path.isRoot { return false }
        if path.ancestors.contains(where: { tree.rules.verdict($0, isDirectory: true) == .excluded }) { return true }
        let isDirectory = info.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
        return tree.rules.verdict(path, isDirectory: isDirectory) == .excluded
    }

    private func missing(
        _ source: String, _ path: TreePath, place: RootResolver.Place? = nil, _ index: inout TreeIndex
    ) -> BuildError {
        MissingSource(tree: tree, source: source, path: path, place: place) { [self] in isHidden($0, $1) }
            .error(&index)
    }
}
