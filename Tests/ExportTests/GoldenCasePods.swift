import OCI

@testable import Export

/// What Compose has between containers and Kubernetes has in pods, and what Docker does for new volumes.
extension GoldenCase {
    static let pods: [GoldenCase] = [
        GoldenCase(
            name: "one-pod",
            envfile: """
                services:
                  vpn:
                    image: web
                    cap_add: [NET_ADMIN]
                    ports: ["8080:80"]
                    stop_grace_period: 5s
                    networks: [front]
                  torrent:
                    image: pg
                    network_mode: service:vpn
                    depends_on: { vpn: { condition: service_healthy } , db: { condition: service_started } }
                    volumes: [data:/data]
                    group_add: [docker]
                    stop_grace_period: 20s
                    pre_start: [{ command: prepare }]
                  debugger: { image: web, pid: service:torrent, tty: true }
                  db: { image: pg, networks: [front, back] }
                networks: { front: , back: }
                volumes: { data: }
                """, kinds: ["Service", "Deployment", "StatefulSet", "PersistentVolumeClaim"]
        ) {
            $0.images["web"] = ExportFixture.image(ports: ["80/tcp"])
            $0.images["pg"] = ExportFixture.image("pg", user: "redis", ports: ["80/tcp", "6881/udp"])
            $0.images["web"]?.configuration?.healthcheck = .init(test: ["CMD", "check"])
        },
        GoldenCase(
            name: "filled-volumes",
            envfile: """
                services:
                  app: { image: web, volumes: [site:/srv/site, "/srv/app/node_modules", none:/srv/site/none] }
                  db: { image: pg, volumes: [{ type: volume, source: data, target: /var/lib/pg, volume: { nocopy: true } }] }
                  reader: { image: web, depends_on: [app], volumes: ["site:/srv/site:ro"] }
                  user: { image: pg, volumes: ["logs:/var/log/app"], user: redis }
                  bare: { image: scratch, volumes: ["assets:/assets"] }
                volumes: { site: , data: , none: , logs: , assets: }
                """, kinds: ["Deployment", "StatefulSet"]
        ) {
            let trees = [
                "web": ["/usr/bin": ["cp", "sh"], "/srv/site": ["a"], "/srv/app/node_modules": ["left-pad"]],
                "pg": ["/bin": ["cp", "sh"], "/var/lib/pg": ["base"], "/var/log/app": ["log"]],
                "scratch": ["/assets": ["x"]],
            ]
            for (name, tree) in trees {
                $0.images[name] = ExportFixture.image(name)
                $0.images[name]?.names = { tree[$0] ?? [] }
            }
        },
        GoldenCase(
            name: "placement",
            envfile: """
                services:
                  web:
                    image: web
                    scale: 4
                    platform: linux/aarch64
                    deploy:
                      update_config: { parallelism: 0, delay: 15s, failure_action: rollback }
                      placement:
                        constraints: ["node.hostname == n1", "node.platform.os==linux", "node.role != manager", "node.labels.zone==a"]
                """, kinds: ["Deployment"]
        ) { $0.file = "/srv/shop/compose.yaml" },
    ]
}
