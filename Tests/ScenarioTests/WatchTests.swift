import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `develop.watch`: `trice watch` and `up --watch`.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct WatchTests {
        /// A line of `trice watch --json`.
        private struct Row: Decodable {
            var batch: Int?
            var service: String?
            var actions: [String]?
            var files: [String]?
            var milliseconds: Int?
            var error: String?
        }

        private func rows(_ watch: RunningCommand) throws -> [Row] {
            try watch.standardOutput.split(separator: "\n").map {
                try JSONDecoder().decode(Row.self, from: Data($0.utf8))
            }.filter { $0.batch != nil }
        }

        /// Starts a watch and waits until it watches.
        private func watch(_ project: Project, _ arguments: String...) throws -> RunningCommand {
            let watch = try project.command(["watch", "--json"] + arguments).start()
            guard eventually({ watch.standardOutput.contains("\"directories\"") || !watch.isRunning }), watch.isRunning
            else { throw TestError(watch.wait(timeout: .seconds(1)).description) }
            return watch
        }

        private func end(_ watch: RunningCommand) -> Command.Output {
            watch.send(SIGINT)
            return watch.wait(timeout: .seconds(20))
        }

        private func inside(_ project: Project, _ script: String, of service: String = "web") throws -> String {
            let output = try project.trice("exec", service, "--", "sh", "-c", script)
            return output.standardOutput + output.standardError
        }

        private func shell(_ project: Project, _ line: String) throws {
            try UserRun.give(project.directory)
            let output = try UserRun.command(Command("/bin/sh", ["-ec", line], directory: project.directory)).run()
            guard output.succeeded else { throw TestError(output.description) }
        }

        private func file(_ fixture: Fixture, _ rules: String, more: String = "") -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: bootstrap:busybox
                command: sh -c 'cat /proc/sys/kernel/random/uuid >/started; exec sleep 1000'
                stop_grace_period: 0s
                \(more)
                develop:
                  watch:
            \(rules.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n"))

            """
        }

        /// Attributes: `develop`, `develop.watch`, `develop.watch.*.path`, `develop.watch.*.target`, `develop.watch.*.ignore`
        @Test func savedFilesAreInsideAtOnce() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    file(
                        fixture, "- { path: ./src, action: sync, target: /app, ignore: [node_modules, '*.log'] }",
                        more: "user: \"1000:1001\""))
                try project.write("src/old.txt", "1")
                let watch = try watch(project)
                try shell(
                    project,
                    "echo new >src/a.txt; chmod 750 src/a.txt; mkdir -p src/d/e; echo deep >src/d/e/f; ln -s a.txt src/link; echo x >src/x.log; mkdir src/node_modules; echo x >src/node_modules/x"
                )
                #expect(eventually { (try? rows(watch).count) == 1 })
                #expect(
                    try inside(
                        project,
                        "cd /app && cat a.txt d/e/f link; readlink link; stat -c '%a %u:%g' a.txt d; find . | sort")
                        == "new\ndeep\nnew\na.txt\n750 1000:1001\n755 1000:1001\n.\n./a.txt\n./d\n./d/e\n./d/e/f\n./link\n"
                )
                try shell(project, "mv src/d src/moved; rm src/link; echo two >src/a.txt")
                #expect(eventually { (try? inside(project, "cat /app/a.txt")) == "two\n" })
                #expect(
                    try inside(project, "cd /app; find . | sort") == ".\n./a.txt\n./moved\n./moved/e\n./moved/e/f\n")
                let row = try #require(try rows(watch).last)
                #expect(row.service == "web" && row.actions == ["sync"] && row.error == nil)
                #expect(try #require(row.milliseconds) < 5000)
                let ended = end(watch)
                #expect(ended.exit == .code(130), "\(ended.description)")
                // The services run on, and nothing of the watch is left.
                #expect(try inside(project, "cat /app/a.txt") == "two\n")
                try shell(project, "echo three >src/a.txt")
                usleep(200_000)
                #expect(try inside(project, "cat /app/a.txt") == "two\n")
            }
        }

        @Test func aBranchSwitchOfThreeThousandFilesIsOneBatch() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    file(fixture, "- { path: ., action: sync, target: /app, ignore: [Envfile] }"))
                try shell(
                    project,
                    """
                    git init -q -b main . && git config user.email a@b.c && git config user.name n && git config gc.auto 0
                    mkdir src; for d in $(seq 0 29); do mkdir src/$d; for f in $(seq 0 99); do echo $d $f one >src/$d/$f; done; done
                    git add . && git commit -q -m one && git checkout -q -b other
                    for d in $(seq 0 29); do for f in $(seq 0 99); do echo $d $f two >src/$d/$f; done; done
                    git add . && git commit -q -m two && git checkout -q main
                    """)
                let watch = try watch(project)
                try shell(project, "git checkout -q other")
                #expect(eventually(within: .seconds(20)) { (try? rows(watch).isEmpty) == false })
                #expect(try inside(project, "cat /app/src/*/* | grep -c two") == "3000\n")
                try shell(project, "git checkout -q main")
                #expect(eventually(within: .seconds(20)) { (try? rows(watch).count) == 2 })
                usleep(300_000)
                #expect(try inside(project, "cat /app/src/*/* | grep -c one; ls -a /app") == "3000\n.\n..\nsrc\n")
                #expect(try rows(watch).map { $0.files?.count } == [3000, 3000])
                #expect(try rows(watch).map(\.batch) == [1, 2])
                _ = end(watch)
            }
        }

        /// Attributes: `develop.watch.*.action`, `develop.watch.*.include`, `develop.watch.*.initial_sync`
        /// Attributes: `develop.watch.*.exec`, `develop.watch.*.exec.command`, `develop.watch.*.exec.environment`
        /// Attributes: `develop.watch.*.exec.user`, `develop.watch.*.exec.working_dir`, `develop.watch.*.exec.privileged`
        @Test func restartsAndCommandsFollowTheCopies() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    file(
                        fixture,
                        """
                        - { path: ./conf, action: restart }
                        - { path: ./lib, action: sync+restart, target: /lib/app }
                        - path: ./nginx
                          action: sync+exec
                          target: /etc/nginx
                          include: ["*.conf"]
                          exec:
                            command: ["sh", "-c", "cat *.conf $$MORE >/tmp/reloaded; echo $$ >>/tmp/runs; id -u >/tmp/who"]
                            user: "7"
                            working_dir: /etc/nginx
                            environment: { MORE: /tmp/more }
                        - path: ./caps
                          action: sync+exec
                          target: /caps
                          exec: { command: ["sh", "-c", "grep CapEff /proc/self/status >/caps.out"], privileged: true }
                        - { path: ./data.txt, action: sync, target: /data/here.txt }
                        - { path: ./static, action: sync, target: /static, initial_sync: true }
                        """))
                for name in ["conf/a", "lib/x", "nginx/a.conf", "nginx/b.conf", "static/s/t"] {
                    try project.write(name, "1\n")
                }
                let watch = try watch(project)
                _ = try inside(project, "mkdir -p /tmp; chmod 1777 /tmp; echo more >/tmp/more")
                #expect(try inside(project, "cat /static/s/t; ls /etc/nginx 2>&1") != "1\n")
                #expect(try inside(project, "cat /static/s/t") == "1\n")
                let first = try inside(project, "cat /started")
                try shell(project, "echo 2 >conf/a")
                #expect(eventually { (try? inside(project, "cat /started")) != first })
                #expect(eventually { (try? rows(watch).contains { $0.actions == ["restart"] }) == true })
                let second = try inside(project, "cat /started")
                try shell(project, "echo 2 >lib/x")
                #expect(eventually { (try? rows(watch).contains { $0.actions == ["sync", "restart"] }) == true })
                #expect(try inside(project, "cat /lib/app/x") == "2\n")
                #expect(eventually { (try? inside(project, "cat /started")) != second })
                // One command for both files; what is not included is not copied.
                try shell(project, "echo A >nginx/a.conf; echo B >nginx/b.conf; echo C >nginx/c.txt")
                #expect(eventually { (try? inside(project, "cat /tmp/reloaded")) == "A\nB\nmore\n" })
                #expect(try inside(project, "wc -l </tmp/runs; ls /etc/nginx") == "1\na.conf\nb.conf\n")
                #expect(eventually { (try? inside(project, "cat /tmp/who")) == "7\n" })
                let plain = try inside(project, "grep CapEff /proc/self/status")
                try shell(project, "mkdir -p caps; echo 1 >caps/a")
                #expect(eventually { ((try? inside(project, "cat /caps.out")) ?? "") > plain })
                // A single file that did not exist.
                try shell(project, "echo file >data.txt")
                #expect(eventually { (try? inside(project, "cat /data/here.txt")) == "file\n" })
                try shell(project, "rm data.txt")
                #expect(eventually { (try? inside(project, "ls /data")) == "" })
                _ = end(watch)
            }
        }

        @Test func aRebuildMakesANewContainerAndLosesNoEdit() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        build: .
                        command: sleep 1000
                        stop_grace_period: 0s
                        develop:
                          watch:
                            - { path: ., action: rebuild, ignore: [Envfile] }
                    """)
                try project.write("Dockerfile", "FROM bootstrap:busybox\nCOPY src /src\nRUN sleep 1\n")
                try project.write(".dockerignore", "*.md\n")
                try project.write("src/a", "1\n")
                let watch = try watch(project)
                #expect(try inside(project, "cat /src/a") == "1\n")
                try shell(project, "echo ignored >notes.md; sleep 0.3; echo 2 >src/a")
                usleep(700_000)
                // The second edit comes while the build runs.
                try shell(project, "echo 3 >src/a; echo 1 >src/b")
                #expect(eventually(within: .seconds(40)) { (try? inside(project, "cat /src/a /src/b")) == "3\n1\n" })
                #expect(eventually { (try? rows(watch).count) ?? 0 >= 2 })
                #expect(try rows(watch).allSatisfy { $0.actions == ["rebuild"] && $0.error == nil })
                #expect(try !rows(watch).contains { $0.files?.contains { $0.hasSuffix(".md") } == true })
                // A build that fails leaves the service as it is, and the watch goes on.
                try shell(project, "echo 'FROM bootstrap:busybox\nRUN false' >Dockerfile")
                #expect(eventually(within: .seconds(40)) { (try? rows(watch).last?.error) != nil })
                #expect(try inside(project, "cat /src/a") == "3\n")
                try shell(project, "printf 'FROM bootstrap:busybox\nCOPY src /src2\n' >Dockerfile")
                #expect(eventually(within: .seconds(40)) { (try? inside(project, "cat /src2/a")) == "3\n" })
                _ = end(watch)
                let images = try project.expectSuccess("image", "ls", "--json")
                #expect(!images.contains("<none>"))
            }
        }

        @Test func aFolderMayBeReplacedOrVanish() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    file(fixture, "- { path: ./src, action: sync, target: /app, initial_sync: true }"))
                try shell(project, "mkdir src; echo 1 >src/a; echo 1 >src/b")
                let watch = try watch(project)
                try shell(project, "mv src away")
                usleep(1_500_000)
                #expect(try inside(project, "cat /app/a /app/b") == "1\n1\n")
                try shell(project, "mkdir src; echo 2 >src/a")
                #expect(eventually { (try? inside(project, "cat /app/a; ls /app")) == "2\na\n" })
                try shell(project, "echo 3 >src/c")
                #expect(eventually { (try? inside(project, "cat /app/c")) == "3\n" })
                // Another directory in its place, as tools that write everything anew do.
                try shell(project, "mkdir new; echo 9 >new/z; mv src old && mv new src")
                #expect(eventually { (try? inside(project, "ls /app; cat /app/z")) == "z\n9\n" })
                _ = end(watch)
            }
        }

        @Test func whatIsNotUpIsToldAndTheWatchGoesOn() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(file(fixture, "- { path: ./src, action: sync, target: /app }"))
                try shell(project, "mkdir src")
                let watch = try watch(project, "--no-up")
                try shell(project, "echo 1 >src/a")
                #expect(eventually { (try? rows(watch).first?.error?.contains("does not run")) == true })
                try project.expectSuccess("up")
                try shell(project, "echo 2 >src/a")
                #expect(eventually { (try? inside(project, "cat /app/a")) == "2\n" })
                _ = end(watch)
            }
        }

        @Test func upWatchesToo() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(file(fixture, "- { path: ./src, action: sync, target: /app }"))
                try shell(project, "mkdir src")
                let up = try project.command(["up", "--watch"]).start()
                #expect(eventually(within: .seconds(30)) { up.standardOutput.contains("watching 1 directory for web") })
                try shell(project, "echo 1 >src/a")
                #expect(eventually { up.standardOutput.contains("web: 1 file synced to /app in ") })
                #expect(try inside(project, "cat /app/a") == "1\n")
                expect(end(up), endsWith: 130, saying: "(a)")
                // With the output of the services, which Ctrl-C stops.
                let follow = try project.command(["up", "--watch", "--follow"]).start()
                #expect(eventually(within: .seconds(30)) { follow.standardOutput.contains("watching") })
                try shell(project, "echo 2 >src/a")
                #expect(eventually { follow.standardOutput.contains("1 file synced") })
                #expect(end(follow).exit == .code(130))
                expect(try project.trice("exec", "web", "--", "true"), endsWith: 1, saying: "not running")
            }
        }

        @Test func whatCannotBeWatchedIsSaidBeforeAnythingIsDone() async throws {
            try await withFixture { fixture in
                func project(_ rules: String, _ more: String = "") throws -> Project {
                    let project = try fixture.emptyProject(named: fixture.id)
                    try project.write("Envfile", file(fixture, rules, more: more))
                    return project
                }
                let rebuild = try project("- { path: ./src, action: rebuild }")
                expect(try rebuild.trice("watch"), endsWith: 1, saying: "has no `build:`", "web", "/src")
                expect(try rebuild.trice("up", "--watch"), endsWith: 1, saying: "has no `build:`")
                expect(try rebuild.trice("watch", "nobody"), endsWith: 1, saying: "service `nobody`")
                let pattern = try project("- { path: ., action: sync, target: /app, ignore: ['a[b'] }")
                expect(try pattern.trice("watch"), endsWith: 1, saying: "a[b", "`ignore` of service `web`")
                let none = try project("[]")
                expect(try none.trice("watch"), endsWith: 1, saying: "something to watch", "develop")
                let mounted = try project("- { path: ./src, action: sync, target: /app }", "volumes: [\".:/here\"]")
                expect(
                    try mounted.trice("watch", "--dry-run"), endsWith: 0, saying: "container web-1")
                expect(try rebuild.trice("up", "--watch", "--no-build"), endsWith: 64, saying: "--watch")
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.runDirectory)/environments/\(fixture.id)"))
                let shown = try project("- { path: ./src, action: sync, target: /app }")
                expect(
                    try shown.trice("watch", "--dry-run"), endsWith: 0,
                    saying: "watch \(shown.directory)/src for web: sync to /app")
            }
        }
    }
}
