import TestSupport
import Testing
import Vocabulary

@testable import Envfile

/// The keys that Compose does not have.
@Suite(.timeLimit(.minutes(2))) struct ToolSectionTests {
    private let requirement = Section(decode: VersionRequirement.decoded) { content, _ in content.rendered() }
    private let message = Section(decode: PostUpMessage.decoded) { content, _ in content.rendered() }
    private let triggers = Section(decode: Trigger.decodedList) { list, _ in .list(list.map { $0.rendered() }) }
    private let ssh = Section(decode: SSHSettings.decoded) { content, _ in content.rendered() }
    private let wait = Section(decode: ReadinessCheck.decoded) { content, _ in content.rendered() }
    private let identity = Section(decode: MountIdentity.decoded) { content, _ in content.rendered() }
    private let exclusion = Section(decode: MountExclusion.decodedList) { list, _ in .list(list.map { .string($0) }) }

    @Test(arguments: [
        (">=0.1", "0.1.0", true), (">=0.1", "0.0.9", false), (">=0.1, <2", "2", false), (">=0.1 <2", "1.9.9", true),
        ("~>1.2", "1.9", true), ("~>1.2", "2.0", false), ("~>1.2", "1.1", false), ("~> 1.2.3", "1.2.9", true),
        ("~>1.2.3", "1.3", false), ("~>1", "1.5", true), ("~>1", "2", false), ("=1.0", "1.0.0", true),
        ("!=1.0", "1.0.0", false), (">1.0", "1.0.0", false), (">1.0", "1.0.1", true), ("<=1.0", "1", true),
        (">=1.0", "1.0.0-beta.1", false), (">=1.0.0-beta.1", "1.0.0-beta.2", true),
        ("<1.0.0-beta.11", "1.0.0-beta.2", true), ("<1.0.0-beta", "1.0.0-alpha", true),
        ("<1.0.0-beta", "1.0.0-1", true),
        (">1.0.0-a", "1.0.0-a.1", true),
    ])
    func requirements(text: String, version: String, holds: Bool) throws {
        let (content, messages) = requirement.read("\"\(text)\"")
        #expect(messages == [])
        #expect(try #require(content).isSatisfied(by: #require(ReleaseVersion(version))) == holds)
    }

    @Test func requirementsAreCheckedAndShown() throws {
        requirement.check("\">= 0.1,<2\"", #"">=0.1, <2""#)
        let version = try #require(ReleaseVersion("0.1.0"))
        let checked = Section(decode: { cursor in
            VersionRequirement.decoded(from: cursor).map { required in
                required.check(version, at: cursor)
                return required
            }
        }) { content, _ in content.rendered() }
        #expect(checked.read("'>=0.1'").messages == [])
        #expect(checked.read("'>=0.2'").messages == ["error: the file needs Trice >=0.2, but this is Trice 0.1.0"])
    }

    @Test(arguments: [
        SectionCase("0.1", "error: s must be a requirement such as \">=0.1\", but is the number 0.1"),
        SectionCase("'0.1.2'", "error: the version 0.1.2 in s has no operator before it"),
        SectionCase("'>=x'", "error: `x` in s is no version"), SectionCase("'>='", "error: `` in s is no version"),
        SectionCase("'>=1.2.3.4'", "error: `1.2.3.4` in s is no version"),
        SectionCase("'>=1.'", "error: `1.` in s is no version"),
        SectionCase("'>=1-'", "error: `1-` in s is no version"),
        SectionCase("''", "error: s must be a requirement such as \">=0.1\", but is a string"),
        SectionCase("' , '", "error: `` in s is no version"),
        SectionCase("[a]", "error: s must be a requirement such as \">=0.1\", but is a list"),
        SectionCase("'>=99999999999999999999'", "error: `99999999999999999999` in s is no version"),
    ])
    func badRequirements(_ example: SectionCase) {
        #expect(requirement.read(example.text).messages == example.expected)
    }

    @Test func messages() {
        message.check("\"see http://localhost:${PORT:web:80}/\"", #""see http://localhost:${PORT:web:80}/""#)
        let content = message.read("\"a ${PORT:web:80}${PORT:dns:53/udp} $x\"").content
        #expect(
            content?.parts == [
                .text("a "), .port(service: "web", target: 80, transportProtocol: .tcp),
                .port(service: "dns", target: 53, transportProtocol: .udp), .text(" $x"),
            ])
        #expect(content?.text { service, _, _ in service == "web" ? 8080 : nil } == "a 8080${PORT:dns:53/udp} $x")
        #expect(content?.ports.map(\.service) == ["web", "dns"])
        #expect(message.read("''").content?.parts == [])
    }

    @Test(arguments: [
        SectionCase("3", "error: s must be a string, but is the number 3"),
        SectionCase("'${PORT:web:80'", "error: `${PORT:` is not closed"),
        SectionCase("'${PORT:web}'", "error: `${PORT:web}` is no placeholder of a port"),
        SectionCase("'${PORT:web:0}'", "error: `${PORT:web:0}` is no placeholder of a port"),
        SectionCase("'${PORT:web:80-90}'", "error: `${PORT:web:80-90}` is no placeholder of a port"),
        SectionCase("'${PORT:web:80/icmp}'", "error: `${PORT:web:80/icmp}` is no placeholder of a port"),
        SectionCase("'${PORT:a b:80}'", "error: `${PORT:a b:80}` is no placeholder of a port"),
    ])
    func badMessages(_ example: SectionCase) {
        #expect(message.read(example.text).messages == example.expected)
    }

    @Test func hostTriggers() {
        triggers.check(
            "[{before: up, run: ./check.sh, on_error: continue}, {after: destroy, run: a, on_error: abort}]",
            #"[{"before":"up","on_error":"continue","run":"./check.sh"},{"after":"destroy","run":"a"}]"#)
    }

    @Test(arguments: [
        SectionCase("{before: up}", "error: s must be a list, but is a mapping"),
        SectionCase("[{run: a}]", "error: s[0] has neither `before` nor `after`"),
        SectionCase("[{run: a, before: up, after: up}]", "error: s[0] has both `before` and `after`"),
        SectionCase("[{before: up}]", "error: s[0] has no `run`"),
        SectionCase("[{before: up, run: ' '}]", "error: s[0].run must say what to run, but is empty"),
        SectionCase(
            "[{before: upp, run: a}]",
            "error: s[0].before must be one of `up`, `down`, `halt`, `reload`, `provision`, `destroy`, but is `upp`"),
        SectionCase("[{before: up, run: a, on_eror: abort}]", "error: unknown key `on_eror` in s[0]"),
        SectionCase(
            "[{before: up, run: a, on_error: stop}]",
            "error: s[0].on_error must be one of `abort`, `continue`, but is `stop`"),
    ])
    func badTriggers(_ example: SectionCase) {
        #expect(triggers.read(example.text).messages == example.expected)
    }

    @Test func shells() {
        ssh.check(
            "{user: dev, shell: /bin/bash, directory: /srv/app, forward_agent: true}",
            #"{"directory":"/srv/app","forward_agent":true,"shell":"/bin/bash","user":"dev"}"#)
        ssh.check("{}", "{}")
        ssh.check(
            "{dotfiles: [/home/me/.vimrc, '/etc/a:.config/a', '/b:/etc/b']}",
            #"{"dotfiles":["/home/me/.vimrc:.vimrc","/etc/a:.config/a","/b:/etc/b"]}"#)
        #expect(ssh.read("{dotfiles: ['/a:../b']}").messages == ["error: `/a:../b` has no place inside"])
        #expect(
            ssh.read("{shell: bash}").messages == [
                "error: s.shell must be an absolute path in the container, but is `bash`"
            ])
        #expect(ssh.hints("{usr: a}") == ["did you mean `user`?"])
    }

    @Test func readiness() {
        wait.check("{tcp: 5432, timeout: 30s}", #"{"tcp":5432,"timeout":"30s"}"#)
        wait.check("{http: 8080}", #"{"http":"8080/"}"#)
        wait.check("{http: 8080/healthz?a=b}", #"{"http":"8080/healthz?a=b"}"#)
        wait.check("{log: ready to accept, timeout: 60s}", #"{"log":"ready to accept"}"#)
        wait.check("{exec: pg_isready -q}", #"{"exec":["/bin/sh","-c","pg_isready -q"]}"#)
        wait.check("{exec: [a, b c]}", #"{"exec":["a","b c"]}"#)
        #expect(wait.read("{tcp: 1}").content?.timeout == .seconds(60))
    }

    @Test(arguments: [
        SectionCase("{}", "error: s does not say what to wait for"),
        SectionCase("{tcp: 1, log: a}", "error: s waits for more than one thing: `tcp`, `log`"),
        SectionCase("{tcp: 0}", "error: s.tcp must be a port from 1 to 65535, but is 0"),
        SectionCase(
            "{http: 'http://localhost/'}", "error: `http://localhost/` is not a port and a path, such as `8080/healthz`"
        ),
        SectionCase("{http: 80/a b}", "error: `80/a b` is not a port and a path, such as `8080/healthz`"),
        SectionCase("{log: ''}", "error: s.log must be a part of the line to wait for, but is empty"),
        SectionCase("{exec: []}", "error: s.exec must name what to run, but is empty"),
        SectionCase("{exec: 3}", "error: s.exec must be a string or a list of strings, but is the number 3"),
        SectionCase("{tcp: 1, timeout: 0s}", "error: s.timeout must be longer than nothing"),
        SectionCase(
            "{tcp: 1, timeout: 3}",
            "error: s.timeout must be a duration such as `10s`, `1m30s` or `500ms`, but is the number 3"),
        SectionCase("5432", "error: s must be a mapping, but is the number 5432"),
    ])
    func badReadiness(_ example: SectionCase) {
        #expect(wait.read(example.text).messages == example.expected)
    }

    @Test func ownership() {
        identity.check("auto", #""auto""#)
        identity.check("off", #""off""#)
        identity.check("'1000:1001=0:5'", #""1000:1001=0:5""#)
        #expect(
            identity.read("'1000:1001=0:5'").content == .explicit(hostUser: 1000, hostGroup: 1001, user: 0, group: 5))
        for text in [
            "1000", "'1:2'", "'1:2=3'", "'1:2=3:4=5:6'", "'a:1=1:1'", "'-1:1=1:1'", "'4294967295:1=1:1'", "'1:1=1:'",
        ] {
            #expect(identity.read(text).messages.count == 1, "\(text)")
        }
        #expect(identity.hints("aut") == ["did you mean `auto`?"])
    }

    @Test func exclusions() {
        exclusion.check("[node_modules, ./a//b/, a/b]", #"["node_modules","a/b"]"#)
        for path in ["/abs", "a/../b", "..", ".", "''"] {
            #expect(exclusion.read("[\(path)]").messages.count == 1, "\(path)")
        }
        #expect(exclusion.read("node_modules").messages == ["error: s must be a list, but is a string"])
    }
}
