internal import Diagnostics

/// Where a user has written their own wishes for every environment: `Envfile.personal`.
package struct PersonalFile: Hashable, Sendable {
    /// Absolute.
    package var path: String
    /// The user's home directory, which `~` means there.
    package var home: String

    package init(path: String, home: String) {
        self.path = path
        self.home = home
    }
}

/// The wishes of a user as the last file of a project: the shell and the dotfiles of every service, and a port for an editor
/// at the service that is meant without a name.
struct PersonalLayer {
    private static let keys = ["dotfiles", "editor_port", "shell"]

    let file: PersonalFile
    /// Interpolated.
    let root: Node
    let report: DiagnosticCollector

    /// - Parameter allowsExtraKeys: whether Trice's own keys stand beside those of Compose; else they are below `x-trice`.
    func applied(to project: Node, by merger: Merger, allowsExtraKeys: Bool) -> Node {
        guard case .mapping(let wishes) = root.content else {
            if !root.isNull { report.error("the file must be a mapping", at: root.mark, path: .root) }
            return project
        }
        for wish in wishes where !Self.keys.contains(wish.key.name) {
            report.error(
                "unknown key `\(wish.key.name)`", at: wish.key.mark, path: .key(.root, wish.key.name),
                expected: Self.keys.map { "`\($0)`" }.joined(separator: ", "),
                hint: Suggestion.hint(for: wish.key.name, in: Self.keys))
        }
        guard case .mapping(let services)? = project["services"]?.content else { return project }
        let editor = editorService(services)
        if let port = root.pair("editor_port") { noteEditor(editor, port, services) }
        let entries = services.map { service in
            var members: [Node.Pair] = []
            let shell = shellPairs
            if !shell.isEmpty { members.append(own("ssh", mapping(shell), allowsExtraKeys)) }
            if service.key.name == editor, let port = root["editor_port"], service.value["network_mode"] == nil {
                members.append(pair("ports", node(.sequence([mapping(self.port(port, allowsExtraKeys))]))))
            }
            return Node.Pair(key: service.key, value: mapping(members))
        }
        return merger.merged(project, with: mapping([pair("services", mapping(entries))]))
    }

    private var shellPairs: [Node.Pair] {
        var pairs: [Node.Pair] = []
        if let shell = root.pair("shell") { pairs.append(shell) }
        if let dotfiles = root.pair("dotfiles") {
            var value = dotfiles.value
            if case .sequence(let items) = value.content { value.content = .sequence(items.map(absolute)) }
            pairs.append(Node.Pair(key: dotfiles.key, value: value))
        }
        return pairs
    }

    /// `~/.vimrc` as a path of the host that keeps its place below the home directory.
    private func absolute(_ item: Node) -> Node {
        guard let text = item.scalarText, text.hasPrefix("~/") else { return item }
        let rest = String(text.dropFirst(2))
        var item = item
        let target = rest.contains(":") ? "" : ":\(rest)"
        item.content = .scalar(Scalar(text: "\(file.home)/\(rest)\(target)", style: .plain, type: .string))
        return item
    }

    /// On the loopback, at the same port or the next free one.
    private func port(_ node: Node, _ allowsExtraKeys: Bool) -> [Node.Pair] {
        let address = MergeForm.string("127.0.0.1", at: node.mark)
        let yes = Node(content: .scalar(Scalar(text: "true", style: .plain, type: .bool)), mark: node.mark)
        return [
            Node.Pair(key: Node.Key(name: "target", mark: node.mark), value: node),
            Node.Pair(key: Node.Key(name: "published", mark: node.mark), value: node), pair("host_ip", address),
            own("auto_correct", yes, allowsExtraKeys),
        ]
    }

    /// The service with `primary: true`, or the only one.
    private func editorService(_ services: [Node.Pair]) -> String? {
        if services.count == 1 { return services[0].key.name }
        return services.first { service in
            let primary = service.value["primary"] ?? service.value["x-trice"]?["primary"]
            return primary?.scalarText == "true"
        }?.key.name
    }

    /// Tells why no service gets the port.
    private func noteEditor(_ editor: String?, _ port: Node.Pair, _ services: [Node.Pair]) {
        let path = Path.key(.root, "editor_port")
        if let editor {
            guard services.contains(where: { $0.key.name == editor && $0.value["network_mode"] != nil }) else { return }
            report.warning(
                "`editor_port` is not published: the service `\(editor)` has `network_mode`, and so no ports of its own",
                at: port.key.mark, path: path)
        } else if services.count > 1 {
            report.warning(
                "`editor_port` is not published: the project has \(services.count) services, and none is the primary one",
                at: port.key.mark, path: path, hint: "add `primary: true` to the service that you edit in")
        }
    }

    private func own(_ name: String, _ value: Node, _ allowsExtraKeys: Bool) -> Node.Pair {
        allowsExtraKeys ? pair(name, value) : pair("x-trice", mapping([pair(name, value)]))
    }

    private func pair(_ name: String, _ value: Node) -> Node.Pair {
        Node.Pair(key: Node.Key(name: name, mark: value.mark), value: value)
    }

    private func mapping(_ pairs: [Node.Pair]) -> Node { node(.mapping(pairs)) }

    private func node(_ content: Node.Content) -> Node { Node(content: content, mark: root.mark) }
}
