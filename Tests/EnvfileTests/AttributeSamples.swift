/// One sample for each key: what makes a difference when it is written.
enum AttributeSamples {
    static let ofServices: [String: AttributeSample] = {
        var samples: [String: AttributeSample] = [:]
        for (place, frame) in serviceFrames {
            for (key, value) in frame.values {
                let written = frame.text == "@" ? "\(key): \(value)" : ", \(key): \(value)"
                samples[place + key] = service(
                    frame.text.replacing("@", with: written), frame.text.replacing("@", with: ""))
            }
        }
        for (place, bodies) in serviceBodies { samples[place] = service(bodies.0, bodies.1) }
        return samples
    }()

    static let ofProjects: [String: AttributeSample] = {
        var samples: [String: AttributeSample] = [:]
        for (place, frame) in projectFrames {
            for (key, value) in frame.values {
                let written = frame.text == "@" ? "\(key): \(value)" : ", \(key): \(value)"
                samples[place + key] = AttributeSample(
                    with: project(frame.text.replacing("@", with: written)),
                    without: project(frame.text.replacing("@", with: "")))
            }
        }
        for (place, texts) in projectTexts {
            samples[place] = AttributeSample(with: project(texts.0), without: project(texts.1))
        }
        return samples
    }()

    private typealias Frame = (text: String, values: [String: String])

    private static func service(_ with: String, _ without: String) -> AttributeSample {
        func file(_ body: String) -> String {
            let image = body.hasPrefix("image:") ? "" : "    image: a\n"
            return """
                services:
                  web:
                \(image)    \(body)
                  db: { image: b, environment: { D: '1' } }
                networks: { front: }
                volumes: { data: , other: }
                secrets: { key: { file: ./k }, key2: { file: ./k } }
                configs: { key: { content: x } }
                models: { m: { model: x } }

                """
        }
        return AttributeSample(with: file(with), without: file(without))
    }

    /// A file whose service uses one network, volume and secret, each defined unless the text does.
    private static func project(_ text: String) -> String {
        let definitions = [
            "networks": "{ front: }", "volumes": "{ data: }", "secrets": "{ key: { file: ./k } }",
        ].filter { !text.hasPrefix("\($0.key):") }.map { "\($0.key): \($0.value)\n" }.sorted().joined()
        return """
            services:
              web: { image: a, build: { context: ., secrets: [key] }, networks: [front], volumes: ['data:/d'] }
            \(definitions)\(text)

            """
    }

    // MARK: - Services

    private static let serviceFrames: [String: Frame] = [
        "": ("@", serviceValues),
        "build.": (
            "build: { context: .@ }",
            [
                "additional_contexts": "{ a: ./a }", "args": "{ A: b }", "cache_from": "[x]", "cache_to": "[x]",
                "dockerfile": "D", "dockerfile_inline": "FROM x", "entitlements": "[network.host]",
                "extra_hosts": "[a=10.0.0.1]", "isolation": "hyperv", "labels": "{ a: b }", "network": "host",
                "no_cache": "true", "no_cache_filter": "[a]", "platforms": "[linux/amd64]", "privileged": "true",
                "provenance": "true", "pull": "true", "sbom": "true", "secrets": "[key]", "shm_size": "64m",
                "ssh": "[default]", "tags": "['a:b']", "target": "t", "ulimits": "{ nofile: 1 }",
            ]
        ),
        "build.secrets.*.": (
            "build: { context: ., secrets: [{ source: key@ }] }",
            ["gid": "'1'", "mode": "0400", "target": "t", "uid": "'1'"]
        ),
        "deploy.": (
            "deploy: { x-a: 1@ }",
            [
                "endpoint_mode": "vip", "labels": "{ a: b }", "mode": "global", "placement": "{ constraints: [a] }",
                "replicas": "2", "resources": "{ limits: { cpus: '1' } }", "restart_policy": "{ condition: any }",
                "rollback_config": "{ parallelism: 2 }", "update_config": "{ parallelism: 2 }",
            ]
        ),
        "depends_on.*.": (
            "depends_on: { db: { condition: service_started@ } }", ["required": "false", "restart": "true"]
        ),
        "env_file.*.": ("env_file: [{ path: vars.env@ }]", ["format": "raw"]),
        "networks.*.": (
            "networks: { front: { x-a: 1@ } }",
            [
                "aliases": "[a]", "driver_opts": "{ a: b }", "gw_priority": "1", "interface_name": "eth7",
                "ipv4_address": "10.0.0.2", "ipv6_address": "'fd00::2'", "link_local_ips": "[169.254.1.1]",
                "mac_address": "'02:42:ac:11:00:02'", "priority": "1",
            ]
        ),
        "ports.*.": (
            "ports: [{ target: 80@ }]",
            [
                "app_protocol": "http", "auto_correct": "false", "host_ip": "127.0.0.2", "mode": "host", "name": "n",
                "protocol": "udp", "published": "'8080'",
            ]
        ),
        "volumes.*.": (
            "volumes: [{ type: bind, source: ., target: /a@ }]",
            [
                "bind": "{ selinux: z }", "consistency": "cached", "exclude": "[a]", "idmap": "auto",
                "read_only": "true",
            ]
        ),
        "volumes.*.bind.": (
            "volumes: [{ type: bind, source: ., target: /a, bind: { x-a: 1@ } }]",
            ["create_host_path": "true", "propagation": "rshared", "recursive": "disabled", "selinux": "z"]
        ),
        "volumes.*.volume.": (
            "volumes: [{ type: volume, target: /a, volume: { x-a: 1@ } }]",
            ["labels": "{ a: b }", "nocopy": "true", "subpath": "x"]
        ),
        "volumes.*.tmpfs.": (
            "volumes: [{ type: tmpfs, target: /a, tmpfs: { x-a: 1@ } }]", ["mode": "0700", "size": "1m"]
        ),
        "volumes.*.image.": (
            "volumes: [{ type: image, source: a, target: /a, image: { x-a: 1@ } }]", ["subpath": "x"]
        ),
    ]

    private static let serviceValues = [
        "annotations": "[a=b]", "attach": "true", "autostart": "false", "blkio_config": "{ weight: 300 }",
        "build": ".", "cap_add": "[ALL]", "cap_drop": "[ALL]", "cgroup": "host", "cgroup_parent": "m-x",
        "command": "[a]", "configs": "[key]", "container_name": "c", "cpu_count": "2", "cpu_percent": "50",
        "cpu_period": "20000", "cpu_quota": "50000", "cpu_rt_period": "1400", "cpu_rt_runtime": "400",
        "cpu_shares": "73", "cpus": "0.5", "cpuset": "'0,1'", "credential_spec": "{ file: x }", "depends_on": "[db]",
        "develop": "{ watch: [{ path: ., action: rebuild }] }", "device_cgroup_rules": "['c 1:3 mr']",
        "devices": "[/dev/null]", "dns": "8.8.8.8", "dns_opt": "[use-vc]", "dns_search": "x.org",
        "domainname": "x.org", "entrypoint": "[a]", "env_file": "vars.env", "environment": "{ A: b }",
        "expose": "['80']", "extends": "{ service: db }", "external_links": "[c]", "extra_hosts": "[a=10.0.0.1]",
        "gpus": "all", "group_add": "[mail]", "healthcheck": "{ test: [CMD, a] }", "hostname": "h", "init": "false",
        "ipc": "host", "isolation": "process", "label_file": "vars.env", "labels": "{ a: b }", "links": "[db]",
        "logging": "{ driver: json-file }", "mac_address": "'02:42:ac:11:00:02'", "mem_limit": "1g",
        "mem_reservation": "64m", "mem_swappiness": "60", "memswap_limit": "2g", "models": "[m]",
        "network_mode": "host", "networks": "[front]", "oom_kill_disable": "true", "oom_score_adj": "-500",
        "pid": "host", "pids_limit": "10", "platform": "linux/amd64", "ports": "['80:80']",
        "post_start": "[{ command: a }]", "pre_stop": "[{ command: a }]", "primary": "true", "privileged": "true",
        "profiles": "[p]", "provider": "{ type: x }", "provision": "[{ shell: x }]", "pull_policy": "always",
        "pull_refresh_after": "1d", "read_only": "true", "restart": "always", "runtime": "runsc", "scale": "2",
        "secrets": "[key]", "security_opt": "['no-new-privileges:true']", "shm_size": "64m", "ssh": "{ user: dev }",
        "stdin_open": "true", "stop_grace_period": "1m", "stop_signal": "INT", "storage_opt": "{ size: 1G }",
        "sysctls": "{ net.core.somaxconn: 1024 }", "tmpfs": "/run", "tty": "true", "ulimits": "{ nofile: 10 }",
        "use_api_socket": "true", "user": "'1'", "userns_mode": "host", "uts": "host", "volumes": "['data:/d']",
        "volumes_from": "[db]", "wait": "{ tcp: 80 }", "working_dir": "/w",
    ]

    /// What has no place in a frame: the body with the key, and the one without it or with another value.
    private static let serviceBodies: [String: (String, String)] = [
        "image": ("image: c", ""),
        "build.context": ("build: { context: ./x }", "build: { context: . }"),
        "build.secrets.*.source": (
            "build: { context: ., secrets: [{ source: key2 }] }", "build: { context: ., secrets: [{ source: key }] }"
        ),
        "build.ulimits.*.soft": (
            "build: { context: ., ulimits: { nofile: { soft: 1, hard: 2 } } }",
            "build: { context: ., ulimits: { nofile: { soft: 2, hard: 2 } } }"
        ),
        "build.ulimits.*.hard": (
            "build: { context: ., ulimits: { nofile: { soft: 1, hard: 2 } } }",
            "build: { context: ., ulimits: { nofile: { soft: 1, hard: 3 } } }"
        ),
        "depends_on.*.condition": (
            "depends_on: { db: { condition: service_healthy } }", "depends_on: { db: { condition: service_started } }"
        ),
        "env_file.*.path": ("env_file: [{ path: vars.env }]", "env_file: [{ path: more.env }]"),
        // A missing file is an error unless it is not required.
        "env_file.*.required": (
            "env_file: [{ path: none.env, required: false }]", "env_file: [{ path: none.env }]"
        ),
        "extends.file": ("extends: { service: db, file: base.yaml }", "extends: { service: db }"),
        "extends.service": ("extends: { service: db }", ""),
        "ports.*.target": ("ports: [{ target: 80 }]", "ports: [{ target: 81 }]"),
        "volumes.*.source": (
            "volumes: [{ type: bind, source: ./x, target: /a }]", "volumes: [{ type: bind, source: ., target: /a }]"
        ),
        "volumes.*.target": (
            "volumes: [{ type: bind, source: ., target: /b }]", "volumes: [{ type: bind, source: ., target: /a }]"
        ),
        "volumes.*.type": (
            "volumes: [{ type: volume, target: /a }]", "volumes: [{ type: tmpfs, target: /a }]"
        ),
        "volumes.*.volume": (
            "volumes: [{ type: volume, source: data, target: /a, volume: { subpath: x } }]",
            "volumes: [{ type: volume, source: data, target: /a }]"
        ),
        "volumes.*.tmpfs": (
            "volumes: [{ type: tmpfs, target: /a, tmpfs: { size: 1m } }]", "volumes: [{ type: tmpfs, target: /a }]"
        ),
        "volumes.*.image": (
            "volumes: [{ type: image, source: a, target: /a, image: { subpath: x } }]",
            "volumes: [{ type: image, source: a, target: /a }]"
        ),
    ]

    // MARK: - The top level

    private static let projectFrames: [String: Frame] = [
        "": (
            "@",
            [
                "compat": "compose", "configs": "{ c: { content: x } }", "include": "[part.yaml]",
                "models": "{ m: { model: x } }", "name": "other", "post_up_message": "hi", "requires": "'>=0.1'",
                "triggers": "[{ before: up, run: x }]",
            ]
        ),
        "networks.*.": (
            "networks: { front: { x-a: 1@ } }",
            [
                "attachable": "true", "driver": "bridge", "driver_opts": "{ a: b }", "enable_ipv4": "true",
                "enable_ipv6": "true", "external": "true", "internal": "true",
                "ipam": "{ config: [{ subnet: 10.0.0.0/24 }] }", "labels": "{ a: b }", "name": "n",
            ]
        ),
        "volumes.*.": (
            "volumes: { data: { x-a: 1@ } }",
            ["driver": "local", "driver_opts": "{ a: b }", "external": "true", "labels": "{ a: b }", "name": "n"]
        ),
        "secrets.*.": (
            "secrets: { key: { file: ./k@ } }",
            [
                "driver": "x", "driver_opts": "{ a: b }", "labels": "{ a: b }", "name": "n", "template_driver": "x",
            ]
        ),
    ]

    private static let projectTexts: [String: (String, String)] = [
        "networks": ("networks: { front: { internal: true } }", "networks: { front: }"),
        "volumes": ("volumes: { data: { labels: { a: b } } }", "volumes: { data: }"),
        "secrets": ("secrets: { key: { file: ./x } }", "secrets: { key: { file: ./k } }"),
        "secrets.*.environment": ("secrets: { key: { environment: A } }", "secrets: { key: { file: ./k } }"),
        "secrets.*.external.name": (
            "secrets: { key: { external: { name: other } } }", "secrets: { key: { external: true } }"
        ),
        "secrets.*.external": ("secrets: { key: { external: true } }", "secrets: { key: { file: ./k } }"),
        "secrets.*.file": ("secrets: { key: { file: ./x } }", "secrets: { key: { file: ./k } }"),
        "include.*.path": ("include: [{ path: part.yaml }]", ""),
        "include.*.env_file": ("include: [{ path: part.yaml, env_file: more.env }]", "include: [{ path: part.yaml }]"),
        "include.*.project_directory": (
            "include: [{ path: part.yaml, project_directory: /elsewhere }]", "include: [{ path: part.yaml }]"
        ),
    ]
}
