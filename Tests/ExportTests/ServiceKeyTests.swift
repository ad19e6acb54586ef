import Envfile
import Testing

@testable import Export

/// Every key of a service in Compose's schema changes what each writer writes, or is reported.
@Suite(.timeLimit(.minutes(2))) struct ServiceKeyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var body: String
        /// The lines of the service without the key.
        var base: String
        /// The forms in which the key has no effect: `k`, `s`, `q` and `c`.
        var silent: String

        init(_ name: String, _ body: String, over base: String = "", silent: String = "") {
            (self.name, self.body, self.base, self.silent) = (name, body, base, silent)
        }

        var testDescription: String { name }
    }

    private static let forms: [(letter: Character, export: @Sendable (ExportRequest) -> ExportResult)] = [
        ("k", { KubernetesExport.export($0) }), ("s", { StackExport.export($0) }),
        ("q", { QuadletExport.export($0) }), ("c", { ComposeExport.export($0) }),
    ]

    private func text(_ lines: String) -> String {
        """
        services:
          db: { image: pg, volumes: [data:/x] }
          app:
            image: web
            \(lines)
        volumes: { data: {} }
        networks: { front: { ipam: { config: [{ subnet: 10.9.0.0/24 }] } } }
        secrets: { key: { environment: KEY } }
        configs: { conf: { content: a } }
        models: { llm: { model: x } }

        """
    }

    private func written(_ lines: String, _ export: (ExportRequest) -> ExportResult) throws -> (String, [String]) {
        let fixture = ExportFixture(
            file: "/srv/shop/compose.yaml", files: ["/srv/shop/src/a": "1"], process: ["KEY": "hush"])
        let result = export(try fixture.request(text(lines)))
        return (
            result.files.map { "\($0.path)\n\($0.text)" }.joined(),
            result.losses.map { "\($0.severity) \($0.key): \($0.reason)" }
        )
    }

    @Test(arguments: rows) func isWrittenOrReported(_ row: Row) throws {
        for form in Self.forms {
            let (plain, known) = try written(row.base, form.export)
            let (text, losses) = try written(row.body, form.export)
            let isSilent = plain == text && losses.allSatisfy(known.contains)
            #expect(isSilent == row.silent.contains(form.letter), "\(row.name) in the form \(form.letter): \(losses)")
        }
    }

    /// A mount of an image is one of Compose, which no other form has.
    @Test func composeKeepsMountsThatTriceDoesNotMake() throws {
        let (text, losses) = try written("volumes: [{ type: image, source: pg, target: /d }]") {
            ComposeExport.export($0)
        }
        #expect(text.contains("type: image") && losses.isEmpty, "\(losses) in\n\(text)")
    }

    @Test func servicesOfOtherEnvironmentsAreReported() throws {
        let envfile = """
            services:
              web: { image: web, depends_on: [store] }
              store: { external: { environment: shop, service: db } }

            """
        let remedies: [Character: String] = [
            "k": "the type ExternalName that leads to db.NAMESPACE.svc", "s": "--driver overlay NAME",
            "q": "podman network create", "c": "docker network create NAME",
        ]
        for form in Self.forms {
            let result = form.export(try ExportFixture().request(envfile))
            #expect(result.losses.map(\.key) == ["services.store.external"], "\(result.losses)")
            let loss = try #require(result.losses.first)
            #expect(loss.severity == .loss && loss.line == 3 && loss.file == "/srv/shop/Envfile")
            #expect(loss.reason.contains("`db` of the environment `shop`"))
            #expect(loss.remedy.contains(try #require(remedies[form.letter])), "\(loss.remedy)")
            #expect(!result.stream.contains("store"), "\(result.stream)")
        }
    }

    /// The names are those of compose-spec's schema.
    private static let rows: [Row] = [
        Row("annotations", "annotations: { a: b }"),
        Row("attach", "attach: false", silent: "ksq"),
        Row("blkio_config", "blkio_config: { weight: 300 }"),
        Row("cap_add", "cap_add: [NET_ADMIN]"),
        Row("cap_drop", "cap_drop: [NET_RAW]"),
        Row("cgroup", "cgroup: host"),
        Row("cgroup_parent", "cgroup_parent: m-x"),
        Row("command", "command: [serve]"),
        Row("configs", "configs: [conf]"),
        Row("container_name", "container_name: maria"),
        Row("cpu_period", "cpu_period: 50000\n    cpu_quota: 20000"),
        Row("cpu_quota", "cpu_quota: 20000"),
        Row("cpu_rt_period", "cpu_rt_period: 90000"),
        Row("cpu_rt_runtime", "cpu_rt_runtime: 9000"),
        Row("cpu_shares", "cpu_shares: 99"),
        Row("cpus", "cpus: 0.5"),
        Row("cpuset", #"cpuset: "0""#),
        Row("depends_on", "depends_on: [db]"),
        Row(
            "depends_on.restart", "depends_on: { db: { condition: service_started, restart: true } }",
            over: "depends_on: [db]", silent: "sq"),
        Row(
            "depends_on.required", "depends_on: { db: { condition: service_started, required: false } }",
            over: "depends_on: [db]", silent: "ks"),
        Row("deploy.mode", "deploy: { mode: global }", silent: "q"),
        Row("deploy.endpoint_mode", "deploy: { endpoint_mode: dnsrr }", silent: "q"),
        Row("deploy.labels", "deploy: { labels: { a: b } }", silent: "q"),
        Row("deploy.replicas", "deploy: { replicas: 3 }"),
        Row("deploy.resources.limits.pids", "deploy: { resources: { limits: { pids: 50 } } }"),
        Row("deploy.resources.limits.memory", "deploy: { resources: { limits: { memory: 50m } } }"),
        Row("deploy.resources.reservations.memory", "deploy: { resources: { reservations: { memory: 50m } } }"),
        Row(
            "deploy.resources.reservations.cpus", #"deploy: { resources: { reservations: { cpus: "0.5" } } }"#,
            silent: "q"),
        Row(
            "deploy.resources.reservations.generic",
            "deploy: { resources: { reservations: { generic_resources: [{ discrete_resource_spec: { kind: gpu, value: 2 } }] } } }"
        ),
        Row(
            "deploy.resources.reservations.devices",
            "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 2 }] } } }"),
        Row("deploy.restart_policy", "deploy: { restart_policy: { condition: any } }", silent: "k"),
        Row(
            "deploy.restart_policy.delay", "deploy: { restart_policy: { condition: any, delay: 9s } }",
            over: "deploy: { restart_policy: { condition: any } }"),
        Row(
            "deploy.restart_policy.max", "deploy: { restart_policy: { condition: any, max_attempts: 3 } }",
            over: "deploy: { restart_policy: { condition: any } }"),
        Row(
            "deploy.restart_policy.window", "deploy: { restart_policy: { condition: any, window: 3s } }",
            over: "deploy: { restart_policy: { condition: any } }"),
        Row("deploy.update_config.par", "deploy: { update_config: { parallelism: 2 } }", silent: "q"),
        Row("deploy.update_config.delay", "deploy: { update_config: { delay: 9s } }", silent: "q"),
        Row("deploy.update_config.monitor", "deploy: { update_config: { monitor: 9s } }", silent: "q"),
        Row("deploy.update_config.order", "deploy: { update_config: { order: start-first } }", silent: "q"),
        Row(
            "deploy.update_config.max_failure_ratio", "deploy: { update_config: { max_failure_ratio: 0.5 } }",
            silent: "q"),
        Row("deploy.rollback_config", "deploy: { rollback_config: { parallelism: 2 } }", silent: "q"),
        Row(
            "deploy.placement.constraints", #"deploy: { placement: { constraints: ["node.role == manager"] } }"#,
            silent: "q"),
        Row(
            "deploy.placement.preferences", "deploy: { placement: { preferences: [{ spread: node.labels.zone }] } }",
            silent: "q"),
        Row("deploy.placement.max", "deploy: { placement: { max_replicas_per_node: 1 } }", silent: "q"),
        Row("develop", "develop: { watch: [{ path: ./src, action: sync, target: /s }] }", silent: "ksq"),
        Row("device_cgroup_rules", #"device_cgroup_rules: ["c 1:3 r"]"#),
        Row("devices", #"devices: ["/dev/null:/dev/nil"]"#),
        Row("dns", "dns: [10.0.0.1]"),
        Row("dns_opt", "dns_opt: [rotate]"),
        Row("dns_search", "dns_search: [corp.example]"),
        Row("domainname", "domainname: corp.example"),
        Row("entrypoint", "entrypoint: [serve2]"),
        Row("environment", "environment: { A: b }"),
        Row("expose", #"expose: ["99"]"#, silent: "sq"),
        Row("external_links", "external_links: [other]"),
        Row("extra_hosts", #"extra_hosts: ["h:10.1.1.1"]"#),
        Row("gpus", "gpus: all"),
        Row("group_add", #"group_add: ["99"]"#),
        Row("healthcheck", #"healthcheck: { test: [CMD, "true"] }"#),
        Row(
            "healthcheck.interval", #"healthcheck: { test: [CMD, "true"], interval: 7s }"#,
            over: #"healthcheck: { test: [CMD, "true"] }"#),
        Row(
            "healthcheck.start_interval", #"healthcheck: { test: [CMD, "true"], start_interval: 7s }"#,
            over: #"healthcheck: { test: [CMD, "true"] }"#),
        Row(
            "healthcheck.start_period", #"healthcheck: { test: [CMD, "true"], start_period: 300s }"#,
            over: #"healthcheck: { test: [CMD, "true"] }"#),
        Row(
            "healthcheck.timeout", #"healthcheck: { test: [CMD, "true"], timeout: 7s }"#,
            over: #"healthcheck: { test: [CMD, "true"] }"#),
        Row(
            "healthcheck.retries", #"healthcheck: { test: [CMD, "true"], retries: 9 }"#,
            over: #"healthcheck: { test: [CMD, "true"] }"#),
        Row("hostname", "hostname: hh"),
        Row("init", "init: true"),
        Row("ipc", "ipc: host"),
        Row("labels", "labels: { a: b }"),
        Row("links", #"links: ["db:dd"]"#),
        Row("logging", "logging: { driver: local }"),
        Row("mac_address", #"mac_address: "02:42:ac:11:65:43""#),
        Row("mem_limit", "mem_limit: 50m"),
        Row("mem_reservation", "mem_reservation: 50m"),
        Row("mem_swappiness", "mem_swappiness: 5"),
        Row("memswap_limit", "mem_limit: 50m\n    memswap_limit: 90m", over: "mem_limit: 50m"),
        Row("models", "models: [llm]"),
        Row("network_mode", "network_mode: none"),
        Row("network_mode.host", "network_mode: host"),
        Row("network_mode.service", #"network_mode: "service:db""#),
        Row("networks", "networks: [front]"),
        Row("networks.aliases", "networks: { front: { aliases: [al] } }", over: "networks: [front]"),
        Row("networks.ipv4", "networks: { front: { ipv4_address: 10.9.0.9 } }", over: "networks: [front]"),
        Row("networks.link_local", "networks: { front: { link_local_ips: [169.254.9.9] } }", over: "networks: [front]"),
        Row("networks.mac", #"networks: { front: { mac_address: "02:42:ac:11:65:43" } }"#, over: "networks: [front]"),
        Row("networks.interface_name", "networks: { front: { interface_name: ethx } }", over: "networks: [front]"),
        Row(
            "networks.driver_opts",
            "networks: { front: { driver_opts: { com.docker.network.endpoint.sysctls: net.ipv4.conf.IFNAME.log_martians=1 } } }",
            over: "networks: [front]"),
        Row(
            "networks.gw_priority", "networks: { front: { gw_priority: 5 }, default: {} }",
            over: "networks: [front, default]", silent: "k"),
        Row(
            "networks.priority", "networks: { front: { priority: 5 }, default: {} }",
            over: "networks: [front, default]", silent: "k"),
        Row("oom_kill_disable", "oom_kill_disable: true"),
        Row("oom_score_adj", "oom_score_adj: 99"),
        Row("pid", "pid: host"),
        Row("pids_limit", "pids_limit: 99"),
        Row("platform", "platform: linux/amd64"),
        Row("ports", #"ports: ["8080:80"]"#),
        Row("ports.host_ip", #"ports: ["10.9.9.9:8080:80"]"#, over: #"ports: ["8080:80"]"#, silent: "k"),
        Row(
            "ports.mode", "ports: [{ target: 80, published: 8080, mode: host }]", over: #"ports: ["8080:80"]"#,
            silent: "kq"),
        Row(
            "ports.app_protocol", "ports: [{ target: 80, published: 8080, app_protocol: http }]",
            over: #"ports: ["8080:80"]"#, silent: "sq"),
        Row(
            "ports.name", "ports: [{ target: 80, published: 8080, name: nm }]", over: #"ports: ["8080:80"]"#,
            silent: "sq"),
        Row("ports.range", #"ports: ["8080-8090:80"]"#, over: #"ports: ["8080:80"]"#, silent: "k"),
        Row("post_start", "post_start: [{ command: [true1] }]"),
        Row("pre_start", #"pre_start: [{ command: [pre1], image: "nginx:1" }]"#),
        Row("pre_stop", "pre_stop: [{ command: [true1] }]"),
        Row("pre_stop.user", "pre_stop: [{ command: [true1], user: root }]"),
        Row(
            "pre_stop.env", "pre_stop: [{ command: [true1], environment: { X: y } }]"),
        Row("privileged", "privileged: true"),
        Row("profiles", "profiles: [dev]"),
        Row("provider", "provider: { type: x }"),
        Row("pull_policy", "pull_policy: always"),
        Row("read_only", "read_only: true"),
        Row("restart", "restart: always", silent: "k"),
        Row("restart.no", #"restart: "no""#, silent: "sq"),
        Row("restart.onfailure", #"restart: "on-failure:3""#),
        Row("runtime", "runtime: runsc"),
        Row("scale", "scale: 3"),
        Row("secrets", "secrets: [key]"),
        Row("security_opt.seccomp", #"security_opt: ["seccomp:unconfined"]"#),
        Row("security_opt.nnp", #"security_opt: ["no-new-privileges:true"]"#),
        Row("security_opt.apparmor", #"security_opt: ["apparmor:prof"]"#),
        Row("security_opt.label", #"security_opt: ["label:type:svirt_t"]"#),
        Row("shm_size", "shm_size: 99m"),
        Row("stdin_open", "stdin_open: true"),
        Row("stop_grace_period", "stop_grace_period: 33s"),
        Row("stop_signal", "stop_signal: SIGINT"),
        Row("storage_opt", "storage_opt: { size: 5G }"),
        Row("sysctls", "sysctls: { net.core.somaxconn: 999 }"),
        Row("tmpfs", "tmpfs: [/t]"),
        Row("tty", "tty: true"),
        Row("ulimits", "ulimits: { nofile: 999 }"),
        Row("use_api_socket", "use_api_socket: true"),
        Row("user", #"user: "99:98""#),
        Row("userns_mode", "userns_mode: host"),
        Row("uts", "uts: host"),
        Row("volumes", #"volumes: ["data:/d"]"#),
        Row("volumes.ro", #"volumes: ["data:/d:ro"]"#, over: #"volumes: ["data:/d"]"#),
        Row(
            "volumes.subpath", "volumes: [{ type: volume, source: data, target: /d, volume: { subpath: s } }]",
            over: #"volumes: ["data:/d"]"#),
        Row(
            "volumes.nocopy", "volumes: [{ type: volume, source: data, target: /d, volume: { nocopy: true } }]",
            over: #"volumes: ["data:/d"]"#, silent: "k"),
        Row("volumes.labels", "volumes: [{ type: volume, target: /d, volume: { labels: { a: b } } }]"),
        Row("volumes.bind", #"volumes: ["./src:/d:ro"]"#),
        Row(
            "volumes.bind.propagation",
            "volumes: [{ type: bind, source: ./src, target: /d, read_only: true, bind: { propagation: rshared } }]",
            over: #"volumes: ["./src:/d:ro"]"#, silent: "k"),
        Row(
            "volumes.bind.recursive",
            "volumes: [{ type: bind, source: ./src, target: /d, read_only: true, bind: { recursive: disabled } }]",
            over: #"volumes: ["./src:/d:ro"]"#, silent: "k"),
        Row("volumes.tmpfs", "volumes: [{ type: tmpfs, target: /d, tmpfs: { size: 9m } }]"),
        Row("volumes.tmpfs.mode", "volumes: [{ type: tmpfs, target: /d, tmpfs: { mode: 0700 } }]", over: "tmpfs: [/d]"),
        Row("volumes.image", #"volumes: [{ type: image, source: "nginx:1", target: /d }]"#),
        Row("volumes_from", "volumes_from: [db]"),
        Row("working_dir", "working_dir: /w"),
    ]
}
