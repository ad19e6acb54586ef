import Testing
import Vocabulary

@testable import Envfile

/// The attributes of a service that are one value or a list: what each is shown as, and what is wrong with it.
@Suite(.timeLimit(.minutes(2))) struct ServiceAttributeTests {
    /// The attribute's body, and the JSON that it is shown as; `nil` when it says nothing and is left out.
    private static let shown: [(key: String, body: String, json: String?)] = [
        ("annotations", "[a=b, c]", #"{"a":"b","c":""}"#), ("attach", "false", "false"), ("attach", "true", "true"),
        ("cap_add", "[NET_ADMIN, ALL, NET_ADMIN]", #"["NET_ADMIN","ALL"]"#), ("cap_drop", "[]", nil),
        ("cgroup", "host", #""host""#), ("cgroup", "private", #""private""#), ("cgroup_parent", "m-x", #""m-x""#),
        ("container_name", "one", #""one""#), ("cpu_count", "2", "2"), ("cpu_percent", "50", "50"),
        ("cpu_period", "'20ms'", "20000"), ("cpu_quota", "50000", "50000"), ("cpu_rt_period", "1400us", "1400"),
        ("cpu_rt_runtime", "'400'", "400"), ("cpu_shares", "73", "73"), ("cpus", "0.50", "0.5"),
        ("cpus", "'2'", "2"), ("cpus", "0", nil), ("cpuset", "'0,1'", #""0,1""#),
        ("device_cgroup_rules", "[c 1:3 mr]", #"["c 1:3 mr"]"#), ("dns", "8.8.8.8", #"["8.8.8.8"]"#),
        ("dns", "[8.8.8.8, 9.9.9.9, 8.8.8.8]", #"["8.8.8.8","9.9.9.9"]"#), ("dns_opt", "[use-vc]", #"["use-vc"]"#),
        ("dns_search", "x.org", #"["x.org"]"#), ("domainname", "x.org", #""x.org""#),
        ("expose", "[3000, '4000-4005/udp', 3000]", #"["3000","4000-4005/udp"]"#),
        ("external_links", "[redis_1, 'p:q']", #"["redis_1","p:q"]"#),
        (
            "extra_hosts", "['b:::1', a=10.0.0.1, 'c:[::1]', h=host-gateway]",
            #"["a=10.0.0.1","b=::1","c=::1","h=host-gateway"]"#
        ),
        ("group_add", "[mail, 1000]", #"["mail","1000"]"#), ("hostname", "h", #""h""#), ("init", "false", "false"),
        ("init", "true", "true"), ("ipc", "host", #""host""#), ("isolation", "process", #""process""#),
        ("links", "[db, 'db:data']", #"["db","db:data"]"#),
        ("mac_address", "02:42:ac:11:65:43", #""02:42:ac:11:65:43""#),
        ("mem_limit", "1.5gb", #""1610612736""#), ("mem_limit", "0", nil), ("mem_reservation", "64m", #""67108864""#),
        ("mem_swappiness", "60", #""60""#), ("memswap_limit", "-1", #""-1""#),
        ("memswap_limit", "2g, mem_limit: 1g", #""2147483648""#),
        ("network_mode", "'service:db'", #""service:db""#), ("network_mode", "none", #""none""#),
        ("oom_kill_disable", "'true'", "true"), ("oom_score_adj", "-500", "-500"), ("oom_score_adj", "0", nil),
        ("pid", "host", #""host""#), ("pid", "", nil), ("pids_limit", "-1", "-1"),
        ("platform", "linux", #""linux""#),
        ("privileged", "true", "true"), ("privileged", "false", nil), ("pull_policy", "if_not_present", #""missing""#),
        ("pull_policy", "every_12h", #""every_12h""#), ("pull_policy", "daily", #""daily""#),
        ("pull_refresh_after", "1d", #""1d""#), ("read_only", "yes", "true"), ("restart", "no", #""no""#),
        ("restart", "on-failure:3", #""on-failure:3""#), ("restart", "unless-stopped", #""unless-stopped""#),
        ("restart", "''", nil), ("runtime", "runsc", #""runsc""#), ("scale", "'3'", "3"), ("scale", "0", "0"),
        ("security_opt", "['no-new-privileges:true']", #"["no-new-privileges:true"]"#),
        ("shm_size", "64m", #""67108864""#),
        ("stdin_open", "true", "true"), ("stop_grace_period", "1m", #""1m0s""#), ("stop_grace_period", "0s", #""0s""#),
        ("stop_signal", "int", #""int""#), ("storage_opt", "{ size: 1G }", #"{"size":"1G"}"#),
        ("sysctls", "{ net.core.somaxconn: 1024 }", #"{"net.core.somaxconn":"1024"}"#),
        ("sysctls", "[net.core.somaxconn=1024]", #"{"net.core.somaxconn":"1024"}"#),
        ("tmpfs", "/run", #"["/run"]"#),
        ("tmpfs", "['/run:size=1m', '/run:size=1g', /tmp]", #"["/run:size=1g","/tmp"]"#),
        ("tty", "true", "true"), ("use_api_socket", "true", "true"), ("user", "'1:2'", #""1:2""#),
        ("userns_mode", "host", #""host""#), ("uts", "host", #""host""#),
        ("volumes_from", "['db:ro']", #"["db:ro"]"#), ("working_dir", "/w", #""/w""#),
    ]

    @Test(arguments: shown.indices)
    func isShownAndReadsBack(index: Int) throws {
        let (key, body, json) = Self.shown[index]
        let text = "services: { web: { image: x, \(key): \(body) }, db: { image: x } }"
        let environment = try Fixture.compose.load(text).environment
        let service = try #require(environment.rendered(.json).member("services")?.member("web"))
        #expect(service.member(key).map(compact) == json, "\(key): \(body)")
        #expect(try Fixture.compose.load(environment.yamlText()).environment == environment, "\(key): \(body)")
        let own = try Fixture().load(text).environment
        #expect(try Fixture().load(own.yamlText()).environment == own, "\(key): \(body)")
    }

    @Test(arguments: [
        ("cgroup: shared", "services.web.cgroup must be one of `host`, `private`, but is `shared`"),
        ("container_name: a b", "`a b` is no name of a container"),
        ("cpus: many", "services.web.cpus must be a number of processors, but is a string"),
        ("cpus: -1", "services.web.cpus must be a number of processors from 0.0 to 4096.0, but is -1"),
        ("cpu_quota: soon", "services.web.cpu_quota must be a number of microseconds or a duration, but is a string"),
        ("extra_hosts: [a]", "`a` gives the host no address"), ("extra_hosts: [a=b]", "`b` is no IP address"),
        ("group_add: [true]", "services.web.group_add[0] must be a string or a number, but is the boolean true"),
        ("mem_limit: 5x", "`5x` is no size"), ("mem_limit: -1", "`-1` is no size"),
        ("oom_score_adj: 2000", "services.web.oom_score_adj must be a number from -1000 to 1000, but is 2000"),
        ("pull_policy: sometimes", "`sometimes` is no pull policy"),
        ("pull_policy: every_x", "`every_x` is no pull policy"),
        ("restart: alwys", "`alwys` is no restart policy"),
        ("restart: on-failure:x", "`on-failure:x` is no restart policy"),
        ("scale: few", "services.web.scale must be a number of containers, but is a string"),
        ("cap_add: ALL", "services.web.cap_add must be a list, but is a string"),
        ("links: [none]", "services.web depends on `none`, which is not defined"),
        ("network_mode: 'service:none'", "services.web depends on `none`, which is not defined"),
        ("volumes_from: ['none:ro']", "services.web depends on `none`, which is not defined"),
        ("secrets: [key]", "services.web uses `key` of `secrets`, which is not defined"),
        ("configs: [key]", "services.web uses `key` of `configs`, which is not defined"),
        ("models: [key]", "services.web uses `key` of `models`, which is not defined"),
        ("build: { context: ., secrets: [key] }", "services.web is built with the secret `key`, which is not defined"),
        ("network_mode: host\nnetworks: [front]", "services.web cannot join networks with `network_mode: host`"),
        ("container_name: c\nscale: 2", "services.web has 2 containers, which cannot all be named `c`"),
        ("container_name: c\ndeploy: { replicas: 2 }", "services.web has 2 containers, which cannot all be named `c`"),
        ("scale: 2\ndeploy: { replicas: 3 }", "services.web says `scale` and `deploy.replicas`, and not the same"),
        (
            "cpus: 1\ndeploy: { resources: { limits: { cpus: '2' } } }",
            "services.web says `cpus` and `deploy.resources.limits.cpus`, and not the same"
        ),
        (
            "mem_limit: 1g\ndeploy: { resources: { limits: { memory: 2g } } }",
            "services.web says `mem_limit` and `deploy.resources.limits.memory`, and not the same"
        ),
        (
            "platform: linux/amd64\nbuild: { context: ., platforms: [linux/arm64] }",
            "services.web is built for other platforms than its own, `linux/amd64`"
        ),
    ])
    func wrongAttributes(body: String, message: String) {
        #expect(Fixture().messages(Fixture.file(service: body)) == [message])
    }

    /// A compose file that Compose shows is shown; nothing comes up from it.
    @Test(arguments: [
        ("restart: alwys", "`alwys` is no restart policy"), ("hostname: a b", "`a b` is no host name"),
        ("working_dir: app", "services.web.working_dir must be an absolute path, but is `app`"),
        ("stop_signal: SIGTREM", "`SIGTREM` is no signal"), ("extra_hosts: ['a:']", "`` is no IP address"),
        ("tmpfs: '/run:sze=1'", "`sze=1` is no tmpfs option"), ("profiles: ['a b']", "`a b` is no valid profile name"),
        ("volumes: ['data:x']", "the mount target `x` must be an absolute path in the container"),
        ("ports: ['80:80', '80:81']", "the host port 80/tcp is published twice"),
        ("tmpfs: /data\nvolumes: ['data:/data']", "services.web mounts two things on `/data`"),
    ])
    func whatComposeLetsPass(body: String, message: String) throws {
        let fixture = Fixture(file: "/srv/shop/compose.yaml", profiles: ["*"])
        let loaded = try fixture.load(Fixture.file(service: body))
        #expect(loaded.unsupported.map(\.message) == [message])
        #expect(loaded.unsupported.allSatisfy { $0.severity == .error && $0.line > 0 })
        #expect(Fixture(profiles: ["*"]).messages(Fixture.file(service: body)) == [message])
    }

    @Test func twoServicesCannotShareAContainerName() {
        let text = "services: { a: { image: x, container_name: c }, b: { image: x, container_name: c } }"
        #expect(Fixture().messages(text) == ["the container name `c` is taken by the service `a`"])
    }

    @Test func whatOthersNameHasToBeThereFirst() throws {
        let service = try Fixture().service("links: ['db:data']\nvolumes_from: ['db:ro']")
        #expect(service.dependencies == [Dependency(service: "db", restarts: true)])
        let spelled = try Fixture().service("links: [db]\ndepends_on: { db: { condition: service_healthy } }")
        #expect(spelled.dependencies == [Dependency(service: "db", condition: .healthy)])
        #expect(try Fixture().service("volumes_from: [db]").dependencies == [Dependency(service: "db")])
        for key in ["network_mode", "pid", "uts"] {
            let shared = try Fixture().service("\(key): 'service:db'")
            #expect(shared.dependencies == [Dependency(service: "db", restarts: true)], "\(key)")
        }
    }

    @Test func aScaleIsAlsoTheNumberOfReplicas() throws {
        let service = try Fixture().service("scale: 2\ndeploy: { mode: replicated }")
        #expect(service.lifecycle.deployment?.replicas == 2)
    }

    @Test func networksMayBeNone() throws {
        #expect(try Fixture().service("network_mode: host").networks == [])
        #expect(try Fixture().service("networks: {}").networks == [])
        let environment = try Fixture.compose.load("services: { a: { image: x, networks: { default: {} } } }")
            .environment
        #expect(
            environment.rendered(.json).member("services")?.member("a")?.member("networks").map(compact)
                == #"{"default":{}}"#)
    }
}

extension Value {
    fileprivate func member(_ key: String) -> Value? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}
