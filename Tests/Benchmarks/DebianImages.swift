import Foundation
import TestSupport

/// Debian with a compiler, about 170 MB compressed, as an OCI image layout.
///
/// It is made by mmdebstrap and umoci, and kept in the directory that `TRICE_BENCH_IMAGES` names, if it is set.
struct DebianImages {
    enum Name: String, CaseIterable, Sendable {
        /// Everything in one layer.
        case one
        /// The same files in twelve layers of about the same size.
        case twelve
        /// `one` and a second layer, in which each file under `/etc` has one line more.
        case changed
    }

    let layout: String

    /// Another name for another recipe.
    private static let recipe = "debian-1"
    private static let packages = "build-essential"

    init(fixture: Fixture) throws {
        let environment = ProcessInfo.processInfo.environment
        let directory =
            environment["TRICE_BENCH_IMAGES"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(fixture.directory)/images"
        layout = "\(directory)/\(Self.recipe)"
        let files = FileManager.default
        if files.fileExists(atPath: layout) { return }
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let work = "\(fixture.directory)/making"
        fixture.onCleanUp { try measure(Command("rm", ["-rf", "--one-file-system", work])) }
        try Self.make(in: work)
        // Beside its place first, as the place may be on another file system.
        try measure(
            Command(
                "sh", ["-ec", "mv \(work)/layout \(layout).\(fixture.id); mv -T \(layout).\(fixture.id) \(layout)"]))
        try measure(Command("rm", ["-rf", "--one-file-system", work]))
    }

    /// The blob of the only layer of `one`.
    func singleLayer() throws -> String {
        struct Descriptor: Decodable {
            var digest: String
            var annotations: [String: String]?
        }
        struct Index: Decodable { var manifests: [Descriptor] }
        struct Manifest: Decodable { var layers: [Descriptor] }
        func blob(_ digest: String) -> String {
            "\(layout)/blobs/" + digest.split(separator: ":").joined(separator: "/")
        }
        func read<Document: Decodable>(_ path: String) throws -> Document {
            try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path)))
        }
        let index: Index = try read("\(layout)/index.json")
        let named = index.manifests.first {
            $0.annotations?["org.opencontainers.image.ref.name"] == Name.one.rawValue
        }
        guard let named else { throw TestError("\(layout) has no image `\(Name.one.rawValue)`") }
        let manifest: Manifest = try read(blob(named.digest))
        guard manifest.layers.count == 1 else { throw TestError("the image of one layer has \(manifest.layers.count)") }
        return blob(manifest.layers[0].digest)
    }
}

// MARK: - Making

extension DebianImages {
    private static func make(in work: String) throws {
        func shell(_ script: String) throws {
            try measure(Command("sh", ["-ec", "umask 022\n" + script], directory: work))
        }
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        try shell(
            """
            mmdebstrap --quiet --variant=apt --include=\(packages) bookworm root
            tar --numeric-owner -C root -cf one.tar .
            mkdir change
            cp -a root/etc change/
            find change/etc -type f -exec sh -c 'for file; do echo "# changed" >> "$file"; done' - {} +
            tar --numeric-owner -C change -cf change.tar .
            umoci init --layout layout
            """)
        try shell(
            """
            umoci new --image layout:\(Name.one.rawValue)
            umoci raw add-layer --image layout:\(Name.one.rawValue) one.tar
            rm one.tar
            umoci tag --image layout:\(Name.one.rawValue) \(Name.changed.rawValue)
            umoci raw add-layer --image layout:\(Name.changed.rawValue) change.tar
            umoci new --image layout:\(Name.twelve.rawValue)
            """)
        for (number, names) in try parts(of: "\(work)/root", count: 12).enumerated() {
            let list = names.joined(separator: "\0") + "\0"
            try Data(list.utf8).write(to: URL(filePath: "\(work)/names"))
            try shell(
                """
                tar --numeric-owner --no-recursion --null -C root -T names -cf part-\(number).tar
                umoci raw add-layer --image layout:\(Name.twelve.rawValue) part-\(number).tar
                rm part-\(number).tar
                """)
        }
        // Every step left its manifest in the layout.
        try shell("umoci gc --layout layout")
    }

    /// All paths of a tree in groups of about as many bytes; each group has the directories that lead to its files.
    private static func parts(of root: String, count: Int) throws -> [[String]] {
        let output = try Command("find", [root, "-mindepth", "1", "-printf", "%y %s %P\\0"]).run()
        guard output.succeeded else { throw TestError(output.description) }
        let entries = output.standardOutput.split(separator: "\0").compactMap { line -> (size: Int, path: String)? in
            let fields = line.split(separator: " ", maxSplits: 2)
            guard fields.count == 3, let size = Int(fields[1]) else { return nil }
            return (fields[0] == "f" ? size : 0, String(fields[2]))
        }
        let total = entries.reduce(0) { $0 + $1.size }
        var parts = [[String]](repeating: [], count: count)
        var seen = [Set<String>](repeating: [], count: count)
        var sum = 0
        for entry in entries {
            let part = min(count - 1, sum * count / max(total, 1))
            sum += entry.size
            var path = ""
            for component in entry.path.split(separator: "/") {
                path += path.isEmpty ? "\(component)" : "/\(component)"
                if seen[part].insert(path).inserted { parts[part].append(path) }
            }
        }
        return parts
    }
}
