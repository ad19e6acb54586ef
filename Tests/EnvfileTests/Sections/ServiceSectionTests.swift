import Testing
import Vocabulary

@testable import Envfile

/// The smaller sections of a service.
@Suite(.timeLimit(.minutes(2))) struct ServiceSectionTests {
    private let health = Section(decode: HealthCheck.decoded) { content, _ in content.rendered() }
    private let logging = Section(decode: LoggingSettings.decoded) { content, _ in content.rendered() }
    private let blockIO = Section(decode: BlockIOSettings.decoded) { $0.rendered($1) }
    private let credentials = Section(decode: CredentialSpecification.decoded) { content, _ in content.rendered() }
    private let provider = Section(decode: ServiceProvider.decoded) { content, _ in content.rendered() }
    private let develop = Section(decode: Development.decoded) { content, _ in content.rendered() }
    private let hooks = Section(decode: LifecycleHook.decodedList) { list, _ in .list(list.map { $0.rendered() }) }
    private let limits = Section(decode: Ulimit.decodedMap) { Ulimit.rendered($0, $1) ?? .map([]) }
    private let devices = Section(decode: { DeviceMapping.decodedList(from: $0).map(\.value) }) { list, _ in
        .list(list.map { $0.rendered() })
    }

    @Test(arguments: [
        (
            "{test: 'mysqladmin ping', interval: 3s, retries: 5, start_period: 30s}",
            #"{"interval":"3s","retries":5,"start_period":"30s","test":["CMD-SHELL","mysqladmin ping"]}"#
        ),
        ("{test: [CMD, a, b]}", #"{"test":["CMD","a","b"]}"#),
        ("{test: [CMD-SHELL, a b]}", #"{"test":["CMD-SHELL","a b"]}"#),
        ("{test: [NONE]}", #"{"test":["NONE"]}"#), ("{test: []}", "{}"), ("{disable: true}", #"{"disable":true}"#),
        ("{disable: false, retries: 0, timeout: 0s}", #"{"retries":0,"timeout":"0s"}"#),
        (
            "{interval: 1m30s, timeout: 1h, start_interval: 1500ms}",
            #"{"interval":"1m30s","start_interval":"1.5s","timeout":"1h0m0s"}"#
        ),
        (
            "{interval: 250ms, timeout: 1.5ms, start_period: 1d}",
            #"{"interval":"250ms","start_period":"24h0m0s","timeout":"1.5ms"}"#
        ),
        ("{interval: 1500ns, timeout: 3ns}", #"{"interval":"1.5µs","timeout":"3ns"}"#),
    ])
    func healthChecks(text: String, json: String) {
        health.check(text, json)
    }

    @Test(arguments: [
        SectionCase("a", "error: s must be a mapping, but is a string"),
        SectionCase("{tests: a}", "error: unknown key `tests` in s"),
        SectionCase("{test: [curl, x]}", "error: s.test begins with `curl`, which says not how to run it"),
        SectionCase("{test: [cmd]}", "error: s.test begins with `cmd`, which says not how to run it"),
        SectionCase(
            "{test: {a: b}}",
            "error: s.test must be a string, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`, but is a mapping"),
        SectionCase(
            "{retries: -1}", "error: s.retries must be a number of checks from 0 to 9223372036854775807, but is -1"),
        SectionCase(
            "{interval: 3}",
            "error: s.interval must be a duration such as `10s`, `1m30s` or `500ms`, but is the number 3"),
        SectionCase("{interval: soon}", "error: `soon` is no duration"),
        SectionCase("{disable: 3}", "error: s.disable must be true or false, but is the number 3"),
    ])
    func badHealthChecks(_ example: SectionCase) {
        #expect(health.read(example.text).messages == example.expected)
    }

    @Test func remediesOfHealthChecks() {
        #expect(health.hints("{test: [cmd]}") == ["did you mean `CMD`?"])
        #expect(health.hints("{test: [curl]}") == ["write `CMD` before it"])
        #expect(health.hints("{interval: 3}") == ["add a unit: `3s`"])
    }

    @Test func logs() {
        logging.check(
            "{driver: json-file, options: {max-size: 10m, max-file: 3, x: }}",
            #"{"driver":"json-file","options":{"max-file":"3","max-size":"10m","x":""}}"#)
        logging.check("{}", "{}")
        #expect(
            logging.read("{options: {a: true}}").messages == [
                "error: s.options.a must be a string or a number, but is the boolean true"
            ])
        #expect(logging.read("{options: [a]}").messages == ["error: s.options must be a mapping, but is a list"])
        #expect(logging.hints("{option: {}}") == ["did you mean `options`?"])
    }

    @Test func blockDevices() {
        blockIO.check(
            """
            weight: 300
            weight_device: [{path: /dev/sda, weight: 400}]
            device_read_bps: [{path: /dev/sdb, rate: 12mb}]
            device_read_iops: [{path: /dev/sdb, rate: 120}]
            device_write_bps: []
            device_write_iops: [{path: /dev/sdb, rate: '30'}]
            """,
            #"{"device_read_bps":[{"Path":"/dev/sdb","Rate":"12582912"}],"#
                + #""device_read_iops":[{"Path":"/dev/sdb","Rate":"120"}],"#
                + #""device_write_iops":[{"Path":"/dev/sdb","Rate":"30"}],"weight":300,"#
                + #""weight_device":[{"Path":"/dev/sda","Weight":400}]}"#)
        #expect(blockIO.read("{weight: 5}").messages == ["error: s.weight must be a weight from 10 to 1000, but is 5"])
        #expect(
            blockIO.read("{weight_device: [{path: x}]}").messages == ["error: s.weight_device[0] has no `weight`"])
        #expect(blockIO.read("{device_read_bps: [{path: x, rate: y}]}").messages == ["error: `y` is no size"])
        #expect(blockIO.read("{device_read_bps: [x]}").messages.count == 1)
        #expect(blockIO.hints("{wieght: 5}") == ["did you mean `weight`?"])
    }

    @Test func accountsAndProviders() {
        credentials.check("{file: a.json}", #"{"file":"a.json"}"#)
        credentials.check("{config: c, registry: r}", #"{"config":"c","registry":"r"}"#)
        #expect(credentials.read("{file: 3}").messages == ["error: s.file must be a string, but is the number 3"])
        provider.check(
            "{type: cloud, options: {a: b, n: 3, l: [x, true]}}",
            #"{"options":{"a":["b"],"l":["x","true"],"n":["3"]},"type":"cloud"}"#)
        provider.check("{type: cloud}", #"{"type":"cloud"}"#)
        #expect(
            provider.read("{options: {a: }}").messages == [
                "error: s has no `type`", "error: s.options.a must be a string, number or boolean, but is empty",
            ])
    }

    @Test func watches() {
        develop.check(
            """
            watch:
              - {action: sync, path: ./web, target: /src, ignore: [node_modules/], include: '*.js', initial_sync: true}
              - {action: rebuild, path: /abs/package.json}
              - {action: sync+exec, path: ., target: /x, exec: {command: make all, user: root}}
            """,
            #"{"watch":[{"action":"sync","ignore":["node_modules/"],"include":["*.js"],"initial_sync":true,"#
                + #""path":"/srv/shop/web","target":"/src"},{"action":"rebuild","path":"/abs/package.json"},"#
                + #"{"action":"sync+exec","exec":{"command":["make","all"],"user":"root"},"path":"/srv/shop","target":"/x"}]}"#
        )
        develop.check("{}", "{}")
        #expect(develop.read("~").messages == [])
        #expect(
            develop.read("{watch: [{}]}").messages
                == ["error: s.watch[0] has no `path`", "error: s.watch[0] has no `action`"].sorted())
        #expect(
            develop.read("{watch: [{path: a, action: sync}]}").messages == [
                "error: s.watch[0] copies files (`action: sync`) but has no `target`"
            ])
        #expect(
            develop.read("{watch: [{path: a, action: sync+exec, target: /x}]}").messages == [
                "error: s.watch[0] has no `exec`, which `action: sync+exec` runs"
            ])
        #expect(
            develop.read("{watch: [{path: '', action: rebuild}]}").messages == [
                "error: s.watch[0].path must be a path, but is empty"
            ])
        #expect(develop.hints("{watch: [{path: a, action: rebuld}]}") == ["did you mean `rebuild`?"])
    }

    @Test func commandsOfALife() {
        hooks.check(
            "[{command: sh -c 'a b', user: root, privileged: true, working_dir: /x, environment: [A=b, FROM_PROCESS]}, {command: [x]}]",
            #"[{"command":["sh","-c","a b"],"environment":{"A":"b","FROM_PROCESS":"p"},"privileged":true,"user":"root","working_dir":"/x"},"#
                + #"{"command":["x"]}]"#)
        #expect(hooks.read("[{user: a}]").messages == ["error: s[0] has no `command`"])
        #expect(hooks.read("[{command: []}]").messages == ["error: s[0].command must name what to run, but is empty"])
        #expect(hooks.read("[{command: \"'a\"}]").messages.count == 1)
        #expect(hooks.read("{command: a}").messages == ["error: s must be a list, but is a mapping"])
        #expect(
            hooks.read("[{command: 3}]").messages == [
                "error: s[0].command must be a string or a list of strings, but is the number 3"
            ])
    }

    @Test func resourceLimits() {
        limits.check(
            "{nproc: 65535, nofile: {soft: 20000, hard: 40000}}",
            #"{"nofile":{"hard":40000,"soft":20000},"nproc":65535}"#)
        limits.check("{core: 0}", #"{"core":{}}"#)
        limits.check("{core: {soft: 0, hard: -1}, memlock: '-1'}", #"{"core":{"hard":-1},"memlock":-1}"#)
        limits.check("{}", "{}")
        #expect(limits.read("{core: 0}").content?["core"]?.hard == 0)
        #expect(limits.read("{nofil: 1}").messages == ["error: `nofil` is no resource limit"])
        #expect(limits.hints("{nofil: 1}") == ["did you mean `nofile`?"])
        #expect(limits.read("{nofile: {soft: 1}}").messages == ["error: s.nofile has no `hard`"])
        #expect(
            limits.read("{nofile: {soft: 2, hard: 1}}").messages == [
                "error: the soft limit 2 in s.nofile is above the hard limit 1"
            ])
        #expect(limits.read("{nofile: {soft: -1, hard: 1}}").messages.count == 1)
        #expect(limits.read("{nofile: -2}").messages.count == 1)
        #expect(limits.read("[nofile]").messages == ["error: s must be a mapping, but is a list"])
        #expect(limits.read("{nofile: many}").messages == ["error: s.nofile must be a limit or -1, but is a string"])
    }

    @Test func hostDevices() {
        devices.check(
            "[/dev/kvm, '/dev/a:/dev/b', '/dev/a:/dev/a:r', vendor.org/class=name]",
            #"[{"permissions":"rwm","source":"/dev/kvm","target":"/dev/kvm"},"#
                + #"{"permissions":"rwm","source":"/dev/a","target":"/dev/b"},"#
                + #"{"permissions":"r","source":"/dev/a","target":"/dev/a"},"#
                + #"{"permissions":"rwm","source":"vendor.org/class=name","target":"vendor.org/class=name"}]"#)
        devices.check(
            "[{source: /dev/a}, {source: vendor.org/class=name, target: /x, permissions: rw}]",
            #"[{"permissions":"rwm","source":"/dev/a","target":"/dev/a"},"#
                + #"{"permissions":"rw","source":"vendor.org/class=name","target":"/x"}]"#)
        let device = devices.read("['/dev/a:/dev/b:rw']").content?.first
        #expect(device?.source == "/dev/a")
        #expect(device?.target == "/dev/b")
        #expect(device?.permissions == "rw")
        #expect(devices.read("['a:b:c:d']").messages == ["error: `a:b:c:d` is no device: it has too many `:`"])
        #expect(devices.read("['/a:/b:x']").messages == ["error: `x` are no permissions of a device"])
        #expect(
            devices.read("['/dev/a:b']").messages == [
                "error: the device target `b` must be an absolute path in the container"
            ])
        #expect(devices.read("[{target: /x}]").messages == ["error: s[0] has no `source`"])
        #expect(
            devices.read("[3]").messages == [
                "error: s[0] must be a string such as \"/dev/kvm\" or a mapping, but is the number 3"
            ])
    }

    @Test func languageModels() {
        let bindings = Section(decode: { ModelBinding.decodedList(from: $0).map(\.value) }) { list, _ in
            .map(list.map { .init($0.model, $0.rendered()) })
        }
        bindings.check("[a, b]", #"{"a":null,"b":null}"#)
        bindings.check(
            "{a: {endpoint_var: U, model_var: M}, b: }", #"{"a":{"endpoint_var":"U","model_var":"M"},"b":null}"#)
        #expect(bindings.read("[a, a]").messages == ["error: the model `a` is listed twice"])
        #expect(bindings.read("a").messages == ["error: s must be a list or a mapping of models, but is a string"])
        let definition = Section(decode: { ModelDefinition.decoded(named: "m", from: $0) }) { content, _ in
            content.rendered()
        }
        definition.check(
            "{model: ai/x, name: n, context_size: 1024, runtime_flags: [--a]}",
            #"{"context_size":1024,"model":"ai/x","name":"n","runtime_flags":["--a"]}"#)
        #expect(definition.read("{name: n}").messages == ["error: s has no `model`"])
        #expect(definition.read("{model: a, context_size: -1}").messages.count == 1)
    }
}
