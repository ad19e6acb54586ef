import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `provision`: steps that make a container ready for work.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ProvisionTests {
        /// A service with these steps, each indented by eight spaces.
        private func text(_ fixture: Fixture, _ steps: String, more: String = "") -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                environment: { STAGE: service, KEPT: "yes" }
            \(more)
                provision:
            \(steps)
            """
        }

        private func inside(_ project: Project, _ command: String) throws -> String {
            try project.expectSuccess("exec", "web", "sh", "-c", command)
        }

        /// Attributes: `provision`, `provision.*.name`, `provision.*.run`, `provision.*.inputs`, `provision.*.shell`
        /// Attributes: `provision.*.shell.path`, `provision.*.shell.args`, `provision.*.user`, `provision.*.working_dir`
        /// Attributes: `provision.*.environment`
        @Test func stepsRunInOrderOnceAndWhenSomethingChanged() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(
                        fixture,
                        """
                              - name: packages
                                shell: echo "packages $$STAGE $$KEPT $$(id -u) $$PWD" >>/log
                              - name: schema
                                run: changed
                                inputs: [db/**]
                                shell: { path: migrate.sh, args: ["--all", "two words"] }
                                user: "7:8"
                                working_dir: /tmp
                                environment: { STAGE: step }
                              - name: greet
                                run: always
                                shell: |
                                  echo hello
                                  echo greet >>/log
                              - { name: reset, run: never, shell: echo reset >>/log }
                        """))
                try project.write("db/001.sql", "create table a")
                // Not executable, and its first line decides.
                try project.write(
                    "migrate.sh",
                    "#!/bin/busybox sh\necho \"schema $# $2 $STAGE $(id -u) $(id -g) $PWD\" >/tmp/log; cat\necho to stderr >&2\n"
                )
                expect(
                    try project.trice("plan"), endsWith: 2, saying: "> run step packages of web-1  has not run",
                    "> run step schema of web-1", "> run step greet of web-1")
                expect(
                    try project.trice("up"), endsWith: 0, saying: "web: greet | hello", "web: schema | to stderr",
                    "step schema of web-1: run done")
                #expect(
                    try inside(project, "cat /log /tmp/log")
                        == "packages service yes 0 /\ngreet\nschema 2 two words step 7 8 /tmp\n")
                // Only what always runs, runs again.
                expect(try project.trice("plan"), endsWith: 2, saying: "> run step greet of web-1  always runs")
                #expect(try !project.trice("up").standardError.contains("schema"))
                #expect(try inside(project, "cat /log") == "packages service yes 0 /\ngreet\ngreet\n")
                // One input changes, and the plan names it.
                try project.write("db/002.sql", "create table b")
                expect(try project.trice("plan"), endsWith: 2, saying: "step schema of web-1  input db/002.sql added")
                let again = try project.trice("up")
                expect(again, endsWith: 0, saying: "step schema of web-1: run done")
                #expect(!again.standardError.contains("packages"), "\(again)")
                // A restart keeps what ran; a container that is made anew has run nothing.
                expect(try project.trice("restart", "web"), endsWith: 0)
                #expect(try !project.trice("plan").standardOutput.contains("packages"))
                expect(
                    try project.trice("up", "--force-recreate"), endsWith: 0,
                    saying: "step packages of web-1: run done",
                    "step schema of web-1: run done")
                #expect(try inside(project, "cat /log") == "packages service yes 0 /\ngreet\n")
            }
        }

        @Test func stepsAreChosenByNameAndByOption() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(
                        fixture,
                        """
                              - { name: a, shell: echo a >>/log }
                              - { name: b, shell: echo b >>/log }
                              - { name: c, run: never, shell: echo c >>/log }
                        """))
                expect(
                    try project.trice("provision"), endsWith: 1, saying: "Nothing is up. Start it",
                    "trice up")
                expect(try project.trice("up", "--no-provision"), endsWith: 0)
                expect(
                    try project.trice("provision", "web", "--step", "b"), endsWith: 0,
                    saying: "step b of web-1: run done")
                #expect(try inside(project, "cat /log") == "b\n")
                expect(
                    try project.trice("provision", "--dry-run"), endsWith: 0,
                    saying: "> run step a of web-1  has not run")
                expect(try project.trice("provision"), endsWith: 0)
                #expect(try inside(project, "cat /log") == "b\na\n")
                expect(try project.trice("provision"), endsWith: 0, saying: "Every step has run already")
                expect(try project.trice("up", "--provision-with", "c,a"), endsWith: 0)
                #expect(try inside(project, "cat /log") == "b\na\na\nc\n")
                expect(try project.trice("reload", "--provision"), endsWith: 0)
                #expect(try inside(project, "cat /log") == "b\na\na\nc\na\nb\n")
                expect(try project.trice("plan"), endsWith: 0, saying: "nothing to do")
                expect(
                    try project.trice("provision", "--step", "d"), endsWith: 1, saying: "There is no step `d`",
                    "`a`, `b`, `c`")
                expect(
                    try project.trice("provision", "db"), endsWith: 1, saying: "the service `db` is not defined")
                expect(
                    try project.trice("up", "--no-provision", "--provision-with", "a"), endsWith: 64,
                    saying: "contradict")
                expect(try project.trice("stop", "web"), endsWith: 0)
                expect(try project.trice("provision", "web"), endsWith: 1, saying: "trice up")
            }
        }

        @Test func aFailureNamesStepCodeAndLastLinesAndIsTriedAgain() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(
                        fixture,
                        """
                              - { name: first, shell: echo first >>/log }
                              - name: schema
                                shell: |
                                  for i in 1 2 3; do echo "line $$i"; done
                                  echo no column age >&2
                                  test -e /ready || exit 3
                                  echo second >>/log
                              - { name: third, shell: echo third >>/log }
                          other:
                            image: bootstrap:busybox
                            command: sleep 1000
                            stop_grace_period: 0s
                            depends_on: [web]
                        """))
                let output = try project.trice("up")
                expect(
                    output, endsWith: 1, saying: "Step `schema` of service web failed with code 3", "line 3",
                    "no column age", "trice ssh web")
                #expect(try project.status().running == ["web"])
                #expect(try inside(project, "cat /log; touch /ready") == "first\n")
                expect(
                    try project.trice("plan"), endsWith: 2,
                    saying: "step schema of web-1  did not come to its end the last time",
                    "step third of web-1   has not run")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try inside(project, "cat /log") == "first\nsecond\nthird\n")
                #expect(try project.status().running == ["other", "web"])
            }
        }

        /// Steps run after what the service depends on is ready, and before what depends on it starts.
        @Test func stepsComeBetweenDependenciesAndDependents() async throws {
            try await withFixture { fixture in
                let port = try Fixture.freePort()
                let project = try fixture.project(
                    text(
                        fixture,
                        """
                              - name: schema
                                shell: wget -q -O /data/page http://db/ready; echo "${PORT:db:80} $$PAGE" >>/data/page
                                environment: { PAGE: "p${PORT:db:80}" }
                          db:
                            image: bootstrap:busybox
                            command: sh -c 'mkdir /www; sleep 0.5; echo page >/www/ready; exec httpd -f -p 80 -h /www'
                            ports: ["\(port):80"]
                            stop_grace_period: 0s
                            wait: { tcp: 80 }
                          last:
                            image: bootstrap:busybox
                            command: sh -c 'cp /data/page /data/seen; exec sleep 1000'
                            stop_grace_period: 0s
                            volumes: ["data:/data"]
                            depends_on: [web]
                        volumes: { data: }
                        """, more: "    depends_on: { db: { condition: service_healthy } }\n    volumes: ['data:/data']"
                    ))
                expect(try project.trice("up", timeout: .seconds(120)), endsWith: 0)
                let used = try project.status().port(of: "db", 80)
                #expect(try inside(project, "cat /data/seen") == "page\n\(used) p\(used)\n")
            }
        }

        /// Attributes: `provision.*.copy`, `provision.*.copy.source`, `provision.*.copy.target`, `provision.*.copy.owner`
        /// Attributes: `provision.*.copy.mode`
        @Test func filesAreCopiedWithOwnerAndMode() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(
                        fixture,
                        """
                              - { name: content, copy: { source: dotfiles/, target: /home/dev/, owner: "7:8", mode: "0640" } }
                              - { name: directory, run: changed, copy: { source: dotfiles, target: /opt/dots } }
                              - { name: file, copy: { source: dotfiles/rc, target: /etc/app.rc, mode: "0600" } }
                              - { name: into, copy: { source: dotfiles/rc, target: /etc } }
                        """))
                try project.write("dotfiles/rc", "one\n")
                try project.write("dotfiles/deep/er", "two\n")
                expect(try project.trice("up"), endsWith: 0)
                let listed = try inside(
                    project,
                    "cd /; stat -c '%a %u:%g %n' home/dev/rc home/dev/deep home/dev/deep/er etc/app.rc etc/rc; cat opt/dots/deep/er"
                )
                #expect(
                    listed == """
                        640 7:8 home/dev/rc
                        750 7:8 home/dev/deep
                        640 7:8 home/dev/deep/er
                        600 0:0 etc/app.rc
                        644 0:0 etc/rc
                        two

                        """, "\(listed)")
                try project.write("dotfiles/deep/er", "three\n")
                expect(
                    try project.trice("plan"), endsWith: 2,
                    saying: "> run step directory of web-1  copied files changed")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try inside(project, "cat /opt/dots/deep/er; ls /opt/dots") == "three\ndeep\nrc\n")
            }
        }

        @Test func servicesAreProvisionedSideBySide() async throws {
            try await withFixture { fixture in
                // Each waits for the other: in turns they would never end.
                let step = "timeout 20 sh -c 'touch /data/$$ME; until test -e /data/$$OTHER; do sleep 0.05; done'"
                let project = try fixture.project(
                    """
                    name: \(fixture.id)
                    services:
                      a: &a
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes: ["data:/data"]
                        environment: { ME: a, OTHER: b }
                        provision: [{ name: meet, shell: "\(step)" }]
                      b: { <<: *a, environment: { ME: b, OTHER: a } }
                    volumes: { data: }
                    """)
                expect(try project.trice("up"), endsWith: 0, saying: "step meet of a-1: run done")
            }
        }
    }
}
