import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Every template comes up in an empty directory, its services answer, and its data outlives `down`.
    @Suite(
        .timeLimit(.minutes(15)), .scenario,
        .enabled("needs Debian's package mirror") { try Requirement.met(.network) }, .tags(.slow))
    struct TemplateTests {
        /// Runs `body` in a directory that `trice init` wrote a template into; nothing is left of it afterwards.
        private func withTemplate(_ template: String, _ body: (Project) throws -> Void) async throws {
            try await withFixture { fixture in
                try fixture.shareImages()
                let kinds = HostSnapshot.Kind.undisturbed
                let before = try HostSnapshot.take(kinds: kinds)
                let project = try fixture.emptyProject(named: fixture.id)
                expect(try project.trice("init", template), endsWith: 0, saying: "wrote Envfile")
                try up(project)
                try body(project)
                try down(project, "--volumes")
                // Forwarding stays on once it was needed, as other container engines leave it.
                let left = try HostSnapshot.settledDifference(
                    from: before, kinds: kinds, ignoring: [.setting])
                #expect(left == [], "\(template)")
            }
        }

        private func up(_ project: Project) throws {
            expect(try project.trice("up", timeout: .seconds(600)), endsWith: 0)
        }

        /// Takes it down, and sees that no service had to be killed: that takes ten seconds.
        private func down(_ project: Project, _ options: String...) throws {
            let clock = ContinuousClock()
            let time = try clock.measure { expect(try project.command(["down"] + options).run(), endsWith: 0) }
            #expect(time < .seconds(8), "a service did not stop when asked")
            #expect(try project.status().services.isEmpty)
        }

        private func endpoint(_ project: Project, _ service: String, _ port: UInt16) throws -> Endpoint {
            Endpoint("127.0.0.1", try project.status().port(of: service, port))
        }

        /// Asks until the whole chain behind a port has come up; the first start of a database takes longest.
        private func answer(
            _ path: String = "/", from endpoint: Endpoint, _ condition: (Response) -> Bool = { $0.status == 200 }
        ) throws -> Response {
            var last: Response?
            let isThere = eventually(within: .seconds(60)) {
                // Not up yet in any of its parts: ask again.
                guard let response = try? Response.get(path, from: endpoint) else { return false }
                last = response
                return condition(response)
            }
            guard isThere, let last else {
                throw TestError(
                    "port \(endpoint.port) does not answer \(path) as it should: \(String(describing: last))")
            }
            return last
        }

        @Test func debian() async throws {
            try await withTemplate("debian") { project in
                try project.write("Makefile", "greet:\n\t@python3 -c 'print(\"made in\", \"$(CURDIR)\")' | tee made\n")
                expect(try project.trice("ssh", "--", "make", "greet"), endsWith: 0, saying: "made in /work")
                #expect(try project.read("made") == "made in /work\n")
                let tools = "git --version && curl --version && less --version && ssh -V && vi --version && ps"
                expect(try project.trice("ssh", "box", "--", "sh", "-c", tools), endsWith: 0, saying: "git version")
                expect(try project.trice("ssh", "--", "sh", "-c", "echo 42 > ~/kept; exit 3"), endsWith: 3)
                try down(project)
                try up(project)
                expect(try project.trice("ssh", "--", "cat", "/root/kept"), endsWith: 0, saying: "42")
            }
        }

        @Test func nginxPHPMariaDB() async throws {
            try await withTemplate("nginx-php-mariadb") { project in
                #expect(try project.status().running == ["app", "db", "web"])
                let web = try endpoint(project, "web", 80)
                #expect(try !answer(from: web).body.contains("<li>"))
                let address = "http://127.0.0.1:\(web.port)/"
                for (text, status) in [("first <guest>", "303"), ("", "400")] {
                    let posted = try Command(
                        "curl",
                        ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--data-urlencode", "text=\(text)", address]
                    ).run()
                    #expect(posted.standardOutput == status, "\(posted.description)")
                }
                #expect(try answer(from: web).body.contains("<li>first &lt;guest&gt;"))
                // In the database itself.
                let query = ["exec", "db", "--", "mariadb", "-N", "guestbook", "-e", "SELECT text FROM entries"]
                #expect(try project.command(query).run().standardOutput == "first <guest>\n")
                try down(project)
                try up(project)
                #expect(try answer(from: endpoint(project, "web", 80)).body.contains("<li>first &lt;guest&gt;"))
            }
        }

        @Test func nodePostgres() async throws {
            try await withTemplate("node-postgres") { project in
                let app = try endpoint(project, "app", 3000)
                #expect(try answer("/tasks", from: app).body == "[]\n")
                #expect(try Response.post("water the plants", path: "/tasks", to: app).status == 201)
                #expect(try Response.post("", path: "/tasks", to: app).status == 400)
                let tasks = #"[{"id":1,"text":"water the plants"}]"# + "\n"
                #expect(try answer("/tasks", from: app).body == tasks)
                let query = ["exec", "db", "--", "psql", "-At", "-c", "SELECT text FROM tasks"]
                #expect(try project.command(query).run().standardOutput == "water the plants\n")
                // A change of the program is seen without anything else being done.
                let program = try project.read("app/server.js")
                try project.write("app/server.js", program.replacingOccurrences(of: "hello:", with: "changed:"))
                _ = try answer(from: app) { $0.body.contains("changed") }
                try down(project)
                try up(project)
                #expect(try answer("/tasks", from: endpoint(project, "app", 3000)).body == tasks)
            }
        }

        @Test func pythonRedis() async throws {
            try await withTemplate("python-redis") { project in
                let app = try endpoint(project, "app", 5000)
                #expect(try answer(from: app).body == "Hello! This is visit 1.\n")
                #expect(try answer(from: app).body == "Hello! This is visit 2.\n")
                #expect(try answer("/visits", from: app).body.contains(#""visits": 2"#))
                expect(try project.trice("exec", "redis", "--", "redis-cli", "get", "visits"), endsWith: 0, saying: "2")
                try down(project)
                try up(project)
                #expect(try answer("/visits", from: endpoint(project, "app", 5000)).body.contains(#""visits": 2"#))
            }
        }

        @Test func go() async throws {
            try await withTemplate("go") { project in
                let app = try endpoint(project, "app", 8080)
                #expect(try answer(from: app).body == "{}\n")
                #expect(try Response.post("https://example.test/x", path: "/x", to: app).status == 201)
                #expect(try Response.post("no address", path: "/y", to: app).status == 400)
                #expect(try Response.get("/x", from: app).status == 302)
                expect(try project.trice("ssh", "app", "--", "id", "-un"), endsWith: 0, saying: "www-data")
                let tests = try project.trice(
                    "build", "--progress", "plain", "--target", "test", "-t", "\(project.name)-test", "app",
                    timeout: .seconds(200))
                expect(tests, endsWith: 0, saying: "ok")
                // A change of the program is compiled, and nothing else is done.
                let program = try project.read("app/main.go")
                try project.write("app/main.go", program.replacing("http.StatusFound", with: "http.StatusSeeOther"))
                expect(try project.trice("plan"), endsWith: 2, saying: "main.go changed", "~ container app-1")
                expect(
                    try project.trice("up", timeout: .seconds(200)), endsWith: 0, saying: "main.go changed")
                _ = try answer("/x", from: endpoint(project, "app", 8080)) { $0.status == 303 }
                try down(project)
                try up(project)
                let links = #"{"x":"https://example.test/x"}"# + "\n"
                #expect(try answer(from: endpoint(project, "app", 8080)).body == links)
            }
        }
    }
}
