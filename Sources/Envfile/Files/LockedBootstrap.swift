/// What a lock says of an image that is made of Debian's packages, for one architecture.
package struct LockedBootstrap: Hashable, Sendable {
    /// The digest of the image, such as `sha256:…`.
    package var digest: String
    /// The moment at which an archive was asked for the packages, such as `20260131T000000Z`; `nil` where none was.
    package var snapshot: String?
    /// The versions of all packages by name.
    package var packages: [String: String]

    package init(digest: String, snapshot: String? = nil, packages: [String: String]) {
        self.digest = digest
        self.snapshot = snapshot
        self.packages = packages
    }
}

extension LockedBootstrap {
    /// The entries as a lock has them, sorted.
    static func rendered(_ entries: [String: [String: LockedBootstrap]]) -> Value {
        .map(
            entries.sorted { $0.key < $1.key }.map { name, architectures in
                Value.Member(
                    name,
                    .map(architectures.sorted { $0.key < $1.key }.map { Value.Member($0.key, $0.value.rendered) }))
            })
    }

    private var rendered: Value {
        .map(
            [Value.Member("digest", .string(digest))]
                + (snapshot.map { [Value.Member("snapshot", .string($0))] } ?? [])
                + [
                    Value.Member(
                        "packages",
                        .map(packages.sorted { $0.key < $1.key }.map { Value.Member($0.key, .string($0.value)) }))
                ])
    }

    static func decoded(
        _ node: Node, _ path: Path, _ report: DiagnosticCollector
    ) -> [String: [String: LockedBootstrap]] {
        var found: [String: [String: LockedBootstrap]] = [:]
        for image in pairs(of: node, path, report) {
            let path = Path.key(path, image.key.name)
            for architecture in pairs(of: image.value, path, report) {
                found[image.key.name, default: [:]][architecture.key.name] = entry(
                    architecture.value, .key(path, architecture.key.name), report)
            }
        }
        return found
    }

    private static func pairs(of node: Node, _ path: Path, _ report: DiagnosticCollector) -> [Node.Pair] {
        if case .mapping(let pairs) = node.content { return pairs }
        report.error(
            "`\(path)` holds \(node.described)", at: node.mark, path: path, expected: "a mapping", hint: LockFile.remedy
        )
        return []
    }

    private static func entry(_ node: Node, _ path: Path, _ report: DiagnosticCollector) -> LockedBootstrap? {
        var entry = LockedBootstrap(digest: "", packages: [:])
        for pair in pairs(of: node, path, report) {
            let place = Path.key(path, pair.key.name)
            switch pair.key.name {
            case "digest": entry.digest = text(pair.value, place, report, "a digest", LockFile.isDigest)
            case "snapshot":
                entry.snapshot = text(pair.value, place, report, "a moment such as `20260131T000000Z`", isMoment)
            case "packages":
                for package in pairs(of: pair.value, place, report) {
                    let place = Path.key(place, package.key.name)
                    guard isPackage(package.key.name) else {
                        report.error(
                            "`\(package.key.name)` is no name of a package", at: package.key.mark, path: place,
                            hint: LockFile.remedy)
                        continue
                    }
                    entry.packages[package.key.name] = text(
                        package.value, place, report, "a version of Debian", isVersion)
                }
            default:
                report.error(
                    "unknown key `\(pair.key.name)`", at: pair.key.mark, path: place,
                    expected: "digest, snapshot or packages")
            }
        }
        if entry.digest.isEmpty || entry.packages.isEmpty {
            report.error(
                "`\(path)` has no `\(entry.digest.isEmpty ? "digest" : "packages")`", at: node.mark, path: path,
                hint: LockFile.remedy)
        }
        return entry
    }

    private static func text(
        _ node: Node, _ path: Path, _ report: DiagnosticCollector, _ expected: String, _ isValid: (String) -> Bool
    ) -> String {
        guard case .scalar(let scalar) = node.content, isValid(scalar.text) else {
            report.error(
                "`\(path)` holds \(node.described)", at: node.mark, path: path, expected: expected,
                hint: LockFile.remedy)
            return ""
        }
        return scalar.text
    }

    /// What apt takes for a name, without anything that begins a line of its own.
    private static func isPackage(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isAlphanumeric || "+-.".utf8.contains($0) }
    }

    /// deb-version(7).
    private static func isVersion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0.isAlphanumeric || "+-.:~".utf8.contains($0) }
    }

    private static func isMoment(_ text: String) -> Bool {
        text.utf8.count == 16 && text.hasSuffix("Z") && text.dropFirst(8).first == "T"
            && text.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == 14
    }
}
