import Testing
import Vocabulary

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct EnvironmentFileTests {
    private static let files = [
        "/srv/shop/a.env": "A=1\nB=${A}x\nC='$A'\nFROM_PROCESS\nNOWHERE\n# note\nexport D=\"a b\"\n",
        "/srv/shop/b.env": "A=2\nE=${C}\nF=${HOME}\n",
        "/srv/shop/raw.env": "A='1'\r\n # note\nB=${A}\nFROM_PROCESS\nNOWHERE\n",
        "/srv/shop/labels": "a=1\nb=${a}\nc=${HOME:-none}\n", "/srv/shop/bad.env": "a b=1\n",
    ]

    private func load(_ body: String) throws(EnvfileError) -> Loaded {
        let text = Fixture.file(service: body)
        let loader = Loader(
            processEnvironment: ["HOME": "/home/dev", "FROM_PROCESS": "p"], fileExists: { _ in true }
        ) { path in
            if path == "/srv/shop/compose.yaml" { return .bytes(Array(text.utf8)) }
            if path == "/srv/shop/folder" { return .directory }
            return Self.files[path].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        return try loader.load(files: ["/srv/shop/compose.yaml"])
    }

    private func service(_ body: String) throws -> Service {
        try #require(try load(body).environment.services.first { $0.name == "web" })
    }

    @Test(
        arguments: [
            ("env_file: a.env", ["A": "1", "B": "1x", "C": "$A", "D": "a b", "FROM_PROCESS": "p"]),
            (
                "env_file: [./a.env]\nenvironment: { A: own, G: g }",
                ["A": "own", "B": "1x", "C": "$A", "D": "a b", "FROM_PROCESS": "p", "G": "g"]
            ),
            // A name without a value takes the load's variable, or is unset.
            (
                "env_file: b.env\nenvironment: [A, FROM_PROCESS]",
                ["E": "", "F": "/home/dev", "FROM_PROCESS": "p"]
            ),
            // A later file wins, and knows the variables of those before it.
            (
                "env_file: [a.env, b.env]",
                ["A": "2", "B": "1x", "C": "$A", "D": "a b", "E": "$A", "F": "/home/dev", "FROM_PROCESS": "p"]
            ),
            ("env_file: { path: a.env }", nil),
            ("env_file: [{ path: /srv/shop/b.env, required: true }]", ["A": "2", "E": "", "F": "/home/dev"]),
            ("env_file: [{ path: none.env, required: false }]", [:]),
            ("env_file: [{ path: raw.env, format: raw }]", ["A": "'1'", "B": "${A}", "FROM_PROCESS": "p"]),
        ] as [(String, [String: String]?)])
    func variables(body: String, expected: [String: String]?) throws {
        guard let expected else {
            #expect(throws: EnvfileError.self) { try load(body) }
            return
        }
        #expect(try service(body).environment == expected)
    }

    @Test func labels() throws {
        #expect(try service("label_file: labels\nlabels: { b: own }").labels == ["a": "1", "b": "own", "c": "none"])
        #expect(try service("label_file: [labels]").labels == ["a": "1", "b": "1", "c": "none"])
    }

    @Test func whatIsReadIsNotShownAgain() throws {
        let text = try load("env_file: a.env").environment.yamlText()
        #expect(!text.contains("env_file"))
        #expect(text.contains("C: \"$$A\""))
    }

    @Test(arguments: [
        ("env_file: none.env", "services.web.env_file names `/srv/shop/none.env`, which does not exist"),
        ("env_file: [a.env, none.env]", "services.web.env_file[1] names `/srv/shop/none.env`, which does not exist"),
        ("env_file: [{ path: none.env }]", "services.web.env_file[0] names `/srv/shop/none.env`, which does not exist"),
        ("env_file: [{ required: false }]", "services.web.env_file[0] has no `path`"),
        (
            "env_file: [{ path: a.env, format: json }]",
            "services.web.env_file[0].format must be one of `raw`, but is `json`"
        ),
        ("env_file: folder", "services.web.env_file: /srv/shop/folder is a directory, not a file."),
        ("env_file: 5", "services.web.env_file must be a path or a list of paths, but is the number 5"),
        ("env_file: [{ path: bad.env, format: raw }]", "a line must be `NAME=value`"),
        ("label_file: none", "services.web.label_file names `/srv/shop/none`, which does not exist"),
    ])
    func wrongFiles(body: String, message: String) {
        do throws(EnvfileError) {
            _ = try load(body)
            Issue.record("nothing is wrong with \(body)")
        } catch {
            #expect(error.diagnostics.filter { $0.severity == .error }.map(\.message) == [message])
        }
    }

    @Test func onlyServicesThatTakePartNeedTheirFiles() throws {
        #expect(try load("env_file: none.env\nprofiles: [p]").environment.services.map(\.name) == ["db"])
    }
}
