import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct RenderingTests {
    private static let rich = """
        name: rich
        services:
          web:
            image: "a:$$x"
            command: ["sh", "-c", "echo $$HOME; exit 0", "yes", "", "- x", "a: b", "1e3", "ü\\u2028\\t\\x07"]
            entrypoint: []
            environment: { A: "no", B: "22:22", C: "null", D: "multi\\nline", E: "#x", F: " lead", G: "{", "on": "*x" }
            working_dir: /srv/a b
            user: "1000"
            hostname: h
            labels: { "a.b/c": "" , "1": "2" }
            volumes:
              - data:/data:ro
              - ./src:/src
              - /anonymous
              - { type: volume, source: data, target: /sub, volume: { subpath: x/y } }
              - { type: bind, source: ., target: /l, bind: { create_host_path: true } }
            tmpfs: ["/run:size=64m,mode=1777", /tmp]
            ports: ["80:80", "[::1]:81-82:81-82/udp", "9000-9010:90", { target: 5, auto_correct: false }]
            networks: { front: { aliases: [w] }, default: }
            depends_on: { db: { condition: service_healthy, restart: true } }
            stop_signal: INT
            stop_grace_period: 1h0m1.5s
            tty: true
            read_only: true
            init: false
            profiles: [p]
          db: { image: b }
        networks: { front: { internal: true, labels: { a: "1" } } }
        volumes: { data: { labels: { x: "y" } } }
        """

    @Test(arguments: ["Envfile", "compose.yaml"])
    func readsBackAsTheSame(name: String) throws {
        let fixture = Fixture(file: "/srv/shop/\(name)", profiles: ["p"])
        let text =
            name == "Envfile"
            ? Self.rich : Self.rich.replacing("auto_correct: false", with: "x-trice: { auto_correct: true }")
        let environment = try fixture.load(text).environment
        let rendered = environment.yamlText()
        let again = try fixture.load(rendered)
        #expect(again.environment == environment)
        #expect(again.warnings == [])
        #expect(again.environment.yamlText() == rendered)
        // JSON is YAML too.
        #expect(try fixture.load(environment.jsonText()).environment == environment)
    }

    private static let own = """
        requires: ">=0.1"
        post_up_message: "http://localhost:${PORT:web:80}"
        triggers: [{ before: up, run: ./check.sh, on_error: continue }]
        services:
          web:
            image: x
            primary: true
            autostart: false
            ssh: { user: dev, forward_agent: true }
            wait: { tcp: 80, timeout: 5s }
            volumes: [{ type: bind, source: ., target: /srv, idmap: auto, exclude: [node_modules] }]
            provision: [{ name: a, shell: echo hi }]
        """

    /// Keys of our own stand beside Compose's in an `Envfile`, and under `x-trice` where Compose's meaning holds.
    @Test func keysOfOurOwnReadBackAsTheSame() throws {
        let environment = try Fixture().load(Self.own).environment
        #expect(try Fixture().load(environment.yamlText()).environment == environment)
        #expect(!environment.yamlText().contains("x-trice"))
        let compat = try Fixture().load("compat: compose\n" + Self.own).environment
        #expect(compat.yamlText().contains("x-trice"))
        #expect(try Fixture.compose.load(compat.yamlText()).environment == compat)
        #expect(compat.tools == environment.tools)
        #expect(compat.services.map(\.tools) == environment.services.map(\.tools))
    }

    /// What says something to readers and to other tools alone is not lost.
    ///
    /// Attributes: `expose`, `ports.*.app_protocol`, `ports.*.mode`, `ports.*.name`, `volumes.*.consistency`
    /// Attributes: `volumes.*.volume.labels`, `configs.*.labels`, `configs.*.name`, `secrets.*.labels`
    /// Attributes: `secrets.*.name`, `networks.*.ipam.driver`, `networks.*.labels`, `volumes.*.labels`
    @Test func whatIsOnlyKeptIsShown() throws {
        let text = """
            services:
              web:
                image: a
                expose: [3000]
                ports: [{ target: 80, mode: host, name: front, app_protocol: http }]
                volumes:
                  - { type: bind, source: /b, target: /b, consistency: cached }
                  - { type: volume, source: data, target: /d, volume: { labels: { of: mount } } }
                configs: [text]
                secrets: [key]
            configs: { text: { content: x, name: my-text, labels: { of: config } } }
            secrets: { key: { environment: HOME, name: my-key, labels: { of: secret } } }
            networks: { default: { labels: { of: network }, ipam: { driver: default } } }
            volumes: { data: { labels: { of: volume } } }
            """
        let shown = compact(try Fixture.compose.load(text).environment.rendered(.json))
        for part in [
            #""expose":["3000"]"#, #""app_protocol":"http","mode":"host","name":"front""#,
            #""consistency":"cached""#, #""volume":{"labels":{"of":"mount"}}"#,
            #""text":{"content":"x","labels":{"of":"config"},"name":"my-text"}"#,
            #""key":{"environment":"HOME","labels":{"of":"secret"},"name":"my-key"}"#,
            #""ipam":{"driver":"default"},"labels":{"of":"network"}"#, #""data":{"labels":{"of":"volume"}"#,
        ] {
            #expect(shown.contains(part), "\(part): \(shown)")
        }
    }

    @Test func looksLikeThis() throws {
        let text =
            "services: { web: { image: nginx, ports: ['8080:80'], volumes: [.:/app], environment: { A: 'yes' } } }"
        #expect(
            try Fixture.compose.load(text).environment.yamlText() == """
                name: shop
                services:
                  web:
                    command: null
                    entrypoint: null
                    environment:
                      A: "yes"
                    image: nginx
                    networks:
                      default: null
                    ports:
                      - mode: ingress
                        protocol: tcp
                        published: "8080"
                        target: 80
                    volumes:
                      - bind: {}
                        source: /srv/shop
                        target: /app
                        type: bind
                networks:
                  default:
                    ipam: {}
                    name: shop_default

                """)
    }

    @Test(arguments: [
        "yes", "No", "on", "y", "null", "~", "true", "1", "0x1", "1.5", ".inf", "1:30", "", " a", "a ", "a: b", "a #b",
        "#a",
        "-", "- a", "? a", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a", "\"a", "{a", "[a", "a,b", "a\nb", "a\tb",
        "a:",
        "\u{0}", "\u{7F}", "\u{85}", "\u{FEFF}", "\u{2028}", "\u{1F600}", "é", "\\", "<<", "=", "---", "...", "a:b",
        "x-y/z",
    ])
    func everyStringSurvives(text: String) throws {
        let tree = Value.map([.init(text, .list([.string(text), .map([.init("k", .string(text))])]))])
        for written in [YAMLWriter.text(tree), tree.jsonText()] {
            let report = DiagnosticCollector()
            let document = DocumentBuilder.document(
                of: SourceFile(path: "f", bytes: Array(written.utf8)), report: report)
            guard case .mapping(let pairs) = document?.root.content, let pair = pairs.first else {
                Issue.record("not a mapping: \(written) \(report.diagnostics)")
                continue
            }
            #expect(pair.key.name == text)
            guard case .sequence(let items) = pair.value.content, case .scalar(let scalar) = items.first?.content else {
                Issue.record("not a list: \(written)")
                continue
            }
            #expect(scalar.text == text)
            #expect(scalar.type == .string)
        }
    }

    @Test func treesOfEveryKind() {
        let tree = Value.map([
            .init("null", .null), .init("b", .bool(true)), .init("i", .integer(-5)), .init("e", .list([])),
            .init("l", .list([.list([.integer(1)]), .map([]), .map([.init("a", .integer(1)), .init("b", .null)])])),
        ])
        #expect(
            YAMLWriter.text(tree) == """
                "null": null
                b: true
                i: -5
                e: []
                l:
                  -
                    - 1
                  - {}
                  - a: 1
                    b: null

                """)
        #expect(Value.list([.string("\u{1}\"")]).jsonText() == "[\n  \"\\u0001\\\"\"\n]\n")
    }
}
