import Foundation
import TestSupport
import Testing

extension OnHost {
    /// What is exported runs on engines of others, with the images of Trice's store and without a registry. They run where a
    /// machine has these engines; each has storage, network and processes of its own.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ExportEngineTests {
        /// An environment, its images by the service that names them in the export, and what it answers.
        struct Given: Sendable, CustomStringConvertible {
            var template: String
            var images: [String: String]
            var port: Int
            var page: String

            var description: String { template }
        }

        private func program(_ name: String) -> String {
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs/\(name)").path(
                percentEncoded: false)
        }

        /// Exports the project, and puts its images into `images.tar` under the names that the export has.
        private func export(
            _ project: Project, _ images: [String: String], _ arguments: String..., into file: String
        ) throws {
            for image in images.values {
                expect(try project.trice("image", "pull", image, timeout: .seconds(500)), endsWith: 0)
            }
            let output = try project.command(["export"] + arguments).run()
            #expect(output.succeeded, "\(output.description)")
            try project.write(file, output.standardOutput)
            let found = output.standardOutput.split(separator: "\n").filter { $0.contains("image: ") }
            let names = Set(found.compactMap { $0.split(separator: " ").last.map(String.init) })
            #expect(names.count == images.count, "\(names)")
            for name in names {
                let owner = try #require(images.first { name.contains("-\($0.key):") }, "\(name)")
                expect(try project.trice("image", "tag", owner.value, name), endsWith: 0)
            }
            expect(
                try project.command(["image", "save", "-o", "images.tar"] + names.sorted()).run(), endsWith: 0)
        }

        private func expectPlay(_ project: Project, _ given: Given, _ fixture: Fixture) throws {
            try export(project, given.images, "kubernetes", "--for", "podman", into: "play.yaml")
            try project.write(
                "play.sh",
                """
                podman load -q -i images.tar && podman kube play play.yaml || exit 1
                for try in $(seq 100); do
                    curl -sS -m 2 http://127.0.0.1:\(given.port)/ 2>/dev/null | grep -q '\(given.page)' && break
                    sleep 0.3
                done
                curl -sS -m 5 http://127.0.0.1:\(given.port)/ || podman logs $(podman ps -aq)
                podman kube play --down play.yaml && echo "left: $(podman ps -aq | wc -l)"

                """)
            let output = try Command(
                program("kube-play"), ["\(fixture.directory)/podman", "bash", "play.sh"], directory: project.directory
            ).run(timeout: .seconds(120))
            #expect(output.succeeded && output.standardOutput.contains(given.page), "\(output.description)")
            #expect(output.standardOutput.contains("left: 0\n"), "\(output.description)")
        }

        @Test(.enabled("needs podman and runc") { try Requirement.met(.podman, .runc, .python3) })
        func podmanPlaysHello() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                expect(try project.trice("init", "hello"), endsWith: 0)
                let given = Given(
                    template: "hello", images: ["prepare": "bootstrap:busybox"], port: 8080, page: "Hello")
                try expectPlay(project, given, fixture)
                // The shell of the worker had `$(date)`, and not Kubernetes' form of it.
                #expect(try project.read("site/index.html").contains(":"))
                #expect(try !project.read("site/index.html").contains("@TIME@"))
            }
        }

        @Test(
            .enabled("needs podman, runc and Debian's package mirror") {
                try Requirement.met(.podman, .runc, .python3, .network)
            }, .tags(.slow))
        func podmanPlaysPythonRedis() async throws {
            try await withFixture { fixture in
                try fixture.shareImages()
                let project = try fixture.emptyProject(named: fixture.id)
                expect(try project.trice("init", "python-redis"), endsWith: 0)
                let given = Given(
                    template: "python-redis",
                    images: [
                        "app": "bootstrap:debian/bookworm?include=python3-flask,python3-redis",
                        "redis": "bootstrap:debian/bookworm?include=redis-server",
                    ], port: 5000, page: "visit")
                try expectPlay(project, given, fixture)
            }
        }

        /// Two engines; the service `peer` asks `web` by its name, wherever in the swarm the two are.
        @Test(.enabled("needs dockerd and runc") { try Requirement.met(.dockerd, .runc) })
        func aSwarmServesAStack() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /site; echo "page of $$(hostname)" > /site/index.html; httpd -f -p 80 -h /site'
                        ports: ["8080:80"]
                        restart: always
                        deploy: { endpoint_mode: dnsrr }
                      peer:
                        image: bootstrap:busybox
                        command: sh -c 'mkdir /site; until wget -qO /site/index.html http://web/; do sleep 1; done; httpd -f -p 81 -h /site'
                        ports: ["8081:81"]
                        restart: always
                        deploy: { endpoint_mode: dnsrr, placement: { constraints: [node.role == manager] } }

                    """)
                try export(project, ["peer": "bootstrap:busybox"], "stack", into: "stack.yaml")
                try project.write(
                    "deploy.sh",
                    """
                    for engine in $MANAGER $WORKER; do docker -H $engine load -q -i images.tar || exit 1; done
                    docker -H $MANAGER stack deploy --resolve-image never -c stack.yaml shop || exit 1
                    for try in $(seq 60); do
                        for address in 10.77.0.1 10.77.0.2; do
                            curl -sS -m 2 http://$address:8080/ 2>/dev/null && found=1
                        done
                        curl -sS -m 2 http://10.77.0.1:8081/ 2>/dev/null | sed 's/^/peer: /' | grep page && [ "$found" ] && break
                        sleep 1
                    done
                    docker -H $MANAGER stack ps shop --no-trunc --format '{{.Name}} {{.Node}} {{.CurrentState}} {{.Error}}'
                    docker -H $MANAGER stack rm shop
                    for try in $(seq 30); do [ "$(docker -H $MANAGER ps -q | wc -l)" = 0 ] && break; sleep 0.5; done
                    echo "left: $(docker -H $MANAGER service ls -q | wc -l)"

                    """)
                let directory = "\(fixture.directory)/swarm"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                let output = try Command(
                    program("swarm"), [directory, "bash", "deploy.sh"], directory: project.directory
                ).run(timeout: .seconds(200))
                #expect(output.standardOutput.contains("\npage of "), "\(output.description)")
                #expect(output.standardOutput.contains("peer: page of "), "\(output.description)")
                #expect(output.standardOutput.contains("left: 0\n"), "\(output.description)")
            }
        }
    }
}
