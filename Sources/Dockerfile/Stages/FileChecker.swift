/// Warns about valid instructions that are probably mistakes.
///
/// Source: Docker's build checks reference.
struct FileChecker {
    private let nodes: [Node]
    let stages: [Stage]
    let globalArguments: [ArgumentDeclaration]
    let escape: Unicode.Scalar
    var list = DiagnosticList()

    init(nodes: [Node], stages: [Stage], globalArguments: [ArgumentDeclaration], directives: ParserDirectives) {
        self.nodes = nodes
        self.stages = stages
        self.globalArguments = globalArguments
        escape = directives.escape
    }

    mutating func check(_ diagnostics: inout DiagnosticList) {
        list = diagnostics
        checkCasing()
        for node in nodes { check(node) }
        checkNames()
        for stage in stages {
            checkBase(stage)
            check(stage)
        }
        diagnostics = list
    }

    // MARK: Instructions

    /// All keywords should have the case of the majority.
    private mutating func checkCasing() {
        let words = nodes.map(\.keyword.text)
        let lower = words.filter { $0 == $0.lowercased() }.count
        let upper = words.filter { $0 == $0.uppercased() }.count
        for node in nodes {
            let word = node.keyword.text
            let wanted = lower > upper ? word.lowercased() : word.uppercased()
            guard word != wanted else { continue }
            list.warn(
                .consistentInstructionCasing, "`\(word)` is not written like most instructions here",
                at: node.keyword.location, hint: "write `\(wanted)`", local: node.checkOptions)
        }
    }

    private mutating func check(_ node: Node) {
        let local = node.checkOptions
        let name = node.keyword.text.uppercased()
        switch node.arguments {
        case .words(let words) where name == Keyword.from.rawValue: checkFrom(node, words)
        case .words(let words) where name == Keyword.expose.rawValue:
            for word in words { checkPort(word, local) }
        case .words(let words) where name == Keyword.arg.rawValue:
            for word in words { checkSecret((word.split(at: "=") ?? (word, word)).0, local) }
        case .pairs(let pairs):
            for pair in pairs where name == Keyword.env.rawValue { checkSecret(pair.name, local) }
            guard let pair = pairs.first, pair.isLegacy else { return }
            list.warn(
                .legacyKeyValueFormat, "`\(name) NAME VALUE` is an old form", at: node.location,
                hint: "write `\(name) \(pair.name.text)=VALUE`", local: local)
        case .text(let word):
            if ["RUN", "CMD", "ENTRYPOINT"].contains(name), Self.looksLikeJSON(word.text) {
                list.warn(
                    .invalidJSONForm, "this looks like a JSON array but is not valid JSON, so the shell gets it",
                    at: word.location, hint: "JSON strings stand in double quotes, with commas between", local: local)
            }
        default: break
        }
        if name == Keyword.maintainer.rawValue {
            list.warn(
                .maintainerDeprecated, "MAINTAINER is deprecated", at: node.keyword.location,
                hint: "write `LABEL org.opencontainers.image.authors=NAME`", local: local)
        }
    }

    /// `[` and a quote, or a quote and a comma: unlike the shell's `[ "$a" = b ]`.
    private static func looksLikeJSON(_ text: String) -> Bool {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return false }
        return ["\"", "'"].contains { text.hasPrefix("[\($0)") || text.contains("\($0),") }
    }

    private mutating func checkFrom(_ node: Node, _ words: [Word]) {
        guard words.count == 3 else { return }
        let local = node.checkOptions
        let isUpper = node.keyword.text == node.keyword.text.uppercased()
        let wanted = isUpper ? words[1].text.uppercased() : words[1].text.lowercased()
        if words[1].text != wanted {
            list.warn(
                .fromAsCasing, "`\(words[1].text)` is not written like `\(node.keyword.text)`", at: words[1].location,
                hint: "write `\(wanted)`", local: local)
        }
        if words[2].text != words[2].text.lowercased() {
            list.warn(
                .stageNameCasing, "the stage's name `\(words[2].text)` has capitals", at: words[2].location,
                hint: "write `\(words[2].text.lowercased())`", local: local)
        }
    }

    private mutating func checkPort(_ word: Word, _ local: CheckOptions) {
        guard !word.text.contains("$") else { return }
        if let (_, transport) = word.split(at: "/"), transport.text != transport.text.lowercased() {
            list.warn(
                .exposeProtoCasing, "the protocol of `\(word.text)` has capitals", at: word.location,
                hint: "write `\(word.text.lowercased())`", local: local)
        }
        if word.text.contains(":") {
            list.warn(
                .exposeInvalidFormat, "EXPOSE knows no addresses and no ports of the host", at: word.location,
                hint: "write the container's port only", local: local)
        }
    }

    private mutating func checkSecret(_ name: Word, _ local: CheckOptions) {
        let parts = Set(name.text.lowercased().split(separator: "_").map(String.init))
        let secret: Set = [
            "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token",
        ]
        guard !parts.isDisjoint(with: secret), parts.isDisjoint(with: ["public", "file", "version"]) else { return }
        list.warn(
            .secretsUsedInArgOrEnv, "`\(name.text)` looks like a secret, and the image would show it",
            at: name.location,
            hint: "use `RUN --mount=type=secret,id=NAME`", local: local)
    }
}
