import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Two projects that others wrote, built over the network from Debian's packages: from nothing to a service that
    /// answers, and from a changed file to the changed answer.
    @Suite(
        .timeLimit(.minutes(15)), .scenario,
        .enabled("needs Debian's package mirror") { try Requirement.met(.network) }, .tags(.slow))
    struct RealProjectTests {
        @Test(.alone) func memcachedInC() async throws {
            try await withFixture { fixture in
                let real = try RealProject(
                    "memcached", fixture, source: "m/memcached/memcached_1.6.18.orig.tar.xz",
                    checksum: "35872bd25f8d29d7cc2072d23e74344530891bfd0aa4f4f64184a8ae7291164b",
                    unpacking: "mkdir src && tar -xJf \"$FILE\" -C src --strip-components=1")
                let project = real.project
                let built = try real.up()
                // Both stages install packages; what the first has downloaded the second takes from the cache mount.
                #expect(built.contains("Need to get 0 B/"), "\(built)")
                #expect(built.contains(/direct_cache_hit +0\n/), "\(built)")
                #expect(try version(real) == "VERSION 1.6.18\r\n")
                let endpoint = try real.endpoint("cache", 11211)
                let stored = try Socket.exchange("set rope 0 0 4\r\ntaut\r\n", kind: .tcp, with: endpoint)
                #expect(stored == "STORED\r\n")
                let value = try Socket.exchange("get rope\r\n", kind: .tcp, with: endpoint)
                #expect(value == "VALUE rope 0 4\r\ntaut\r\nEND\r\n")
                expect(try project.trice("exec", "cache", "--", "id", "-un"), endsWith: 0, saying: "memcache")
                expect(try project.trice("exec", "cache", "--", "which", "gcc"), endsWith: 1)
                let configuration = try project.expectSuccess("image", "inspect", "\(fixture.id)-cache")
                for text in ["11211/tcp", "/dev/tcp/127.0.0.1/11211", "5000000000"] {
                    #expect(configuration.contains(text), "`\(text)` is missing: \(configuration)")
                }
                try real.expectNothingToDo()

                // One file of 26: it alone is compiled, in the step that reads it.
                try real.edit("src/proto_text.c", "\"VERSION \" VERSION", "\"VERSION changed-\" VERSION")
                let rebuilt = try real.up()
                #expect(rebuilt.contains("src/proto_text.c changed"), "\(rebuilt)")
                #expect(rebuilt.contains(/cache_miss +1\n/) && rebuilt.contains(/direct_cache_hit +25\n/), "\(rebuilt)")
                for text in ["apt-get", "./configure --prefix"] {
                    #expect(!rebuilt.contains("\(text)"), "a step was done again: \(rebuilt)")
                }
                #expect(try version(real) == "VERSION changed-1.6.18\r\n")
                try real.expectNothingLeft()
                #expect(try project.expectSuccess("image", "ls").contains("\(fixture.id)-cache"))
            }
        }

        /// Retries: the port is published before the server listens.
        private func version(_ real: RealProject) throws -> String {
            let endpoint = try real.endpoint("cache", 11211)
            var answer = ""
            _ = eventually {
                // Not up yet: ask again.
                answer = (try? Socket.exchange("version\r\n", kind: .tcp, with: endpoint)) ?? ""
                return !answer.isEmpty
            }
            return answer
        }

        @Test(.alone) func radicaleInPython() async throws {
            try await withFixture { fixture in
                let real = try RealProject(
                    "radicale", fixture, source: "r/radicale/python3-radicale_3.1.8-2_all.deb",
                    checksum: "9cca658379c15240158a801ceb2d69eec300812bb24aa12b837b03641413cfeb",
                    unpacking: """
                        mkdir src
                        dpkg-deb --fsys-tarfile "$FILE" |
                            tar -x -C src --strip-components=5 ./usr/lib/python3/dist-packages/radicale
                        """)
                let project = real.project
                try real.up()
                let page = "/.web/"
                #expect(
                    try Response.eventually(page, from: real.endpoint("web", 5232)) { $0.body.contains("Radicale") })
                // It keeps a calendar in its volume, as the user of the image.
                let event =
                    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//trice//EN\nBEGIN:VEVENT\nUID:1\n"
                    + "DTSTAMP:20260101T000000Z\nDTSTART:20260101T000000Z\nSUMMARY:Trice up\nEND:VEVENT\nEND:VCALENDAR\n"
                try project.write("event.ics", event)
                try ask(
                    real, "dev/days/", "-X", "PUT", "-H", "Content-Type: text/calendar", "--data-binary",
                    "@\(project.directory)/event.ics")
                #expect(try calendar(real).contains("SUMMARY:Trice up"))
                expect(
                    try project.trice(
                        "exec", "web", "--", "stat", "-c", "%U %F", "/var/lib/radicale/collections"),
                    endsWith: 0, saying: "radicale directory")
                // What compiled it is not in the image, and its sources are in no layer.
                expect(
                    try project.trice("exec", "web", "--", "sh", "-c", "ls -d /project /usr/bin/pip"),
                    endsWith: 2, saying: "/project", "/usr/bin/pip")
                try real.expectNothingToDo()

                try real.edit(
                    "src/radicale/web/internal_data/index.html", "<title>Radicale Web Interface</title>",
                    "<title>Changed by the test</title>")
                let rebuilt = try real.up()
                #expect(rebuilt.contains("radicale/web/internal_data/index.html changed"), "\(rebuilt)")
                #expect(rebuilt.contains("Successfully installed radicale"), "\(rebuilt)")
                for text in ["apt-get", "-m venv", "useradd"] {
                    #expect(!rebuilt.contains("\(text)"), "a step was done again: \(rebuilt)")
                }
                #expect(
                    try Response.eventually(page, from: real.endpoint("web", 5232)) {
                        $0.body.contains("Changed by the test")
                    })
                #expect(try calendar(real).contains("SUMMARY:Trice up"), "the volume has been kept")

                // A step of packages that has changed downloads nothing that it had.
                try real.edit("Dockerfile", "python3-venv python3-wheel", "python3-wheel python3-venv")
                let installed = try real.up()
                #expect(installed.contains("Need to get 0 B/"), "\(installed)")
                try real.expectNothingLeft()
            }
        }

        private func calendar(_ real: RealProject) throws -> String {
            try ask(real, "dev/days/", "--retry", "5", "--retry-all-errors")
        }

        @discardableResult
        private func ask(_ real: RealProject, _ path: String, _ options: String...) throws -> String {
            let address = "http://127.0.0.1:\(try real.endpoint("web", 5232).port)/\(path)"
            let output = try Command("curl", ["-fsS", "-u", "dev:dev"] + options + [address]).run()
            guard output.succeeded else { throw TestError(output.description) }
            return output.standardOutput
        }
    }
}
