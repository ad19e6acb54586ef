import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Services of another environment, by `external`.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ExternalServiceTests {
        /// The environment with the database: healthy once a file is there that its command makes.
        private func shop(_ fixture: Fixture, named: String = "shop", more: String = "") throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)s
                services:
                  db:
                    image: bootstrap:busybox
                    stop_grace_period: 0s
                    command: sh -c 'rm -f /ready; mkdir -p /w; echo shop >/w/index.html; sleep 1; touch /ready; exec httpd -f -p 80 -h /w'
                    healthcheck: { test: [CMD, test, -e, /ready], interval: 200ms, retries: 100 }
                  web: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s }
                \(more)
                """, named: named)
        }

        private func blog(
            _ fixture: Fixture, environment: String? = nil, service: String = "db", named: String = "blog",
            more: String = ""
        ) throws -> Project {
            try fixture.project(
                """
                name: \(fixture.id)\(named)
                services:
                  web:
                    image: bootstrap:busybox
                    command: sh -c 'wget -qO- http://store/ >/seen; exec sleep 1000'
                    stop_grace_period: 0s
                    depends_on: { store: { condition: service_healthy } }
                  store: { external: { environment: \(environment ?? fixture.id + "s"), service: \(service) } }
                \(more)
                """, named: named)
        }

        private func lookUp(_ name: String, from service: String, _ project: Project) throws -> Set<String> {
            let output = try project.trice("exec", service, "--", "nslookup", "-type=a", "\(name).")
            return Set(
                output.standardOutput.split(separator: "\n").drop { !$0.hasPrefix("Name:") }
                    .filter { $0.hasPrefix("Address:") }.map { $0.dropFirst(8).trimmingCharacters(in: .whitespaces) })
        }

        private func address(_ service: String, _ project: Project) throws -> String {
            try #require(try project.status().service(service).address)
        }

        /// Attributes: `external`, `external.environment`, `external.service`
        @Test func itIsBroughtUpReachedAndKeptWhileItIsNeeded() async throws {
            try await withFixture { fixture in
                let shop = try shop(fixture)
                let blog = try blog(fixture)
                // It was never up.
                expect(
                    try blog.trice("up"), endsWith: 1,
                    saying:
                        "Envfile:8: services.store.external: there is no environment `\(fixture.id)s` on this machine")
                try shop.expectSuccess("up", "web")
                // The environment is up, and the service is not.
                let up = try blog.trice("up")
                #expect(up.succeeded, "\(up)")
                #expect(up.standardError.contains("bringing up `db` of \(fixture.id)s-"), "\(up)")
                #expect(try shop.status().service("db").health == "healthy")
                #expect(try blog.status().services.map(\.service) == ["web"])
                // Its health was waited for, and it is reached by the name that it has here alone.
                #expect(try blog.expectSuccess("exec", "web", "cat", "/seen") == "shop\n")
                #expect(try lookUp("store", from: "web", blog) == [try address("db", shop)])
                #expect(try lookUp("db", from: "web", blog) == [])
                // Each has a service `web`, and keeps its own.
                let own = try lookUp("web", from: "web", blog)
                let theirs = try lookUp("web", from: "db", shop)
                #expect(own.count == 1 && theirs.count == 1 && own.isDisjoint(with: theirs), "\(own) \(theirs)")
                #expect(try blog.expectSuccess("plan").contains("nothing to do"))
                #expect(try blog.expectSuccess("config").contains("environment: \(fixture.id)s"))

                // Who uses whom.
                let shopID = try shop.status().environment
                let blogID = try blog.status().environment
                expect(try blog.trice("status"), endsWith: 0, saying: "store: `db` of \(shopID)")
                expect(try shop.trice("status"), endsWith: 0, saying: "db is used by \(blogID)")
                expect(try shop.trice("ls"), endsWith: 0, saying: "USES", "db of \(shopID)")
                let list = try shop.expectSuccess("ls", "--json").filter { !$0.isWhitespace }
                let use = "{\"names\":[\"store\"],\"owner\":\"\(shopID)\",\"service\":\"db\",\"user\":\"\(blogID)\"}"
                #expect(list.contains("\"usedBy\":[\(use)]") && list.contains("\"uses\":[\(use)]"), "\(list)")

                expect(try blog.trice("status"), endsWith: 0, saying: "store: `db` of \(shopID), running, healthy")
                let status = try blog.expectSuccess("status", "--json").filter { !$0.isWhitespace }
                #expect(
                    status.contains(
                        "\"externals\":[{\"environment\":\"\(shopID)\",\"health\":\"healthy\",\"name\":\"store\","
                            + "\"service\":\"db\",\"state\":\"running\"}]"), "\(status)")

                // It is kept while it is needed.
                for words in [["down"], ["halt"], ["stop", "db"], ["rm", "-sf", "db"]] {
                    let refused = try shop.command(words).run()
                    expect(
                        refused, endsWith: 1, saying: "its service `db` is used by `\(blogID)`",
                        "trice -p \(blogID) down")
                }
                #expect(try shop.status().service("db").state == "running")
                try shop.expectSuccess("stop", "web")
                // It may be made anew meanwhile.
                try shop.expectSuccess("restart", "db")
                try shop.expectSuccess("up", "--force-recreate", "db")
                #expect(try lookUp("store", from: "web", blog) == [try address("db", shop)])
                try blog.expectSuccess("exec", "web", "wget", "-qO-", "http://store/")

                try blog.expectSuccess("down")
                let plan = try blog.trice("plan").standardOutput
                #expect(plan.contains("is not joined"), "\(plan)")
                #expect(!(try shop.expectSuccess("ls")).contains("USES"))
                // The network is there, and this environment is not in it.
                let joins = try blog.trice("plan").standardOutput.split(separator: "\n")
                #expect(
                    joins.contains { $0.contains("\(shopID)_default") && $0.hasSuffix("is not joined") }, "\(joins)")
                try shop.expectSuccess("down", "--volumes")
            }
        }

        @Test func aServiceThatEndedComesBackBeforeTheOthersStart() async throws {
            try await withFixture { fixture in
                let shop = try shop(fixture)
                let blog = try blog(fixture)
                try shop.expectSuccess("up", "db")
                try blog.expectSuccess("up")
                try shop.expectSuccess("kill", "db")
                try blog.expectSuccess("halt")
                let start = try blog.trice("start")
                #expect(start.succeeded, "\(start)")
                #expect(try shop.status().service("db").health == "healthy")
                try blog.expectSuccess("exec", "web", "wget", "-qO-", "http://store/")
                // `up` of the service alone, which has no container here.
                try shop.expectSuccess("kill", "db")
                try blog.expectSuccess("up", "store")
                #expect(try shop.status().service("db").health == "healthy")
                try blog.expectSuccess("down")
                try shop.expectSuccess("down", "--volumes")
            }
        }

        /// Each passes the check before either has joined the other's network.
        @Test func twoThatNeedEachOtherAtOnceAreNotBothUp() async throws {
            try await withFixture { fixture in
                func project(_ name: String, _ other: String) throws -> Project {
                    try fixture.project(
                        """
                        name: \(fixture.id)\(name)
                        services:
                          base: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, networks: [own] }
                          app: { image: "bootstrap:busybox", command: sleep 1000, stop_grace_period: 0s, depends_on: [far] }
                          far: { external: { environment: \(fixture.id)\(other), service: base } }
                        networks: { own: {} }

                        """, named: name)
                }
                let (one, two) = (try project("one", "two"), try project("two", "one"))
                try one.expectSuccess("up", "base")
                try two.expectSuccess("up", "base")
                async let first = Task.detached { try one.trice("up") }.value
                let second = try two.trice("up")
                let outputs = [try await first, second]
                let failures = outputs.filter { !$0.succeeded }
                #expect(!failures.isEmpty, "\(outputs)")
                for failure in failures { expect(failure, endsWith: 1, saying: "in a circle: ") }
                // Neither keeps the other one up for ever.
                for project in [one, two, one, two] { _ = try project.trice("down", "--volumes") }
                #expect(try one.status().services.isEmpty && two.status().services.isEmpty)
            }
        }

        @Test func mistakesAreToldWithTheirPlace() async throws {
            try await withFixture { fixture in
                let shop = try shop(fixture)
                try shop.expectSuccess("up")
                let unknown = try blog(fixture, service: "database", named: "unknown")
                expect(
                    try unknown.trice("up"), endsWith: 1,
                    saying: "Envfile:8: services.store.external: `database` of `\(fixture.id)s-", "is not defined")
                // Two environments of one project's name.
                let second = try self.shop(fixture, named: "second")
                try second.expectSuccess("up", "web")
                let blog = try blog(fixture)
                expect(try blog.trice("up"), endsWith: 1, saying: "may be any of", "environment: \(fixture.id)s-")
                #expect(try !blog.trice("status").standardOutput.contains("running"))
                try second.expectSuccess("down", "--volumes")
                try blog.expectSuccess("up")
                // A circle.
                let circular = try self.shop(
                    fixture, more: "  entry: { external: { environment: \(fixture.id)blog, service: web } }")
                expect(try circular.trice("up"), endsWith: 1, saying: "in a circle", " -> ")
                try blog.expectSuccess("down")
                expect(try circular.trice("up"), endsWith: 1, saying: "in a circle", " -> ")
                _ = try self.shop(fixture)
                // A service that cannot become healthy.
                try shop.expectSuccess("down")
                try shop.write(
                    "Envfile",
                    "name: \(fixture.id)s\nservices:\n  db: { image: 'bootstrap:busybox', command: 'false' }\n")
                expect(
                    try blog.trice("up"), endsWith: 1, saying: "`db` of `\(fixture.id)s-", "could not be brought up",
                    "trice up db")
                // Its directory is gone.
                try shop.expectSuccess("down")
                try FileManager.default.removeItem(atPath: shop.directory)
                expect(try blog.trice("up"), endsWith: 1, saying: "Envfile:8")
                try blog.expectSuccess("down")
                // The clean-up of the test works in it.
                _ = try self.shop(fixture)
            }
        }
    }
}
