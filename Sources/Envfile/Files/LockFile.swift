/// `Envfile.lock`: the digests of image references at the last update.
///
/// It is beside the first Envfile and should be committed. Of an image that is made of Debian's packages it has the versions
/// of all of them; `bootstrap:busybox` and `rootfs:` are not in it, because they differ between machines. `trice push --baked`
/// adds where a registry has what `bake` made.
package struct LockFile: Hashable, Sendable {
    /// The digest, such as `sha256:…`, by the canonical reference, such as `docker.io/library/nginx:1.25`.
    package var images: [String: String]
    /// The digests of baked images, by reference, such as `registry.example/team/shop:web-7d0c…`: the tag is the service and
    /// the key of base and steps.
    package var baked: [String: String]

    /// The images of Debian's packages, by the canonical reference, such as `bootstrap:debian/bookworm`, and by the
    /// architecture of the processor.
    package var bootstraps: [String: [String: LockedBootstrap]]

    package init(
        images: [String: String] = [:], baked: [String: String] = [:],
        bootstraps: [String: [String: LockedBootstrap]] = [:]
    ) {
        self.images = images
        self.baked = baked
        self.bootstraps = bootstraps
    }

    /// The lock file of an Envfile.
    package static func path(besideFile file: String) -> String {
        let directory = file.lastIndex(of: "/").map { file[..<$0] } ?? "."
        return "\(directory)/Envfile.lock"
    }

    private static let version = 1

    /// The text: sorted, one image to a line, so that merges are easy.
    package var text: String {
        "# Written by trice: what each image's name stands for. Commit it; `trice upgrade` moves it.\n"
            + YAMLWriter.text(
                .map(
                    [
                        Value.Member("version", .integer(Self.version)),
                        Value.Member("images", Self.value(images)),
                    ] + (baked.isEmpty ? [] : [Value.Member("baked", Self.value(baked))])
                        + (bootstraps.isEmpty ? [] : [Value.Member("bootstraps", LockedBootstrap.rendered(bootstraps))])
                ))
    }

    private static func value(_ digests: [String: String]) -> Value {
        .map(digests.sorted { $0.key < $1.key }.map { Value.Member($0, .string($1)) })
    }
}

extension LockFile {
    /// Reads a lock file; `nil` when it does not exist.
    ///
    /// - Throws: `EnvfileError` with every problem of it.
    package static func read(
        _ path: String, readFile: (String) -> FileContents = FileContents.read
    ) throws(EnvfileError) -> LockFile? {
        let contents = readFile(path)
        if contents == .absent { return nil }
        return try parse(contents.bytes(of: path), path: path)
    }

    static func parse(_ bytes: [UInt8], path: String) throws(EnvfileError) -> LockFile {
        let report = DiagnosticCollector()
        let source = SourceFile(path: path, bytes: bytes)
        if let merge = MergeMarks.first(in: source) {
            report.error(
                "the file has the marks of a merge that is not finished", at: merge, path: .root,
                hint: "keep one side, or remove the file: the next `trice up` writes it anew")
            throw EnvfileError(path, report: report)
        }
        let root = DocumentBuilder.documents(of: source, report: report).first?.root
        var lock = LockFile()
        if let root {
            lock.decode(root, report)
        } else if !report.hasErrors {
            report.error("the file is empty", at: source.mark(offset: 0), path: .root, hint: remedy)
        }
        guard !report.hasErrors else {
            throw EnvfileError(path, report: report)
        }
        return lock
    }

    static let remedy = "`trice upgrade` writes the file anew; after a merge keep one line for each image"

    private mutating func decode(_ root: Node, _ report: DiagnosticCollector) {
        guard case .mapping(let pairs) = root.content else {
            return report.error(
                "the file holds \(root.described)", at: root.mark, path: .root, expected: "a mapping",
                hint: Self.remedy)
        }
        for pair in pairs {
            let path = Path.key(.root, pair.key.name)
            switch pair.key.name {
            case "version":
                guard case .scalar(let scalar) = pair.value.content, scalar.text == "\(Self.version)" else {
                    report.error(
                        "this version of Trice reads locks of version \(Self.version)", at: pair.value.mark,
                        path: path, hint: "update Trice, or write the lock anew with `trice upgrade`")
                    continue
                }
            case "images": images = Self.digests(pair.value, path, report)
            case "baked": baked = Self.digests(pair.value, path, report)
            case "bootstraps": bootstraps = LockedBootstrap.decoded(pair.value, path, report)
            default:
                report.error(
                    "unknown key `\(pair.key.name)`", at: pair.key.mark, path: path,
                    expected: "version, images, baked or bootstraps")
            }
        }
        if root["version"] == nil {
            report.error("the file has no `version`", at: root.mark, path: .root, hint: Self.remedy)
        }
    }

    private static func digests(_ node: Node, _ path: Path, _ report: DiagnosticCollector) -> [String: String] {
        guard case .mapping(let pairs) = node.content else {
            report.error(
                "`\(path)` holds \(node.described)", at: node.mark, path: path,
                expected: "a mapping of references to digests", hint: Self.remedy)
            return [:]
        }
        var digests: [String: String] = [:]
        for pair in pairs {
            guard let digest = pair.value.stringValue, Self.isDigest(digest) else {
                report.error(
                    "the image `\(pair.key.name)` has no digest but \(pair.value.described)", at: pair.value.mark,
                    path: .key(path, pair.key.name), expected: "sha256: and 64 hexadecimal digits", hint: Self.remedy)
                continue
            }
            digests[pair.key.name] = digest
        }
        return digests
    }

    static func isDigest(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let digits = text[text.index(after: colon)...]
        let lengths: [Substring: Int] = ["sha256": 64, "sha512": 128]
        return digits.count == lengths[text[..<colon]] && digits.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }
}
