import FoundationEssentials
import TestSupport
import Testing
import Vocabulary

@testable import Envfile

/// `jobs` and `pre_start`, which Compose has since 5.6.
@Suite(.timeLimit(.minutes(1))) struct JobTests {
    private static let text = """
        services:
          web:
            image: a
            command: serve
            user: "7"
            environment: { A: "1", B: "2" }
            cap_add: [NET_ADMIN]
            volumes: ["data:/d", "cache:/c"]
            networks: [front]
            restart: always
            pre_start:
              - command: migrate --all
                per_replica: true
                environment: { A: b }
                cap_add: [SYS_TIME]
                volumes: ["other:/d"]
              - { image: b, command: [x] }
        jobs:
          nightly:
            image: a
            command: backup
            triggers: { manual: false, schedule: ["0 3 * * 1-5", { cron: "@daily", concurrency: queue }] }
          hidden: { image: a, profiles: [p], triggers: { manual: true } }
        networks: { front: }
        volumes: { data: , cache: , other: }

        """

    @Test func aStepHasWhatItsServiceHas() throws {
        let loaded = try Fixture.compose.load(Self.text)
        let web = try #require(loaded.environment.services.first)
        let steps = web.lifecycle.preStart
        try #require(steps.count == 2)
        #expect(steps[0].image == "a" && steps[1].image == "b" && steps[0].user == "7")
        #expect(steps[0].command == .replaced(["migrate", "--all"]) && steps[1].command == .replaced(["x"]))
        #expect(steps[0].environment == ["A": "b", "B": "2"])
        #expect(steps[0].security.addedCapabilities == ["NET_ADMIN", "SYS_TIME"])
        #expect(steps[0].mounts.map(\.source) == [.volume(name: "other"), .volume(name: "cache")])
        #expect(steps[0].networks.map(\.network) == ["front"])
        #expect(steps[0].lifecycle.runsPerReplica == true && steps[1].lifecycle.runsPerReplica == nil)
        #expect(steps[0].lifecycle.restart == nil, "a step cannot have it")
        #expect(web.lifecycle.restart == .always && web.environment["A"] == "1")
    }

    @Test func aJobIsDescribedLikeAService() throws {
        let environment = try Fixture.compose.load(Self.text).environment
        let job = try #require(environment.jobs.first)
        #expect(environment.jobs.map(\.name) == ["nightly"])
        #expect(job.command == .replaced(["backup"]) && job.lifecycle.triggers?.manual == false)
        #expect(job.lifecycle.triggers?.schedules.map(\.cron) == ["0 3 * * 1-5", "@daily"])
        #expect(job.lifecycle.triggers?.schedules.last?.concurrency == "queue")
        var fixture = Fixture.compose
        fixture.profiles = ["p"]
        #expect(try fixture.load(Self.text).environment.jobs.map(\.name) == ["hidden", "nightly"])
    }

    @Test func bothAreShownAndReadBack() throws {
        let environment = try Fixture.compose.load(Self.text).environment
        let shown = environment.yamlText()
        for line in ["jobs:", "per_replica: true", "cron: \"0 3 * * 1-5\"", "concurrency: queue"] {
            #expect(shown.contains(line), "\(shown)")
        }
        #expect(try Fixture.compose.load(shown).environment == environment)
        #expect(environment.jsonText().contains("\"pre_start\""))
    }

    @Test func whatAStepHasOfItsServiceIsToldOnce() {
        let text = """
            services:
              web:
                image: a
                volumes: ["data:/d"]
                pre_start: [{ command: x }, { command: y }]

            """
        #expect(
            Fixture().messages(text).filter { $0.contains("mounts the volume") }
                == ["services.web mounts the volume `data`, which is not defined"])
    }

    @Test func whatStepsAndJobsUseIsPartOfTheEnvironment() throws {
        let environment = try Fixture.compose.load(
            """
            services:
              web: { image: a, pre_start: [{ command: x, volumes: ["one:/d"], networks: [back], ipc: "service:db" }] }
              db: { image: a, ipc: shareable }
            jobs: { j: { image: b, volumes: ["two:/d"], triggers: { manual: true } } }
            networks: { back: }
            volumes: { one: , two: , three: }

            """
        ).environment
        #expect(environment.volumes.map(\.name) == ["one", "two"])
        #expect(environment.networks.map(\.name) == ["back", "default"])
        #expect(environment.services.first { $0.name == "web" }?.dependencies.map(\.service) == ["db"])
        #expect(environment.workloads.map(\.image) == ["a", "a", "a", "b"])
    }

    @Test(arguments: [
        ("services: { web: { image: a, pre_start: [{ command: x, ports: ['80:80'] }] } }", "unknown key `ports`"),
        ("services: { web: { image: a, pre_start: { command: x } } }", "must be a list"),
        ("services: { web: { image: a, pre_start: [{ command: x, cap_add: [NO] }] } }", "`NO` is no capability"),
        (
            "services: { web: { image: a, pre_start: [{ command: x, network_mode: 'service:web' }] } }",
            "services depend on each other in a circle: web -> web"
        ),
        (
            "services: { web: { image: a, pre_start: [{ command: x, pid: 'service:db' }] },\n"
                + "  db: { image: a, depends_on: [web] } }",
            "in a circle: db -> web -> db"
        ),
        (
            "services: { web: { image: a, pre_start: [{ command: x, volumes: ['data:/d'] }] } }",
            "services.web.pre_start[0] mounts the volume `data`, which is not defined"
        ),
        (
            "services: { web: { image: a, pre_start: [{ command: x }] }, web-pre-start-1: { image: a } }",
            "has the name of step 1 of `pre_start` of `web`"
        ),
        (
            "services: { j: { image: a } }\njobs: { j: { image: a, triggers: { manual: true } } }",
            "services.j has the name of the job `j`"
        ),
        (
            "services: { web: { image: a } }\n"
                + "jobs: { j: { image: a, depends_on: [nothing], triggers: { manual: true } } }",
            "jobs.j depends on `nothing`, which is not defined"
        ),
        ("services: { web: { image: a } }\njobs: { j: { image: a } }", "jobs.j has no `triggers`"),
        (
            "services: { web: { image: a } }\njobs: { j: { image: a, triggers: { schedule: ['0 25 * * *'] } } }",
            "`25` is not from 0 to 23 (the field of the hour) in `0 25 * * *`"
        ),
        (
            "services: { web: { image: a } }\n"
                + "jobs: { j: { image: a, triggers: { schedule: [{ cron: '@daily', timezone: Mars/Olympus }] } } }",
            "there is no time zone `Mars/Olympus` on this host"
        ),
        ("services: { web: { image: a } }\njobs: { j: { image: a, triggers: {} } }", "jobs.j.triggers says nothing"),
        (
            "services: { web: { image: a } }\njobs: { j: { image: a, triggers: { schedule: ['each hour'] } } }",
            "`each hour` is no crontab expression"
        ),
        (
            "services: { web: { image: a } }\njobs: { j: { image: a, restart: always, triggers: { manual: true } } }",
            "unknown key `restart`"
        ),
        (
            "services: { web: { image: a, pre_start: [{ command: x, provision: [{ shell: y }] }] } }",
            "services.web.pre_start[0] takes no steps under `provision`: it runs once to its end, before the service"
        ),
    ])
    func mistakesAreFound(text: String, problem: String) {
        let found = Fixture().messages(text)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }

    /// Beside Compose's keys in an Envfile, and below `x-trice` elsewhere.
    @Test(arguments: [
        ("/srv/shop/Envfile", "provision: [{ shell: x }]"),
        ("/srv/shop/compose.yaml", "x-trice: { provision: [{ shell: x }] }"),
    ]) func aJobTakesNoSteps(_ file: String, _ key: String) {
        let found = Fixture(file: file).messages(
            "services: { web: { image: a } }\njobs: { j: { image: a, triggers: { manual: true }, \(key) } }")
        #expect(
            found == ["jobs.j takes no steps under `provision`: each run of a job begins anew with its image"],
            "\(found)")
    }
}
