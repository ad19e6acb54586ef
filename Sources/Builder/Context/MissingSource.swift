internal import Diagnostics
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Explains why a source does not exist, and finds similar names.
struct MissingSource {
    let tree: SourceTree
    /// As written.
    let source: String
    let path: TreePath
    /// Where the path led, when it could be followed to its end.
    let place: RootResolver.Place?
    let isHidden: (TreePath, stat?) -> Bool

    init(
        tree: SourceTree, source: String, path: TreePath, place: RootResolver.Place?,
        isHidden: @escaping (TreePath, stat?) -> Bool
    ) {
        self.tree = tree
        self.source = source
        self.path = path
        self.place = place
        self.isHidden = isHidden
    }

    private var beginning: String { "Could not copy `\(source)` from \(tree.name)" }

    func error(_ index: inout TreeIndex) -> BuildError {
        if let place, place.info != nil { return hidden(place.path) }
        if let link = place?.links.last { return broken(link) }
        if tree.kind == .context, Self.leaves(TreePath.root, source) {
            return BuildError(
                .sourceOutside,
                "\(beginning): it is outside of it. Move it into the context, or give its directory to the build as a context of its own."
            )
        }
        let place = place ?? RootResolver.Place(path: path, info: nil)
        if isHidden(place.path, nil) { return hidden(place.path) }
        let hint = suggestion(&index).map { " The nearest name there is `\($0)`." } ?? ""
        return BuildError(.sourceMissing, "\(beginning): it is not there.\(hint)")
    }

    private func hidden(_ path: TreePath) -> BuildError {
        BuildError(
            .sourceMissing,
            "\(beginning): .dockerignore excludes it. A line `!\(path)` at the end of .dockerignore brings it back.")
    }

    private func broken(_ link: (path: TreePath, target: String)) -> BuildError {
        let leaves = link.target.hasPrefix("/") || Self.leaves(link.path.parent, link.target)
        guard tree.kind == .context, leaves else {
            return BuildError(
                .sourceMissing, "\(beginning): `\(link.path)` links to `\(link.target)`, which is not there.")
        }
        return BuildError(
            .sourceOutside,
            "\(beginning): `\(link.path)` links to `\(link.target)`, which is outside of it. Put the file itself into the context."
        )
    }

    /// Whether a path relative to a directory leads above the root.
    private static func leaves(_ directory: TreePath, _ path: String) -> Bool {
        var depth = directory.components.count
        for part in path.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }

    /// The path with its first wrong component replaced by the nearest name.
    private func suggestion(_ index: inout TreeIndex) -> String? {
        var directory = TreePath.root
        for (number, component) in path.components.enumerated() {
            // A hint that cannot be found is no hint.
            guard let listing = try? index.listing(of: directory) else { return nil }
            if let found = listing.index(of: component), listing.entries[found].verdict != .excluded {
                guard listing.entries[found].record.kind == .directory else { return nil }
                directory = directory.appending(component)
                continue
            }
            let wanted = String(decoding: component, as: UTF8.self)
            let names = listing.entries.filter { $0.verdict != .excluded }.map {
                String(decoding: listing.name(of: $0), as: UTF8.self)
            }
            // More than a third of the letters is another name.
            let limit = max(1, wanted.count / 3)
            guard let nearest = Suggestion.nearest(to: wanted, in: names, within: limit) else { return nil }
            let rest = path.components[(number + 1)...]
            let whole = directory.appending(Array(nearest.utf8)).appending(TreePath(components: rest))
            return whole.description
        }
        return nil
    }
}
