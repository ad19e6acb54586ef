import Testing

@testable import Envfile

/// Secrets and configs, and their use.
@Suite(.timeLimit(.minutes(2))) struct FileSectionTests {
    private static func grants(_ kind: FileReference.Kind) -> Section<[FileReference]> {
        Section(decode: { FileReference.decodedList(kind, from: $0).map(\.value) }) { list, _ in
            .list(list.map { $0.rendered() })
        }
    }

    private static func definitions(_ kind: FileDefinition.Kind) -> Section<FileDefinition> {
        Section(decode: { cursor in
            var file = FileDefinition.decoded(kind, named: "a", from: cursor)
            file?.identity.spell(key: "a")
            return file
        }) { content, _ in
            content.rendered(project: "shop")
        }
    }

    @Test func usesOfSecrets() {
        let secrets = Self.grants(.secret)
        secrets.check("[db-password]", #"[{"source":"db-password","target":"/run/secrets/db-password"}]"#)
        secrets.check(
            "[{source: s, target: /volumes/s.txt, uid: '103', gid: '104', mode: 0440}]",
            #"[{"gid":"104","mode":288,"source":"s","target":"/volumes/s.txt","uid":"103"}]"#)
        secrets.check("[{source: s, target: t}]", #"[{"source":"s","target":"t"}]"#)
        #expect(secrets.read("[{source: s, target: t}]").content?.first?.containerPath == "/run/secrets/t")
        #expect(secrets.read("[s]").content?.first?.containerPath == "/run/secrets/s")
    }

    @Test func usesOfConfigs() {
        let configs = Self.grants(.config)
        configs.check("[c]", #"[{"source":"c"}]"#)
        configs.check("[{source: c, target: /volumes/c.txt}]", #"[{"source":"c","target":"/volumes/c.txt"}]"#)
        #expect(configs.read("[c]").content?.first?.containerPath == "/c")
        #expect(configs.read("[c]").content?.first?.target == "/c")
    }

    @Test(arguments: [
        ("0440", 0o440), ("'0440'", 0o440), ("'440'", 0o440), ("0o440", 0o440), ("288", 288), ("0", 0), ("438", 0o666),
    ])
    func modes(text: String, mode: UInt32) {
        let (content, messages) = Self.grants(.secret).read("[{source: s, mode: \(text)}]")
        #expect(content?.first?.mode == mode)
        #expect(messages == [])
    }

    @Test(arguments: [
        SectionCase("a", "error: s must be a list, but is a string"),
        SectionCase("[3]", "error: s[0] must be a name or a mapping, but is the number 3"),
        SectionCase("['']", "error: s[0] must be a name, but is empty"),
        SectionCase("[{target: x}]", "error: s[0] has no `source`"),
        SectionCase("[{source: a, targt: x}]", "error: unknown key `targt` in s[0]"),
        SectionCase("[{source: a, uid: 3}]", "error: s[0].uid must be a string, but is the number 3"),
        SectionCase("[{source: a, mode: rw}]", "error: `rw` is no mode"),
        SectionCase("[{source: a, mode: 99999}]", "error: `99999` is no mode"),
        SectionCase(
            "[{source: a, mode: true}]",
            "error: s[0].mode must be an octal mode such as \"1777\", but is the boolean true"),
        SectionCase("[{source: a, mode: 440}]", "warning: s[0].mode is the decimal number 440, which is the mode 0670"),
        SectionCase(
            "[{source: a, mode: 644}]", "warning: s[0].mode is the decimal number 644, which is the mode 01204"),
    ])
    func badUses(_ example: SectionCase) {
        #expect(Self.grants(.secret).read(example.text).messages == example.expected)
    }

    @Test func secrets() {
        let secret = Self.definitions(.secret)
        secret.check("{file: ./p.txt}", #"{"file":"/srv/shop/p.txt","name":"shop_a"}"#)
        secret.check("{environment: TOKEN}", #"{"environment":"TOKEN","name":"shop_a"}"#)
        secret.check("{external: true}", #"{"external":true,"name":"a"}"#)
        secret.check(
            "{driver: vault, driver_opts: {k: 1}, labels: [l=m], name: n, template_driver: golang}",
            #"{"driver":"vault","driver_opts":{"k":"1"},"labels":{"l":"m"},"name":"n","template_driver":"golang"}"#)
    }

    @Test func configs() {
        let config = Self.definitions(.config)
        config.check("{content: \"a=b\\n\"}", #"{"content":"a=b\n","name":"shop_a"}"#)
        config.check("{file: /etc/x/}", #"{"file":"/etc/x/","name":"shop_a"}"#)
        #expect(config.read("{content: a}").content?.source == .content("a"))
        #expect(config.read("{environment: A}").content?.source == .variable("A"))
    }

    /// Trice keeps no secrets and configs between files: what is not in this one can be shown, and not used.
    ///
    /// Attributes: `secrets.*.external`, `secrets.*.external.name`, `configs.*.external`, `configs.*.external.name`
    @Test(arguments: [
        ("secrets", "key: { external: true }", "key"), ("configs", "key: { external: true }", "key"),
        ("secrets", "key: { external: { name: other } }", "other"),
        ("configs", "key: { external: { name: other } }", "other"),
    ])
    func whatIsExternalIsNamedAndNotUsed(section: String, definition: String, name: String) throws {
        let unused =
            "services: { web: { image: a, \(section): [mine] } }\n"
            + "\(section): { \(definition), mine: { environment: HOME } }"
        let used = unused.replacing("[mine]", with: "[mine, key]")
        let loaded = try Fixture.compose.load(used)
        let refusal = "\(section).key, which services.web uses, is external, and only those of this file can be used"
        #expect(loaded.unsupported.map(\.message) == [refusal])
        #expect(Fixture().messages(used) == [refusal])
        #expect(Fixture().messages(unused) == [])
        guard case .map(let members) = loaded.environment.rendered(.json),
            let shown = members.first(where: { $0.key == section })?.value
        else {
            Issue.record("no \(section)")
            return
        }
        #expect(compact(shown).contains(#""key":{"external":true,"name":"\#(name)"}"#), "\(compact(shown))")
    }

    @Test(arguments: [
        SectionCase("x", "error: s must be a mapping, but is a string"),
        SectionCase("{}", "error: s does not say where its content comes from"),
        SectionCase("{external: false}", "error: s does not say where its content comes from"),
        SectionCase(
            "{file: a, environment: B}", "error: s has `file` and `environment`, but can only have one of them"),
        SectionCase(
            "{content: a}", "error: s does not say where its content comes from", "error: unknown key `content` in s"),
        SectionCase("{file: ''}", "error: s.file must not be empty"),
        SectionCase("{file: 3}", "error: s.file must be a string, but is the number 3"),
        SectionCase("{external: true, file: a}", "warning: `file` is ignored, because s is external"),
    ])
    func badSecrets(_ example: SectionCase) {
        #expect(Self.definitions(.secret).read(example.text).messages.sorted() == example.expected)
    }

    @Test(arguments: [
        SectionCase("{driver: x, file: a}", "error: unknown key `driver` in s"),
        SectionCase(
            "{file: a, environment: B, content: c}",
            "error: s has `file` and `environment` and `content`, but can only have one of them"),
    ])
    func badConfigs(_ example: SectionCase) {
        #expect(Self.definitions(.config).read(example.text).messages == example.expected)
    }
}
