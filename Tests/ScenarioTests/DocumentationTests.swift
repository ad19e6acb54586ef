import Foundation
import TestSupport
import Testing

extension OnHost {
    /// No page lies: each shell session of README.md and docs/ runs, and shows what the page says (`.ci/doctest`).
    @Suite(
        .timeLimit(.minutes(10)), .scenario,
        .enabled("needs python3, OpenSSH, rsync, Ansible, Debian's registry, newuidmap and pasta") {
            try Requirement.met(.python3, .sshd, .rsync, .ansible, .registry, .newuidmap, .pasta)
        })
    struct DocumentationTests {
        private static let pages: [String] = {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: Fixture.checkout + "docs")) ?? []
            return ["README.md"] + names.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }.sorted()
        }()

        private static func hasSession(_ page: String) -> Bool {
            // A page that cannot be read is one that the test complains about.
            let text = (try? String(contentsOfFile: Fixture.checkout + page, encoding: .utf8)) ?? "```console"
            return text.contains("```console")
        }

        private func doctest(_ arguments: String...) throws -> Command.Output {
            guard let binary = Fixture.binary else { throw TestError("there is no trice to test") }
            return try Command("\(Fixture.checkout).ci/doctest", ["--binary", binary] + arguments).run(
                timeout: .seconds(300))
        }

        @Test(arguments: pages.filter(hasSession)) func theSessionsOfAPage(page: String) throws {
            let output = try doctest(page)
            #expect(output.succeeded, "\(output.standardOutput)\(output.standardError)")
        }

        /// A new session that does not run has to be a decision.
        @Test func fewSessionsDoNotRun() throws {
            let listed = try doctest("--list").standardOutput.split(separator: "\n").filter { $0.hasPrefix("not run") }
            #expect(listed.count <= 8, "\(listed.joined(separator: "\n"))")
        }

        /// The test itself: it finds wrong output, a command that fails, and output that is left out.
        @Test func aPageThatLies() throws {
            let fixture = try Fixture()
            defer { try? fixture.cleanUp() }  // only a temporary directory
            let page = "\(fixture.directory)/page.md"
            func judge(_ session: String) throws -> Command.Output {
                try Data("# A page\n\n```console\n\(session)\n```\n".utf8).write(to: URL(filePath: page))
                return try doctest(page)
            }
            expect(try judge("$ trice version\ntrice 999"), endsWith: 1, saying: "shows something else", ":4:")
            expect(try judge("$ echo 10.1.2.3 took 5 ms\n10.77.0.9 took 1.5 s"), endsWith: 0, saying: "0 failed")
            expect(try judge("$ echo here"), endsWith: 1, saying: "shows something else")
            expect(try judge("$ false"), endsWith: 1, saying: "ended with code 1")
            expect(try judge("$ false\n$ echo $?\n1"), endsWith: 0, saying: "2 commands, 0 failed")
            expect(try judge("$ printf 'a\\nb\\nc\\n'\na\n...\nc"), endsWith: 0, saying: "0 failed")
            expect(try judge("$ printf 'a\\nb\\nc\\n'\na\n...\nd"), endsWith: 1, saying: "shows something else")
            expect(try judge("no command"), endsWith: 1, saying: "begins with `$ `")
            expect(try judge("$ sleep 1000\n^C"), endsWith: 0, saying: "0 failed")
        }

        /// What a page leaves up is taken down.
        @Test func nothingIsLeft() throws {
            let before = try HostSnapshot.take(kinds: HostSnapshot.Kind.ofLane)
            let fixture = try Fixture()
            defer { try? fixture.cleanUp() }  // only a temporary directory
            let page = "\(fixture.directory)/page.md"
            try Data("```console\n$ trice init\n...\n$ trice up\n...\n```\n".utf8).write(to: URL(filePath: page))
            expect(try doctest(page), endsWith: 0, saying: "2 commands, 0 failed")
            let processes = try Command("pgrep", ["-f", "/tmp/dt.*(trice|crun)"]).run().standardOutput
            #expect(processes.isEmpty, "processes are left: \(processes)")
            #expect(try HostSnapshot.settledDifference(from: before, kinds: HostSnapshot.Kind.ofLane) == [])
        }
    }
}

/// The documentation as a site: every page is built, and every link of it leads somewhere.
@Suite(.timeLimit(.minutes(3)), .enabled("needs mkdocs") { try Requirement.met(.mkdocs) }) struct DocumentationSiteTests
{
    @Test func everyLinkOfTheSite() throws {
        let place = try TemporaryDirectory()
        let output = try Command("\(Fixture.checkout).ci/site", ["\(place.path)/site"]).run(timeout: .seconds(120))
        #expect(output.succeeded, "\(output.standardOutput)\(output.standardError)")
        #expect(output.standardOutput.contains(" 0 of them wrong"))
    }
}
