internal import Diagnostics

/// The services of a file, as `extends` looks them up.
struct ExtendedFile {
    let path: String
    let file: SourceFile
    let services: [Node.Pair]
    private let index: [String: Int]
    /// The positions of the services in the file itself, sorted.
    private let starts: [Int]

    init(path: String, file: SourceFile, services: [Node.Pair]) {
        self.path = path
        self.file = file
        self.services = services
        index = Dictionary(services.enumerated().map { ($1.key.name, $0) }) { first, _ in first }
        starts = services.filter { $0.key.mark.file === file }.map(\.key.mark.offset).sorted()
    }

    var names: [String] { services.map(\.key.name) }

    subscript(name: String) -> Node.Pair? { index[name].map { services[$0] } }

    /// The bytes that a service is written in.
    func span(of pair: Node.Pair) -> Range<Int> {
        let start = pair.key.mark.offset
        let end = starts.first { $0 > start } ?? Int.max
        return start..<end
    }
}

/// Merges services with those that they extend, along chains and across files.
struct ExtendsResolver {
    /// A longer chain of services that extend each other is an error.
    static let maximumChain = 64

    typealias ReadFile = (_ path: String, _ place: Mark, _ nodePath: Path) -> ExtendedFile?

    private let own: ExtendedFile
    private let merger: Merger
    private let report: DiagnosticCollector
    /// The extended services, by file and service.
    private var finished: [Link: Node] = [:]
    private(set) var extensions: [Extension] = []

    private struct Link: Hashable {
        var file: String
        var service: String
    }

    private struct Reference {
        var service: String
        var serviceMark: Mark
        var file: String?
        var fileMark: Mark
    }

    init(own: ExtendedFile, merger: Merger, report: DiagnosticCollector) {
        self.own = own
        self.merger = merger
        self.report = report
    }

    /// The services of the file, after all extensions.
    mutating func extended(_ readFile: ReadFile) -> [Node.Pair] {
        own.services.map { pair in
            var pair = pair
            if let node = extended(pair, in: own, trail: [], readFile) {
                pair.value = node
            } else {
                // The missing part of the service may be the unavailable one.
                report.silence(pair.key.mark)
                pair.value = Self.without(pair.value)
            }
            return pair
        }
    }

    /// - Returns: `nil` when the extended service is not available, which is reported.
    private mutating func extended(
        _ pair: Node.Pair, in file: ExtendedFile, trail: [Link], _ readFile: ReadFile
    ) -> Node? {
        let link = Link(file: file.path, service: pair.key.name)
        if let node = finished[link] { return node }
        let path = Path.key(.key(.key(.root, "services"), pair.key.name), "extends")
        guard let extends = pair.value["extends"], !extends.isNull, extends.tag != MergeTag.reset else {
            return Self.without(pair.value)
        }
        guard let reference = reference(extends, path) else { return nil }
        guard check(trail + [link], next: reference, at: extends.mark, path) else { return nil }
        var target = file
        if let name = reference.file {
            let absolute = HostPath.absolute(name, in: extends.mark.file.directory)
            if absolute != file.path {
                guard let other = readFile(absolute, reference.fileMark, path) else { return nil }
                target = other
            }
        }
        guard let base = target[reference.service] else {
            reportMissing(reference, in: target, path)
            return nil
        }
        guard let baseNode = extended(base, in: target, trail: trail + [link], readFile) else { return nil }
        extensions.append(
            Extension(
                service: pair.key.name, base: base.key.name, file: base.key.mark.file, span: target.span(of: base),
                place: base.key.mark))
        let service = Self.without(pair.value)
        let node =
            baseNode.isNull
            ? service : merger.merged(baseNode, with: service, by: .oneService, path: path.parent ?? .root)
        finished[link] = node
        return node
    }

    private func check(_ trail: [Link], next: Reference, at mark: Mark, _ path: Path) -> Bool {
        if let last = trail.last, let start = trail.dropLast().firstIndex(of: last) {
            let names = trail[start...].map { link in
                link.file == own.path ? link.service : "\(link.service) (\(HostPath.lastComponent(of: link.file)))"
            }
            report.error(
                "services extend each other in a circle: \(names.joined(separator: " -> "))", at: mark, path: path,
                hint: "remove one of these `extends`")
            return false
        }
        guard trail.count <= Self.maximumChain else {
            report.error(
                "more than \(Self.maximumChain) services extend each other in a chain", at: mark, path: path)
            return false
        }
        return true
    }

    private func reportMissing(_ reference: Reference, in file: ExtendedFile, _ path: Path) {
        let place = reference.file == nil ? "this file" : file.path
        report.error(
            "`extends` names the service `\(reference.service)`, which \(place) does not define",
            at: reference.serviceMark, path: path,
            hint: Suggestion.hint(for: reference.service, in: file.names)
                ?? (reference.file == nil ? "a service of another file is extended with `file:`" : nil))
    }

    private func reference(_ node: Node, _ path: Path) -> Reference? {
        if let text = node.stringValue {
            return Reference(service: text, serviceMark: node.mark, file: nil, fileMark: node.mark)
        }
        guard case .mapping(let pairs) = node.content else {
            report.error(
                "\(path) must be the name of a service or a mapping, but is \(node.described)", at: node.mark,
                path: path, expected: "a service, or a mapping with `service` and `file`")
            return nil
        }
        for pair in pairs where !["service", "file"].contains(pair.key.name) && !pair.key.name.hasPrefix("x-") {
            report.error(
                "unknown key `\(pair.key.name)` in \(path)", at: pair.key.mark, path: .key(path, pair.key.name),
                hint: Suggestion.hint(for: pair.key.name, in: ["service", "file"]))
        }
        guard let service = node["service"] else {
            report.error("\(path) names no `service`", at: node.mark, path: path, expected: "`service: NAME`")
            return nil
        }
        guard let name = service.stringValue else {
            report.error(
                "\(path).service must be a string, but is \(service.described)", at: service.mark,
                path: .key(path, "service"), expected: "a string")
            return nil
        }
        var result = Reference(service: name, serviceMark: service.mark, file: nil, fileMark: service.mark)
        if let file = node["file"], !file.isNull {
            guard let text = file.stringValue, !text.isEmpty else {
                report.error(
                    "\(path).file must be a path, but is \(file.described)", at: file.mark, path: .key(path, "file"),
                    expected: "a path")
                return nil
            }
            result.file = text
            result.fileMark = file.mark
        }
        return result
    }

    private static func without(_ node: Node) -> Node {
        var node = node
        node.remove("extends")
        return node
    }
}
