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

    /// What stands in a file for one attribute: the line of its sample.
    static func fragment(of name: String, isOfService: Bool) -> String? {
        if let body = (isOfService ? serviceBodies : projectTexts)[name]?.0 { return body }
        return (isOfService ? serviceFrames : projectFrames)[""]?.values[name].map { "\(name): \($0)" }
    }

    /// The same for the first of the attributes inside one.
    static func fragment(below place: String, isOfService: Bool) -> String? {
        let frames = isOfService ? serviceFrames : projectFrames
        guard let frame = frames[place], let first = frame.values.min(by: { $0.key < $1.key }) else { return nil }
        let text = frame.text.replacing("@", with: ", \(first.key): \(first.value)")
        return text.replacing("x-a: 1, ", with: "")
    }

    private typealias Frame = (text: String, values: [String: String])

    private static func service(_ with: String, _ without: String) -> AttributeSample {
        func file(_ body: String) -> String {
            let image = ["image:", "external:"].contains(where: body.hasPrefix) ? "" : "    image: a\n"
            return """
                services:
                  web:
                \(image)    \(body)
                  db: { image: b, environment: { D: '1' } }
                networks: { front: }
                volumes: { data: , other: }
                secrets: { key: { file: ./k }, key2: { file: ./k } }
                configs: { key: { content: x }, key2: { content: y } }
                models: { m: { model: x } }

                """
        }
        return AttributeSample(with: file(with), without: file(without))
    }

    /// A file whose service uses one network, volume and secret, each defined unless the text does.
    private static func project(_ text: String) -> String {
        let definitions = [
            "networks": "{ front: }", "volumes": "{ data: }", "secrets": "{ key: { file: ./k } }",
            "configs": "{ key: { content: x } }",
        ].filter { !text.hasPrefix("\($0.key):") }.map { "\($0.key): \($0.value)\n" }.sorted().joined()
        return """
            services:
              web: { image: a, build: { context: ., secrets: [key] }, networks: [front], volumes: ['data:/d'], configs: [key] }
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
                "provenance": "true", "pull": "true", "sbom": "true", "secrets": "[key]",
                "shm_size": "64m",
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
                "replicas": "2", "restart_policy": "{ condition: any }",
                "rollback_config": "{ parallelism: 2 }", "update_config": "{ parallelism: 2 }",
            ]
        ),
        "deploy.resources.limits.": (
            "deploy: { resources: { limits: { x-a: 1@ } } }", ["cpus": "'1'", "memory": "64m", "pids": "9"]
        ),
        "deploy.resources.reservations.": (
            "deploy: { resources: { reservations: { x-a: 1@ } } }",
            [
                "cpus": "'1'", "devices": "[{ capabilities: [gpu] }]",
                "generic_resources": "[{ discrete_resource_spec: { kind: a, value: 1 } }]", "memory": "64m",
            ]
        ),
        "deploy.resources.reservations.devices.*.": (
            "deploy: { resources: { reservations: { devices: [{ capabilities: [a]@ }] } } }",
            deviceRequestValues.filter { $0.key != "capabilities" }
        ),
        "gpus.*.": ("gpus: [{ x-a: 1@ }]", deviceRequestValues),
        "blkio_config.": (
            "blkio_config: { x-a: 1@ }",
            [
                "device_read_bps": "[{ path: /dev/a, rate: 1m }]", "device_read_iops": "[{ path: /dev/a, rate: 1 }]",
                "device_write_bps": "[{ path: /dev/a, rate: 1m }]", "device_write_iops": "[{ path: /dev/a, rate: 1 }]",
                "weight": "300", "weight_device": "[{ path: /dev/a, weight: 300 }]",
            ]
        ),
        "devices.*.": ("devices: [{ source: /dev/a@ }]", ["permissions": "r", "target": "/dev/b"]),
        "configs.*.": (
            "configs: [{ source: key@ }]", ["gid": "'1'", "mode": "0400", "target": "t", "uid": "'1'"]
        ),
        "secrets.*.": (
            "secrets: [{ source: key@ }]", ["gid": "'1'", "mode": "0400", "target": "t", "uid": "'1'"]
        ),
        "depends_on.*.": (
            "depends_on: { db: { condition: service_started@ } }", ["required": "false", "restart": "true"]
        ),
        "pre_start.*.": ("pre_start: [{ command: a@ }]", ["per_replica": "true"]),
        "deploy.restart_policy.": (
            "deploy: { restart_policy: { x-a: 1@ } }",
            ["condition": "none", "delay": "5s", "max_attempts": "3", "window": "1m"]
        ),
        "healthcheck.": (
            "healthcheck: { x-a: 1@ }",
            [
                "disable": "true", "interval": "1s", "retries": "2", "start_interval": "1s", "start_period": "1s",
                "test": "[CMD, a]", "timeout": "1s",
            ]
        ),
        "logging.": (
            "logging: { x-a: 1@ }", ["driver": "local", "options": "{ max-size: 1m }"]
        ),
        "post_start.*.": (
            "post_start: [{ command: a@ }]",
            ["environment": "{ A: b }", "privileged": "true", "user": "u", "working_dir": "/w"]
        ),
        "pre_stop.*.": (
            "pre_stop: [{ command: a@ }]",
            ["environment": "{ A: b }", "privileged": "true", "user": "u", "working_dir": "/w"]
        ),
        "pre_snapshot.*.": (
            "pre_snapshot: [{ command: a@ }]",
            ["environment": "{ A: b }", "privileged": "true", "user": "u", "working_dir": "/w"]
        ),
        "external.": ("external: { environment: shop@ }", ["service": "postgres"]),
        "ssh.": (
            "ssh: { x-a: 1@ }",
            [
                "directory": "/srv", "dotfiles": "[./vimrc]", "forward_agent": "true", "shell": "/bin/sh",
                "user": "dev",
            ]
        ),
        "wait.": ("wait: { tcp: 80@ }", ["timeout": "1s"]),
        "provision.*.": (
            "provision: [{ shell: x@ }]",
            [
                "environment": "{ A: b }", "inputs": "[a]", "name": "n", "run": "changed", "user": "dev",
                "working_dir": "/w",
            ]
        ),
        "provision.*.ansible.": (
            "provision: [{ ansible: { playbook: ./a.yml@ } }]",
            ["arguments": "[--diff]", "extra_vars": "{ a: 1 }", "groups": "[g]"]
        ),
        "provision.*.copy.": (
            "provision: [{ copy: { source: ./a, target: /a@ } }]", ["mode": "'0600'", "owner": "dev"]
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
                "bind": "{ selinux: z }", "consistency": "cached", "exclude": "[a]", "idmap": "off",
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
    ]

    private static let deviceRequestValues = [
        "capabilities": "[gpu]", "count": "2", "device_ids": "['0']", "driver": "nvidia", "options": "{ a: b }",
    ]

    private static let serviceValues = [
        "annotations": "[org.example.team=shop]", "attach": "false", "autostart": "false",
        "blkio_config": "{ weight: 300 }",
        "build": ".", "cap_add": "[ALL]", "cap_drop": "[ALL]", "cgroup": "host", "cgroup_parent": "shop",
        "command": "[npm, run, dev]", "configs": "[key]", "container_name": "shop-web", "cpu_count": "2",
        "cpu_percent": "50",
        "cpu_period": "20000", "cpu_quota": "50000", "cpu_rt_period": "1400", "cpu_rt_runtime": "400",
        "cpu_shares": "73", "cpus": "0.5", "cpuset": "'0,1'", "credential_spec": "{ file: x }", "depends_on": "[db]",
        "develop": "{ watch: [{ path: ., action: rebuild }] }", "device_cgroup_rules": "['c 1:3 mr']",
        "devices": "[/dev/null]", "dns": "8.8.8.8", "dns_opt": "[use-vc]", "dns_search": "shop.example",
        "domainname": "shop.example", "entrypoint": "[/usr/local/bin/start]", "env_file": "vars.env",
        "environment": "{ STAGE: dev }",
        "expose": "['80']", "extends": "{ service: db }", "external_links": "[c]", "extra_hosts": "[api=10.0.0.1]",
        "gpus": "all", "group_add": "[mail]", "healthcheck": "{ test: [CMD, curl, -f, localhost] }", "hostname": "web",
        "init": "false",
        "ipc": "host", "isolation": "process", "label_file": "vars.env", "labels": "{ team: shop }", "links": "[db]",
        "mac_address": "'02:42:ac:11:00:02'", "mem_limit": "1g",
        "mem_reservation": "64m", "mem_swappiness": "60", "memswap_limit": "2g", "models": "[m]",
        "network_mode": "host", "networks": "[front]", "oom_kill_disable": "true", "oom_score_adj": "-500",
        "pid": "host", "pids_limit": "10", "platform": "linux/riscv64", "ports": "['80:80']",
        "post_start": "[{ command: ./warm-up }]", "pre_start": "[{ command: ./migrate }]",
        "pre_stop": "[{ command: ./drain }]", "pre_snapshot": "[{ command: psql -c CHECKPOINT }]",
        "external": "{ environment: shop }",
        "primary": "true", "privileged": "true",
        "profiles": "[debug]", "provider": "{ type: x }", "provision": "[{ shell: apt-get update }]",
        "pull_policy": "always",
        "pull_refresh_after": "1d", "read_only": "true", "restart": "always", "restart_unhealthy": "true",
        "runtime": "runsc", "scale": "2",
        "secrets": "[key]", "seed": "auto", "security_opt": "['no-new-privileges:true']", "shm_size": "64m",
        "ssh": "{ user: dev }",
        "stdin_open": "true", "stop_grace_period": "1m", "stop_signal": "INT", "storage_opt": "{ size: 1G }",
        "sysctls": "{ net.core.somaxconn: 1024 }", "tmpfs": "/run", "tty": "true", "ulimits": "{ nofile: 10 }",
        "use_api_socket": "true", "user": "'1'", "userns_mode": "host", "uts": "host", "volumes": "['data:/d']",
        "volumes_from": "[db]", "wait": "{ tcp: 80 }", "working_dir": "/srv/app",
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
        "deploy.resources.limits": ("deploy: { resources: { limits: { cpus: '1' } } }", "deploy: { resources: { } }"),
        "deploy.resources.reservations.devices.*.capabilities": (
            "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }",
            "deploy: { resources: { reservations: { devices: [{ capabilities: [a] }] } } }"
        ),
        "configs.*.source": (
            "configs: [{ source: key2 }]", "configs: [{ source: key }]"
        ),
        "secrets.*.source": (
            "secrets: [{ source: key2 }]", "secrets: [{ source: key }]"
        ),
        "devices.*.source": ("devices: [{ source: /dev/a }]", "devices: [{ source: /dev/b }]"),
        "ulimits.*.soft": (
            "ulimits: { nofile: { soft: 1, hard: 2 } }", "ulimits: { nofile: { soft: 2, hard: 2 } }"
        ),
        "ulimits.*.hard": (
            "ulimits: { nofile: { soft: 1, hard: 2 } }", "ulimits: { nofile: { soft: 1, hard: 3 } }"
        ),
        "blkio_config.device_read_bps.*.path": (
            "blkio_config: { device_read_bps: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_read_bps: [{ path: /dev/b, rate: 1 }] }"
        ),
        "blkio_config.device_read_bps.*.rate": (
            "blkio_config: { device_read_bps: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_read_bps: [{ path: /dev/a, rate: 2 }] }"
        ),
        "blkio_config.device_read_iops.*.path": (
            "blkio_config: { device_read_iops: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_read_iops: [{ path: /dev/b, rate: 1 }] }"
        ),
        "blkio_config.device_read_iops.*.rate": (
            "blkio_config: { device_read_iops: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_read_iops: [{ path: /dev/a, rate: 2 }] }"
        ),
        "blkio_config.device_write_bps.*.path": (
            "blkio_config: { device_write_bps: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_write_bps: [{ path: /dev/b, rate: 1 }] }"
        ),
        "blkio_config.device_write_bps.*.rate": (
            "blkio_config: { device_write_bps: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_write_bps: [{ path: /dev/a, rate: 2 }] }"
        ),
        "blkio_config.device_write_iops.*.path": (
            "blkio_config: { device_write_iops: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_write_iops: [{ path: /dev/b, rate: 1 }] }"
        ),
        "blkio_config.device_write_iops.*.rate": (
            "blkio_config: { device_write_iops: [{ path: /dev/a, rate: 1 }] }",
            "blkio_config: { device_write_iops: [{ path: /dev/a, rate: 2 }] }"
        ),
        "blkio_config.weight_device.*.path": (
            "blkio_config: { weight_device: [{ path: /dev/a, weight: 300 }] }",
            "blkio_config: { weight_device: [{ path: /dev/b, weight: 300 }] }"
        ),
        "blkio_config.weight_device.*.weight": (
            "blkio_config: { weight_device: [{ path: /dev/a, weight: 300 }] }",
            "blkio_config: { weight_device: [{ path: /dev/a, weight: 400 }] }"
        ),
        "post_start.*.command": ("post_start: [{ command: a }]", "post_start: [{ command: b }]"),
        "pre_stop.*.command": ("pre_stop: [{ command: a }]", "pre_stop: [{ command: b }]"),
        "pre_snapshot.*.command": ("pre_snapshot: [{ command: a }]", "pre_snapshot: [{ command: b }]"),
        "external.environment": ("external: { environment: shop }", "external: { environment: store }"),
        "develop.watch": (
            "develop: { watch: [{ path: ., action: rebuild }] }",
            ""
        ),
        "develop.watch.*.path": (
            "develop: { watch: [{ path: ., action: rebuild }] }",
            "develop: { watch: [{ path: ./x, action: rebuild }] }"
        ),
        "develop.watch.*.action": (
            "develop: { watch: [{ path: ., action: rebuild }] }",
            "develop: { watch: [{ path: ., action: restart }] }"
        ),
        "develop.watch.*.target": (
            "develop: { watch: [{ path: ., action: sync, target: /a }] }",
            "develop: { watch: [{ path: ., action: sync, target: /b }] }"
        ),
        "develop.watch.*.ignore": (
            "develop: { watch: [{ path: ., action: sync, target: /a, ignore: [x] }] }",
            "develop: { watch: [{ path: ., action: sync, target: /a }] }"
        ),
        "develop.watch.*.include": (
            "develop: { watch: [{ path: ., action: sync, target: /a, include: [x] }] }",
            "develop: { watch: [{ path: ., action: sync, target: /a }] }"
        ),
        "develop.watch.*.initial_sync": (
            "develop: { watch: [{ path: ., action: sync, target: /a, initial_sync: true }] }",
            "develop: { watch: [{ path: ., action: sync, target: /a }] }"
        ),
        "develop.watch.*.exec": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [b] } }] }"
        ),
        "develop.watch.*.exec.command": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [b] } }] }"
        ),
        "develop.watch.*.exec.environment": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a], environment: { A: b } } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }"
        ),
        "develop.watch.*.exec.privileged": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a], privileged: true } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }"
        ),
        "develop.watch.*.exec.user": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a], user: x } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }"
        ),
        "develop.watch.*.exec.working_dir": (
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a], working_dir: /x } }] }",
            "develop: { watch: [{ path: ., action: sync+exec, target: /a, exec: { command: [a] } }] }"
        ),
        "provision.*.ansible": ("provision: [{ ansible: ./a.yml }]", "provision: [{ ansible: ./b.yml }]"),
        "provision.*.ansible.playbook": (
            "provision: [{ ansible: { playbook: ./a.yml } }]", "provision: [{ ansible: { playbook: ./b.yml } }]"
        ),
        "provision.*.copy": (
            "provision: [{ copy: { source: ./a, target: /a } }]", "provision: [{ copy: { source: ./b, target: /b } }]"
        ),
        "provision.*.copy.source": (
            "provision: [{ copy: { source: ./a, target: /a } }]", "provision: [{ copy: { source: ./b, target: /a } }]"
        ),
        "provision.*.copy.target": (
            "provision: [{ copy: { source: ./a, target: /a } }]", "provision: [{ copy: { source: ./a, target: /b } }]"
        ),
        "provision.*.shell": ("provision: [{ shell: x }]", "provision: [{ shell: y }]"),
        "provision.*.shell.args": (
            "provision: [{ shell: { path: ./x, args: [a] } }]", "provision: [{ shell: { path: ./x } }]"
        ),
        "provision.*.shell.path": ("provision: [{ shell: { path: ./x } }]", "provision: [{ shell: { path: ./y } }]"),
        "wait.tcp": ("wait: { tcp: 80 }", "wait: { tcp: 81 }"),
        "wait.http": ("wait: { http: 80/a }", "wait: { http: 80/b }"),
        "wait.log": ("wait: { log: a }", "wait: { log: b }"),
        "wait.exec": ("wait: { exec: [a] }", "wait: { exec: [b] }"),
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
                "compat": "compose", "include": "[part.yaml]",
                "jobs": "{ j: { image: a, triggers: { manual: true } } }",
                "models": "{ m: { model: x } }", "name": "other",
                "post_up_message": "'http://localhost:${PORT:web:80}'", "requires": "'>=0.1'",
                "triggers": "[{ before: up, run: ./check-vpn.sh }]",
            ]
        ),
        "networks.*.": (
            "networks: { front: { x-a: 1@ } }",
            [
                "attachable": "true", "driver": "bridge", "driver_opts": "{ a: b }", "enable_ipv4": "true",
                "enable_ipv6": "true", "external": "true", "internal": "true",
                "labels": "{ a: b }", "name": "n",
            ]
        ),
        "networks.*.ipam.": (
            "networks: { front: { ipam: { x-a: 1@ } } }", ["driver": "default", "options": "{ a: b }"]
        ),
        "networks.*.ipam.config.*.": (
            "networks: { front: { ipam: { config: [{ x-a: 1@ }] } } }",
            [
                "subnet": "10.0.0.0/24", "gateway": "10.0.0.1", "ip_range": "10.0.0.0/25",
                "aux_addresses": "{ a: 10.0.0.5 }",
            ]
        ),
        "volumes.*.": (
            "volumes: { data: { x-a: 1@ } }",
            ["driver": "local", "driver_opts": "{ a: b }", "external": "true", "labels": "{ a: b }", "name": "n"]
        ),
        "configs.*.": (
            "configs: { key: { file: ./k@ } }", ["labels": "{ a: b }", "name": "n", "template_driver": "x"]
        ),
        "secrets.*.": (
            "secrets: { key: { file: ./k@ } }",
            [
                "driver": "x", "driver_opts": "{ a: b }", "labels": "{ a: b }", "name": "n", "template_driver": "x",
            ]
        ),
    ]

    private static let projectTexts: [String: (String, String)] = [
        "jobs.*.triggers": (
            "jobs: { j: { image: a, triggers: { manual: true } } }",
            "jobs: { j: { image: a, triggers: { manual: no } } }"
        ),
        "jobs.*.triggers.manual": (
            "jobs: { j: { image: a, triggers: { manual: true } } }",
            "jobs: { j: { image: a, triggers: { manual: no } } }"
        ),
        "jobs.*.triggers.schedule": (
            "jobs: { j: { image: a, triggers: { schedule: ['@daily'] } } }",
            "jobs: { j: { image: a, triggers: { schedule: ['@weekly'] } } }"
        ),
        "jobs.*.triggers.schedule.*.cron": (
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily' }] } } }",
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@weekly' }] } } }"
        ),
        "jobs.*.triggers.schedule.*.concurrency": (
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily', concurrency: queue }] } } }",
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily' }] } } }"
        ),
        "jobs.*.triggers.schedule.*.missed_fires": (
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily', missed_fires: skip }] } } }",
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily' }] } } }"
        ),
        "jobs.*.triggers.schedule.*.timezone": (
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily', timezone: UTC }] } } }",
            "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily' }] } } }"
        ),
        "triggers.*.before": ("triggers: [{ before: up, run: x }]", "triggers: [{ before: down, run: x }]"),
        "triggers.*.after": ("triggers: [{ after: up, run: x }]", "triggers: [{ before: up, run: x }]"),
        "triggers.*.run": ("triggers: [{ before: up, run: x }]", "triggers: [{ before: up, run: y }]"),
        "triggers.*.on_error": (
            "triggers: [{ before: up, run: x, on_error: continue }]", "triggers: [{ before: up, run: x }]"
        ),
        "networks": ("networks: { front: { internal: true } }", "networks: { front: }"),
        "volumes": ("volumes: { data: { labels: { a: b } } }", "volumes: { data: }"),
        "secrets": ("secrets: { key: { file: ./x } }", "secrets: { key: { file: ./k } }"),
        "configs": ("configs: { key: { content: y } }", "configs: { key: { content: x } }"),
        "configs.*.content": ("configs: { key: { content: y } }", "configs: { key: { content: x } }"),
        "configs.*.environment": ("configs: { key: { environment: HOME } }", "configs: { key: { file: ./k } }"),
        "configs.*.external": ("configs: { key: { external: true } }", "configs: { key: { file: ./k } }"),
        "configs.*.external.name": (
            "configs: { key: { external: { name: other } } }\ncompat: compose",
            "configs: { key: { external: true } }\ncompat: compose"
        ),
        "configs.*.file": ("configs: { key: { file: ./x } }", "configs: { key: { file: ./k } }"),
        "secrets.*.environment": ("secrets: { key: { environment: A } }", "secrets: { key: { file: ./k } }"),
        "networks.*.external.name": (
            "networks: { front: { external: { name: other } } }", "networks: { front: { external: true } }"
        ),
        "volumes.*.external.name": (
            "volumes: { data: { external: { name: other } } }", "volumes: { data: { external: true } }"
        ),
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
