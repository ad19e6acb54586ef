import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import Envfile

/// The published schema, `docs/envfile.schema.json`.
@Suite(.timeLimit(.minutes(2))) struct EnvfileSchemaTests {
    private static let checkout = TestSupport.Fixture.checkout
    private static let name = "envfile.schema.json"

    private static let schema: JSONValue? = FileManager.default.contents(atPath: "\(checkout)docs/\(name)")
        .flatMap { try? JSONValue(text: $0) }  // the tests that need it say that it is missing

    /// The Envfiles of the checkout.
    private static let envfiles: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkout + "templates")) ?? []
        return ["Envfile.example"]
            + names.sorted().map { "templates/\($0)/Envfile" }.filter { FileContents.exists(checkout + $0) }
    }()

    /// Read once: the patterns take long to compile.
    private static let validator = Mutex(Result { try SchemaValidator(folder: checkout + "docs") })

    private func problems(of value: JSONValue) throws -> [String] {
        try Self.validator.withLock { try $0.get().problems(of: value, under: Self.name) }
    }

    private func problems(of text: String, file: String = "Envfile") throws -> [String] {
        let report = DiagnosticCollector()
        let source = SourceFile(path: file, bytes: Array(text.utf8))
        let document = try #require(DocumentBuilder.document(of: source, report: report), "\(report.diagnostics)")
        return try problems(of: JSONValue(document.root))
    }

    @Test(arguments: envfiles) func theFilesInTheCheckoutAreValid(file: String) throws {
        let text = try #require(Corpus.text(Self.checkout + file))
        #expect(try problems(of: text, file: file) == [])
        // Their first line leads an editor to the schema.
        let depth = file.split(separator: "/").count - 1
        let path = String(repeating: "../", count: depth) + "docs/\(Self.name)"
        #expect(text.hasPrefix("# yaml-language-server: $schema=\(path)\n"))
    }

    @Test func allTemplatesAreThere() {
        #expect(Self.envfiles.count >= 7, "\(Self.envfiles)")
    }

    @Test func ourOwnKeysAreValid() throws {
        let ours = """
            requires: ">=0.1"
            compat: compose
            post_up_message: http://localhost:${PORT:web:80}
            triggers:
              - { before: up, run: ./check-vpn.sh, on_error: abort }
              - { after: down, run: ./tidy.sh --all }
            x-mine: [anything]
            services:
              web:
                image: bootstrap:busybox
                init: ${INIT:-true}
                stop_grace_period: ${PATIENCE}
                primary: true
                autostart: false
                ssh: { user: dev, shell: /bin/bash, directory: /srv/app, forward_agent: true }
                wait: { tcp: 5432, timeout: 30s }
                ports: [{ target: 80, published: 8080, auto_correct: true }, "80", 81, "${PORT}:80"]
                volumes:
                  - { type: bind, source: ., target: /srv/app, idmap: auto, exclude: [node_modules] }
                  - { type: bind, source: ., target: /srv/b, idmap: "1000:1000=0:0" }
                provision:
                  - { name: packages, run: once, shell: apt-get update }
                  - name: schema
                    run: changed
                    inputs: [db/migrations/**]
                    shell: { path: scripts/migrate.sh, args: ["--all"] }
                    user: dev
                    working_dir: /srv/app
                    environment: { STAGE: dev }
                  - copy: { source: dotfiles/, target: /home/dev/, owner: dev, mode: "0644" }
              job:
                wait: { http: 8080/health }
                provision: [{ inputs: a/**, shell: { path: x.sh } }]
                x-trice: { wait: { exec: [test, -e, /ready] } }
            x-trice: { requires: ">=0.1" }

            """
        #expect(try problems(of: ours) == [])
    }

    @Test(arguments: [
        ("serivces: {}", "$.serivces: is not allowed"),
        ("services: { web: { imag: x } }", "$.services.web.imag: is not allowed"),
        ("services: { web: { build: { contxt: . } } }", "$.services.web.build.contxt: is not allowed"),
        ("services: { web: { deploy: { resources: { limit: {} } } } }", "$.services.web.deploy.resources.limit: is"),
        ("services: { web: { healthcheck: { intervall: 1s } } }", "$.services.web.healthcheck.intervall: is not"),
        ("services: { web: { wait: { tpc: 1 } } }", "$.services.web.wait.tpc: is not allowed"),
        ("services: { web: { wait: { http: 'http://x/' } } }", "$.services.web.wait.http: does not match"),
        (
            "services: { web: { provision: [{ shell: { args: [x] } }] } }",
            "$.services.web.provision[0].shell: "
        ),
        ("triggers: [{ before: up, run: [x] }]", "$.triggers[0].run: is not of type string"),
        ("services: { web: { ports: [{ taget: 80 }] } }", "$.services.web.ports[0].taget: is not allowed"),
        ("services: { web: { ports: 80 } }", "$.services.web.ports: is not of type array"),
        ("services: { web: { init: maybe } }", "$.services.web.init: does not match"),
        ("services: { web: { stop_grace_period: 10 } }", "$.services.web.stop_grace_period: is not of type string"),
        ("services: { web: { stop_grace_period: soon } }", "$.services.web.stop_grace_period: does not match"),
        ("services: { web: { restart: often } }", "$.services.web.restart: does not match"),
        (
            "services: { web: { depends_on: { db: { condition: ready } } } }",
            "$.services.web.depends_on.db.condition: is"
        ),
        ("services: { web: { provision: [{ name: x }] } }", "$.services.web.provision[0]: lacks"),
        ("compat: docker", "$.compat: is none of the allowed values"),
        ("triggers: [{ run: x }]", "$.triggers[0]: lacks"),
        ("volumes: { data: { labls: {} } }", "$.volumes.data.labls: is not allowed"),
    ])
    func mistakesAreFound(text: String, problem: String) throws {
        let found = try problems(of: text)
        #expect(found.count == 1 && found[0].hasPrefix(problem), "\(found)")
    }

    // MARK: - Against the Compose Specification

    /// Every place of a schema where a key is defined, as the path of an instance: `services.*.ports[].target`, with the
    /// key's own schema.
    static func keys(of schema: JSONValue, in root: JSONValue, at path: String = "") throws -> [String: JSONValue] {
        guard let rules = schema.object else { return [:] }
        if let reference = rules["$ref"]?.string {
            let name = try #require(reference.split(separator: "/").last.map(String.init))
            let definitions = root.object?["definitions"] ?? root.object?["$defs"]
            return try keys(of: try #require(definitions?.object?[name]), in: root, at: path)
        }
        var found: [String: JSONValue] = [:]
        func add(_ inner: JSONValue, _ place: String) throws {
            found.merge(try keys(of: inner, in: root, at: place)) { first, _ in first }
        }
        for (name, inner) in rules["properties"]?.object ?? [:] {
            let place = path.isEmpty ? name : "\(path).\(name)"
            found[place] = inner
            try add(inner, place)
        }
        for (pattern, inner) in rules["patternProperties"]?.object ?? [:] where pattern != "^x-" {
            try add(inner, "\(path).*")
        }
        if let inner = rules["additionalProperties"] { try add(inner, "\(path).*") }
        if let inner = rules["items"] { try add(inner, "\(path)[]") }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            for inner in rules[keyword]?.array ?? [] { try add(inner, path) }
        }
        return found
    }

    private func compose() throws -> JSONValue {
        try JSONValue(text: try #require(Corpus.text(Corpus.root + "/schema/compose-5.6.1.json")).utf8)
    }

    @Test(.enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
    func everyKeyOfTheSpecificationIsThere() throws {
        let schema = try #require(Self.schema)
        let ours = Set(try Self.keys(of: schema, in: schema).keys)
        let compose = try compose()
        let theirs = Set(try Self.keys(of: compose, in: compose).keys)
        #expect(theirs.count > 250)
        #expect(theirs.subtracting(ours).sorted() == [])
        // What is more in ours is ours.
        let extras = ["requires", "compat", "post_up_message", "triggers", "x-trice"]
        let serviceExtras = [
            "primary", "autostart", "external", "pre_snapshot", "restart_unhealthy", "seed", "ssh", "wait", "provision",
            "x-trice",
        ].map {
            "services.*.\($0)"
        }
        let details = ["ports[].auto_correct", "volumes[].idmap", "volumes[].exclude"].map { "services.*.\($0)" }
        // Jobs and the steps of `pre_start` are described like services.
        let likeServices = Set(
            ours.subtracting(theirs).map { key in
                key.replacing("services.*.pre_start[].", with: "services.*.").replacing("jobs.*.", with: "services.*.")
            })
        let more = likeServices.filter { key in
            !(extras + serviceExtras + details).contains {
                key == $0 || key.hasPrefix($0 + ".") || key.hasPrefix($0 + "[")
            }
        }
        // One definition serves all three; the specification gives a name to some of them only.
        #expect(more.filter { !$0.hasSuffix(".external.name") }.sorted() == [])
    }

    /// The published schema and the tables of the decoder have the same keys, at every depth.
    @Test func theTablesHaveTheKeysOfTheSchema() throws {
        let schema = try #require(Self.schema)
        func normalised(_ place: String) -> String { place.replacing("[]", with: ".*") }
        // A list and a mapping by name are one shape here, and keys under `x-trice` are those beside it.
        let published = Set(
            try Self.keys(of: schema, in: schema).keys.filter { !$0.contains("x-trice") }.map(normalised))
        func places(_ keys: [AttributeKey], in place: String) -> [String] {
            keys.flatMap { key in
                let path = place + key.name
                switch key.nested {
                case .none: return [path]
                case .fields(let keys): return [path] + places(keys, in: path + ".")
                case .entries(let keys): return [path] + places(keys, in: path + ".*.")
                }
            }
        }
        let known = Set(places(AttributeCatalogue.project, in: ""))
        #expect(known.subtracting(published).sorted() == [])
        // Mappings by free names, such as `labels.*`, are values and not keys.
        #expect(published.subtracting(known).filter { !$0.hasSuffix(".*") }.sorted() == [])
    }

    @Test func everyKeyIsExplainedOnce() throws {
        let schema = try #require(Self.schema)
        for (key, rules) in try Self.keys(of: schema, in: schema) {
            let words = rules.object?["description"]?.string ?? ""
            #expect(words.hasSuffix(".") || words.hasSuffix(")"), "\(key): \(words)")
        }
    }

    @Test(.enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
    func everyValidFileOfTheCorpusIsValid() throws {
        struct Expected: Decodable {
            var rc: Int
        }
        var counted = 0
        for file in Corpus.files(below: "compose", where: { $0.hasSuffix(".expected.json") }) {
            let expected = try JSONDecoder().decode(
                Expected.self, from: Data(try #require(Corpus.text(file)).utf8))
            let path = String(file.dropLast(".expected.json".count))
            let source = SourceFile(path: path, bytes: Array(try #require(Corpus.text(path)).utf8))
            guard expected.rc == 0,
                let document = DocumentBuilder.document(of: source, report: DiagnosticCollector())
            else { continue }
            counted += 1
            #expect(try problems(of: JSONValue(document.root)) == [], "\(path)")
        }
        #expect(counted > 350)
    }
}

extension JSONValue {
    /// What a node of YAML is as JSON.
    fileprivate init(_ node: Node) {
        switch node.content {
        case .sequence(let items): self = .array(items.map { JSONValue($0) })
        case .mapping(let pairs):
            self = .object(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.name, JSONValue($0.value)) }))
        case .scalar(let scalar):
            switch scalar.type {
            case .null: self = .null
            case .bool: self = .bool(scalar.text.lowercased() == "true")
            case .integer: self = CoreSchema.integer(scalar.text).map { .integer(Int128($0)) } ?? .number(.infinity)
            case .float: self = .number(Double(scalar.text) ?? .nan)
            case .string: self = .string(scalar.text)
            }
        }
    }
}
