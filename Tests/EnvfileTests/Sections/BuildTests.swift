import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct BuildTests {
    private let section = Section(decode: Build.decoded) { $0.rendered($1) }

    @Test(arguments: [
        (".", #"{"context":"/srv/shop","dockerfile":"Dockerfile"}"#),
        ("./app/../web", #"{"context":"/srv/shop/web","dockerfile":"Dockerfile"}"#),
        ("/src/", #"{"context":"/src/","dockerfile":"Dockerfile"}"#),
        ("~/src", #"{"context":"/home/dev/src","dockerfile":"Dockerfile"}"#),
        ("''", #"{"context":"/srv/shop","dockerfile":"Dockerfile"}"#),
        ("{}", #"{"context":"/srv/shop","dockerfile":"Dockerfile"}"#),
        ("https://x.org/a.git#v1:dir", #"{"context":"https://x.org/a.git#v1:dir","dockerfile":"Dockerfile"}"#),
        ("git@x.org:a/b.git", #"{"context":"git@x.org:a/b.git","dockerfile":"Dockerfile"}"#),
        ("github.com/a/b", #"{"context":"github.com/a/b","dockerfile":"Dockerfile"}"#),
        (
            "{context: backend, target: builder, dockerfile: Dockerfile.smtpd}",
            #"{"context":"/srv/shop/backend","dockerfile":"Dockerfile.smtpd","target":"builder"}"#
        ),
        ("{dockerfile_inline: FROM x}", #"{"context":"/srv/shop","dockerfile_inline":"FROM x"}"#),
    ])
    func contexts(text: String, json: String) {
        section.check(text, json)
    }

    @Test(arguments: [
        (
            "args: {A: 1, B: true, FROM_PROCESS: , NOWHERE: , E: ''}",
            #""args":{"A":"1","B":"true","E":"","FROM_PROCESS":"p"}"#
        ),
        ("args: [A=x=y, FROM_FILE, NOWHERE]", #""args":{"A":"x=y","FROM_FILE":"f"}"#),
        (
            "additional_contexts: [a=./x, b=docker-image://alpine, c=service:base, d=/y/]",
            #""additional_contexts":{"a":"/srv/shop/x","b":"docker-image://alpine","c":"service:base","d":"/y/"}"#
        ),
        ("additional_contexts: {a: https://x.org/y}", #""additional_contexts":{"a":"https://x.org/y"}"#),
        ("cache_from: [a, b]", #""cache_from":["a","b"]"#), ("cache_to: [c]", #""cache_to":["c"]"#),
        ("entitlements: [network.host]", #""entitlements":["network.host"]"#),
        ("extra_hosts: [b=::1, 'a:10.0.0.1']", #""extra_hosts":["a=10.0.0.1","b=::1"]"#),
        (
            "extra_hosts: {a: [10.0.0.2, '[::1]'], h: host-gateway}",
            #""extra_hosts":["a=10.0.0.2","a=::1","h=host-gateway"]"#
        ),
        ("extra_hosts: {}", ""), ("isolation: process", #""isolation":"process""#),
        ("labels: [a=b, c]", #""labels":{"a":"b","c":""}"#), ("network: host", #""network":"host""#),
        ("no_cache: true", #""no_cache":true"#), ("no_cache: false", ""),
        ("no_cache_filter: base", #""no_cache_filter":["base"]"#),
        ("platforms: [linux/amd64]", #""platforms":["linux/amd64"]"#), ("privileged: 'true'", #""privileged":true"#),
        ("provenance: mode=max", #""provenance":"mode=max""#), ("provenance: false", #""provenance":"false""#),
        ("pull: true", #""pull":true"#), ("sbom: true", #""sbom":"true""#),
        (
            "secrets: [a, {source: b, target: id, uid: '1', gid: '2', mode: 0440}]",
            #""secrets":[{"source":"a"},{"gid":"2","mode":288,"source":"b","target":"id","uid":"1"}]"#
        ),
        ("shm_size: 64m", #""shm_size":"67108864""#), ("shm_size: 128", #""shm_size":"128""#), ("shm_size: 0", ""),
        ("ssh: [default, k=~/.ssh/k, a=sock]", #""ssh":["a=/srv/shop/sock","default","k=/home/dev/.ssh/k"]"#),
        ("ssh: {default: , k: /k}", #""ssh":["default","k=/k"]"#), ("tags: [a, b, a]", #""tags":["a","b"]"#),
        ("target: ''", ""), ("ulimits: {nproc: 3}", #""ulimits":{"nproc":3}"#), ("x-note: 1", ""),
    ])
    func attributes(text: String, member: String) {
        let members = [#""context":"/srv/shop""#, #""dockerfile":"Dockerfile""#, member].filter { !$0.isEmpty }
        let (content, messages) = section.read(text)
        #expect(messages == [])
        let json = content.map { compact($0.rendered(.json)) } ?? ""
        let expected = members.sorted { $0.prefix { $0 != ":" } < $1.prefix { $0 != ":" } }
        #expect(json == "{" + expected.joined(separator: ",") + "}")
        section.check(text, json)
    }

    @Test(arguments: [
        SectionCase("3", "error: s must be a path, a URL or a mapping, but is the number 3"),
        SectionCase("", "error: s must be a path, a URL or a mapping, but is empty"),
        SectionCase("[a]", "error: s must be a path, a URL or a mapping, but is a list"),
        SectionCase("{dockerfil: x}", "error: unknown key `dockerfil` in s"),
        SectionCase(
            "{dockerfile: a, dockerfile_inline: FROM b}", "error: s has both a `dockerfile` and a `dockerfile_inline`"),
        SectionCase("{args: 3}", "error: s.args must be a mapping or a list of `NAME=value`, but is the number 3"),
        SectionCase("{args: [=x]}", "error: `` is no name of an environment variable"),
        SectionCase("{additional_contexts: [a]}", "error: `a` is no additional context"),
        SectionCase(
            "{additional_contexts: {a: 1}}", "error: s.additional_contexts.a must be a string, but is the number 1"),
        SectionCase("service:base", "error: the service `base` cannot be the context itself"),
        SectionCase(
            "{ssh: default}", "error: s.ssh must be a mapping or a list of `default` or `ID=PATH`, but is a string"),
        SectionCase("{ssh: [key]}", "error: the ssh key `key` has no path"),
        SectionCase("{shm_size: much}", "error: `much` is no size"),
        SectionCase("{pull: maybe}", "error: s.pull must be true or false, but is a string"),
        SectionCase("{tags: x}", "error: s.tags must be a list, but is a string"),
        SectionCase(
            "{sbom: 3}", "error: s.sbom must be true, false or a string such as \"mode=max\", but is the number 3"),
        SectionCase("{extra_hosts: [a]}", "error: `a` gives the host no address"),
        SectionCase("{extra_hosts: [a=b]}", "error: `b` is no IP address"),
        SectionCase("{extra_hosts: {'a:b': '::1'}}", "error: `a:b` is no host name"),
        SectionCase("{secrets: [{target: x}]}", "error: s.secrets[0] has no `source`"),
        SectionCase(
            "{context: ~other/x}", "error: the home directory of another user in `~other/x` cannot be resolved"),
    ])
    func namesWhatIsWrong(_ example: SectionCase) {
        #expect(section.read(example.text).messages == example.expected)
    }

    @Test func suggestsTheNearestKey() {
        #expect(section.hints("{dockerfil: x}") == ["did you mean `dockerfile`?"])
        #expect(section.hints("{ssh: default}") == ["write it as a list: `[\"default\"]`"])
    }
}
