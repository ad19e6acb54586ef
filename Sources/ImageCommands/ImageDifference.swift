internal import Images
internal import Planning
internal import Store
internal import SystemPackage
package import Workspaces

internal import struct Vocabulary.ContainerID

/// What differs between two trees of files, and between two images beside that.
package struct DifferenceReport: Sendable, Encodable {
    /// One path that differs.
    package struct Path: Sendable, Encodable {
        package var path: String
        /// `added`, `changed` or `removed`.
        package var kind: String
        /// `file`, `directory`, `link` or another kind of file.
        package var type: String
        /// Bytes.
        package var oldSize: Int64
        package var newSize: Int64
        /// What changed, such as `content` and `mode`.
        package var changed: [String]
    }

    /// A package, or a part of the configuration.
    package struct Entry: Sendable, Encodable {
        package var name: String
        package var old: String?
        package var new: String?
    }

    package var paths: [Path]
    package var packages: [Entry]
    package var configuration: [Entry]
    let changes: [TreeChange]
    let old: LayerStack
    let new: LayerStack

    private enum CodingKeys: String, CodingKey {
        case paths, packages, configuration
    }

    init(
        _ changes: [TreeChange], from old: LayerStack, to new: LayerStack, packages: [Entry] = [],
        configuration: [Entry] = []
    ) {
        self.changes = changes
        self.old = old
        self.new = new
        self.packages = packages
        self.configuration = configuration
        paths = changes.map { change in
            Path(
                path: change.path.string, kind: change.kind.word, type: change.type.rawValue, oldSize: change.oldSize,
                newSize: change.newSize, changed: change.aspects.names)
        }
    }

    package var isEmpty: Bool { changes.isEmpty && packages.isEmpty && configuration.isEmpty }

    /// The paths as `git diff --stat` shows them; none where no path differs.
    package func statistics(width: Int) -> [String] {
        changes.isEmpty ? [] : DifferenceText.lines(changes, width: width)
    }

    /// What changed inside files, as unified diffs.
    package func patch() throws -> String {
        try TextPatch.patches(of: changes, from: old, to: new).map(\.text).joined()
    }
}

extension TreeChange {
    /// Whether it is an empty file that our own files of names were mounted on.
    fileprivate var isMountPoint: Bool {
        kind == .added && newSize == 0 && ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(path.string)
    }
}

extension TreeChange.Kind {
    fileprivate var word: String {
        switch self {
        case .added: "added"
        case .changed: "changed"
        case .removed: "removed"
        }
    }
}

/// A number of bytes for people, such as `1.2 MB`.
package func sizeText(_ bytes: Int64) -> String { ByteCount.text(bytes) }

/// A tree of an image's files, with sizes.
package struct TreeReport: Sendable, Encodable {
    package var name: String
    package var type: String
    /// Bytes, of all below it.
    package var size: Int64
    /// Of all names below it.
    package var entries: Int
    package var children: [TreeReport]
    let listing: TreeListing

    private enum CodingKeys: String, CodingKey {
        case name, type, size, entries, children
    }

    init(_ listing: TreeListing) {
        self.listing = listing
        name = listing.name
        type = listing.type.rawValue
        size = listing.size
        entries = listing.entryCount
        children = listing.children.map(TreeReport.init)
    }

    package var lines: [String] { listing.lines() }
}

extension ImageAdministration {
    /// What differs between two images: files, packages and configuration.
    package func difference(_ name: String, _ other: String) throws -> DifferenceReport {
        let host = try host()
        let (old, new) = (try host.find(name, request), try host.find(other, request))
        let (before, after) = (LayerStack(old.image.layerDirectories), LayerStack(new.image.layerDirectories))
        let packages = PackageChange.between(try PackageList(of: before), and: try PackageList(of: after))
        let configuration = try ConfigurationChange.between(old.image.configuration, and: new.image.configuration)
        return DifferenceReport(
            try TreeDifference(from: before, to: after).changes(), from: before, to: after,
            packages: packages.map { DifferenceReport.Entry(name: $0.name, old: $0.oldVersion, new: $0.newVersion) },
            configuration: configuration.map {
                DifferenceReport.Entry(name: "\($0.field)", old: $0.old, new: $0.new)
            })
    }

    /// What a service's container has changed of its image.
    package func difference(ofService service: String, _ identity: EnvironmentTarget) throws -> DifferenceReport {
        let host = try host()
        let workspace = Workspace(id: identity.id, host: host)
        let record = try workspace.records().container(named: service, of: identity)
        let upper = workspace.stateDirectory(of: ContainerID(record)).appending("upper")
        let lowers = LayerStack(record.layers.map { host.images.store.layers.directory.appending($0) })
        let base = try host.images.image(id: record.imageID)
        guard let base, !record.layersTaken(from: base).isEmpty else {
            let changes = try TreeDifference.changes(in: upper, over: lowers)
            return DifferenceReport(changes.filter { !$0.isMountPoint }, from: lowers, to: lowers.below(upper))
        }
        let (image, now) = (LayerStack(base.layerDirectories), lowers.below(upper))
        let changes = try TreeDifference(from: image, to: now).changes()
        return DifferenceReport(changes.filter { !$0.isMountPoint }, from: image, to: now)
    }

    /// The files of an image.
    package func imageTree(_ name: String, depth: Int, bySize: Bool) throws -> TreeReport {
        let entry = try host().find(name, request)
        return TreeReport(
            try TreeListing(of: LayerStack(entry.image.layerDirectories), depth: depth, order: bySize ? .size : .name))
    }
}
