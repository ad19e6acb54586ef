import OCI

@testable import Export

/// One row of the table in `docs/cluster.md`, as an Envfile and the objects that it becomes.
struct GoldenCase: Sendable, CustomStringConvertible {
    var name: String
    var envfile: String
    /// The kinds of objects that the file has; all without any.
    var kinds: [String] = []
    var change: @Sendable (inout ExportFixture) -> Void = { _ in }

    var description: String { name }
}

extension GoldenCase {
    static let kubernetes: [GoldenCase] = workloads + storage + network + settings + pods

    private static let workloads: [GoldenCase] = [
        GoldenCase(
            name: "deployment",
            envfile: """
                services:
                  web:
                    image: nginx
                    command: ["serve", "$$(HOME)", "$${HOME}", "$$$$"]
                    entrypoint: [/start]
                    environment: { A: "1", B: "yes", C: "$$(A)" }
                    scale: 3
                    working_dir: /srv
                    stop_grace_period: 1m30s
                    deploy: { update_config: { parallelism: 2, order: start-first } }
                """),
        GoldenCase(
            name: "stateful-set",
            envfile: """
                services:
                  db: { image: pg, volumes: [data:/var/lib/pg], user: redis, restart: always }
                volumes: { data: }
                """),
        GoldenCase(
            name: "recreate",
            envfile: """
                services:
                  reader: { image: web, volumes: ["data:/data:ro"] }
                volumes: { data: }
                """, kinds: ["Deployment", "PersistentVolumeClaim"]),
        GoldenCase(
            name: "awaited-job",
            envfile: """
                services:
                  migrate: { image: web, command: migrate, restart: "on-failure:3" }
                  web: { image: web, depends_on: { migrate: { condition: service_completed_successfully } } }
                """, kinds: ["Job", "Deployment"]),
        GoldenCase(
            name: "jobs",
            envfile: """
                services: { web: { image: web } }
                jobs:
                  cleanup: { image: web, command: clean, triggers: { manual: true } }
                  report:
                    image: web
                    command: report
                    triggers:
                      schedule:
                        - { cron: "30 4 * * 7", timezone: UTC, missed_fires: skip }
                        - "@daily"
                """, kinds: ["Job", "CronJob"]),
        GoldenCase(
            name: "pre-start",
            envfile: """
                services:
                  web:
                    image: web
                    environment: { A: b }
                    pre_start:
                      - { command: [migrate, --all] }
                      - { command: warm, image: other }
                """, kinds: ["Deployment"]),
        GoldenCase(
            name: "waves",
            envfile: """
                services:
                  a: { image: web }
                  b: { image: web, depends_on: [a] }
                  c: { image: web, depends_on: [a, b], volumes: [data:/data] }
                volumes: { data: }
                """, kinds: ["Service", "PersistentVolumeClaim"]),
    ]

    private static let storage: [GoldenCase] = [
        GoldenCase(
            name: "shared-volume",
            envfile: """
                services:
                  app: { image: web, volumes: [data:/data] }
                  worker: { image: web, volumes: [{ type: volume, source: data, target: /in, volume: { subpath: in } }] }
                volumes: { data: }
                """, kinds: ["PersistentVolumeClaim", "Deployment"]),
        GoldenCase(
            name: "files",
            envfile: """
                services:
                  web:
                    image: web
                    volumes:
                      - ./nginx.conf:/etc/nginx/nginx.conf:ro
                      - ./site:/srv/site:ro
                    configs:
                      - source: settings
                        target: /etc/app/settings.ini
                        mode: 0440
                configs: { settings: { content: "a = $$(b)\\n[c]\\n" } }
                """, kinds: ["ConfigMap", "Deployment"]
        ) {
            $0.files = [
                "/srv/shop/nginx.conf": "events {}\nhttp {\n  server {}\n}\n", "/srv/shop/site/index.html": "hi\n",
                "/srv/shop/site/css/main.css": "a { }\u{0}",
            ]
        },
        GoldenCase(
            name: "sync",
            envfile: """
                services:
                  app: { image: web, volumes: [".:/srv/app"] }
                """, kinds: ["ConfigMap", "Deployment"]
        ) {
            $0.files = ["/srv/shop/run.py": "print(1)\n", "/srv/shop/a b/c'd": "x"]
            $0.options.synced = ["/srv/app"]
        },
        GoldenCase(
            name: "memory",
            envfile: """
                services:
                  web: { image: web, tmpfs: ["/tmp:size=64m", /run], shm_size: 128m, volumes: [/cache], read_only: true }
                """, kinds: ["Deployment"]),
        GoldenCase(
            name: "secrets-reference", envfile: secretFile, kinds: ["Secret", "Deployment"]),
        GoldenCase(name: "secrets-plain", envfile: secretFile, kinds: ["Secret", "Deployment"]) {
            $0.options.secrets = .plain
        },
        GoldenCase(name: "secrets-omit", envfile: secretFile, kinds: ["Secret", "Deployment"]) {
            $0.options.secrets = .omit
        },
        GoldenCase(
            name: "volumes-of-drivers",
            envfile: """
                services: { web: { image: web, volumes: [nfs:/a, ram:/b, ext:/c] } }
                volumes:
                  nfs: { driver: local, driver_opts: { type: nfs, o: "addr=10.0.0.9,rw", device: ":/export" } }
                  ram: { driver: local, driver_opts: { type: tmpfs, o: "size=10m", device: tmpfs } }
                  ext: { external: true, name: Shared_Data }
                """),
    ]

    private static let secretFile = """
        services:
          web: { image: web, user: "100:101", secrets: [db_password] }
        secrets: { db_password: { environment: DB } }
        """

    private static let network: [GoldenCase] = [
        GoldenCase(
            name: "ports",
            envfile: """
                services:
                  web:
                    image: web
                    ports:
                      - "8080:80"
                      - { target: 53, protocol: udp, name: names, app_protocol: dns }
                    expose: ["9000-9001"]
                  worker: { image: other }
                """, kinds: ["Service", "Deployment"]
        ) {
            $0.images = [
                "web": ExportFixture.image(ports: ["80/tcp", "443/tcp"]), "other": ExportFixture.image("other"),
            ]
        },
        GoldenCase(
            name: "aliases",
            envfile: """
                services:
                  db: { image: pg, expose: [5432], networks: { default: { aliases: [database, DB.local] } }, container_name: main }
                  web: { image: web, links: ["db:store"] }
                """, kinds: ["Service"]),
        GoldenCase(name: "nodeport", envfile: published, kinds: ["Service"]) { $0.options.exposure = .nodeport },
        GoldenCase(name: "loadbalancer", envfile: published, kinds: ["Service"]) {
            $0.options.exposure = .loadbalancer
        },
        GoldenCase(name: "ingress", envfile: published, kinds: ["Ingress"]) {
            $0.options.exposure = .ingress
            $0.options.domain = "shop.example"
        },
        GoldenCase(name: "gateway", envfile: published, kinds: ["HTTPRoute"]) {
            $0.options.exposure = .gateway
            $0.options.domain = "shop.example"
            $0.options.gateway = "public"
        },
        GoldenCase(
            name: "networks",
            envfile: """
                services:
                  web: { image: web, networks: [front, back], ports: ["80:80"] }
                  db: { image: pg, networks: [back] }
                  cut: { image: web, network_mode: none }
                networks: { front: , back: { internal: true } }
                """, kinds: ["NetworkPolicy", "Deployment"]
        ) { $0.options.exposure = .loadbalancer },
        GoldenCase(
            name: "resolver",
            envfile: """
                services:
                  web:
                    image: web
                    hostname: front
                    dns: [10.0.0.53]
                    dns_search: [corp.example]
                    dns_opt: ["ndots:2", rotate]
                    extra_hosts: ["a=10.0.0.1", "b=10.0.0.1"]
                """, kinds: ["Deployment"]),
    ]

    private static let published = """
        services:
          web: { image: web, ports: ["0.0.0.0:30080:80", "443:443"] }
          api: { image: web, ports: ["127.0.0.1:9:9", "8000"] }
        """

    private static let settings: [GoldenCase] = [
        GoldenCase(
            name: "probes",
            envfile: """
                services:
                  a:
                    image: web
                    restart_unhealthy: true
                    healthcheck: { test: "curl -f localhost || exit 1", interval: 10s, timeout: 1500ms, retries: 5, start_period: 6m }
                  b: { image: checked, healthcheck: { interval: 1m } }
                  c: { image: web, wait: { http: 8080/healthz, timeout: 2s } }
                  d: { image: web, wait: { tcp: 5432 } }
                  e: { image: checked, healthcheck: { disable: true } }
                """, kinds: ["Deployment"]
        ) {
            $0.images["checked"] = ExportFixture.image("checked") { configuration in
                configuration.healthcheck = .init(test: ["CMD", "check", "$(A)"])
            }
        },
        GoldenCase(
            name: "limits",
            envfile: """
                services:
                  web:
                    image: web
                    cpus: 0.75
                    mem_limit: 512m
                    mem_reservation: 100000000b
                    gpus: [{ driver: nvidia, count: 2 }]
                  api: { image: web, deploy: { resources: { limits: { cpus: "2", memory: 1g }, reservations: { cpus: "0.5" } } } }
                """, kinds: ["Deployment"]),
        GoldenCase(
            name: "security",
            envfile: """
                services:
                  web:
                    image: web
                    user: redis
                    group_add: [docker, "44"]
                    cap_add: [NET_ADMIN]
                    cap_drop: [ALL, CAP_CHOWN]
                    read_only: true
                    sysctls: { net.core.somaxconn: 1024 }
                    security_opt: [no-new-privileges, seccomp=unconfined, "label=type:web_t", apparmor=unconfined]
                    volumes: [/cache]
                  root: { image: web, privileged: true, network_mode: host, pid: host, init: true }
                """, kinds: ["Deployment"]),
        GoldenCase(
            name: "commands",
            envfile: """
                services:
                  cleared-entrypoint: { image: tool, entrypoint: [] }
                  cleared-command: { image: tool, command: [] }
                  both: { image: tool, entrypoint: [], command: [run, x] }
                  entrypoint: { image: tool, entrypoint: [run] }
                  command: { image: tool, command: [x, "$$(y)"] }
                """, kinds: ["Deployment"]
        ) {
            $0.images["tool"] = ExportFixture.image("tool") { configuration in
                configuration.entrypoint = ["/entry"]
                configuration.command = ["cmd"]
            }
        },
        GoldenCase(
            name: "hooks",
            envfile: """
                services:
                  web:
                    image: web
                    labels: { "com.example/team": a, "traefik.enable": "true" }
                    platform: linux/amd64
                    deploy: { placement: { constraints: ["node.labels.disk == ssd"] } }
                    post_start: [{ command: [warm, "it's"] }, { command: [check], working_dir: /srv, environment: { A: b } }]
                    pre_stop: [{ command: [drain] }]
                """, kinds: ["Deployment"]),
    ]
}
