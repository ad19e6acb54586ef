import Envfile
import OCI
import Testing

@testable import Export

/// Exports texts of an Envfile in a directory that exists only here.
struct ExportFixture: Sendable {
    var file = "/srv/shop/Envfile"
    /// Files of the host by their absolute paths; a directory is what has files below it.
    var files: [String: String] = [:]
    var images: [String: ImageFacts] = [:]
    var options = ExportOptions()
    var process: [String: String] = [:]

    /// Facts of an image that the lock has and that is on this machine.
    static func image(
        _ name: String = "web", user: String = "", ports: [String] = [],
        _ change: (inout ImageConfiguration.Execution) -> Void = { _ in }
    ) -> ImageFacts {
        var configuration = ImageConfiguration.Execution()
        configuration.user = user
        configuration.exposedPorts = ports
        configuration.environment = ["PATH=/usr/bin:/bin"]
        configuration.command = ["serve"]
        change(&configuration)
        return ImageFacts(
            reference: "registry.example/\(name)@sha256:0", origin: .pinned, configuration: configuration,
            user: { text, groups in
                let numbers = groups.compactMap { UInt32($0) ?? ["docker": 998][$0] }
                switch text {
                case "redis", "redis:redis", "100", "100:101":
                    return NumericUser(user: 100, group: 101, groups: numbers)
                case "root", "0": return NumericUser(user: 0, group: 0, groups: numbers)
                default: return nil
                }
            })
    }

    func request(_ text: String) throws -> ExportRequest {
        let (file, files) = (file, files)
        let loader = Loader(processEnvironment: process, fileExists: { _ in true }) { path in
            if path == file { return .bytes(Array(text.utf8)) }
            return files[path].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        let loaded = try loader.load(files: [file])
        var images = images
        for workload in loaded.environment.workloads where images[workload.image] == nil {
            images[workload.image] = Self.image(workload.image)
        }
        let process = process
        return ExportRequest(
            environment: loaded.environment, places: loaded.places, images: images, options: options,
            variable: { process[$0] }, tree: { Self.tree($0, files) })
    }

    private static func tree(_ path: String, _ files: [String: String]) -> HostTree {
        if let text = files[path] {
            return .file(
                HostTree.File(path: String(path.split(separator: "/").last ?? ""), bytes: Array(text.utf8)))
        }
        let below = files.keys.filter { $0.hasPrefix(path + "/") }.sorted()
        if below.isEmpty { return .absent }
        return .directory(
            below.map { name in
                HostTree.File(path: String(name.dropFirst(path.count + 1)), bytes: Array((files[name] ?? "").utf8))
            })
    }

    func kubernetes(_ text: String) throws -> ExportResult { KubernetesExport.export(try request(text)) }

    /// The objects of some kinds without what all objects have, one after the other.
    func objects(_ text: String, _ kinds: String...) throws -> String {
        try kubernetes(text).objects.filter { kinds.contains($0.kind) }.map(\.text).joined(separator: "---\n")
    }

    /// The losses as `LINE severity key: reason`.
    func losses(_ text: String) throws -> [String] {
        try kubernetes(text).losses.map { "\($0.line ?? 0) \($0.severity.rawValue) \($0.key): \($0.reason)" }
    }
}
