import Envfile
import Planning
import Testing
import Vocabulary

/// Which steps of `provision` run: the decision alone.
@Suite(.timeLimit(.minutes(1))) struct ProvisionPolicyTests {
    private static func steps(_ contents: [String: [String: String]] = [:]) -> [ProvisionStep] {
        var web = service("web")
        web.tools.provisioners = [
            Provisioner(name: "packages", .shell("install make")),
            Provisioner(
                name: "schema", .script(path: "/srv/demo/migrate.sh", arguments: ["--all"]), policy: .changed,
                inputs: ["db/**"], user: "dev", workingDirectory: "/srv", environment: ["STAGE": "dev"]),
            Provisioner(name: "greet", .shell("echo hello"), policy: .always),
            Provisioner(name: "reset", .shell("rm -rf /data/*"), policy: .never),
            Provisioner(name: "settings", .copy(Provisioner.Copy(source: "/srv/demo/rc", target: "/etc/rc"))),
        ]
        return ProvisionStep.all(of: web, contents: contents)
    }

    private static let contents = ["schema": ["script": "sha256:1", "input db/001.sql": "sha256:2"]]

    private func due(
        _ request: ProvisionRequest, _ steps: [ProvisionStep] = Self.steps(Self.contents), ran: [String: RanStep] = [:]
    ) -> [String] {
        ProvisionPolicy(request).due(steps, ran: ran).map { "\($0.step.step.name): \($0.cause)" }
    }

    /// Everything as after one run.
    private func ran(_ steps: [ProvisionStep] = Self.steps(Self.contents)) -> [String: RanStep] {
        Dictionary(uniqueKeysWithValues: steps.map { ($0.step.name, RanStep(fingerprint: $0.fingerprint)) })
    }

    @Test func aNewContainerRunsAllButWhatRunsByName() {
        #expect(
            due(.due) == [
                "packages: has not run", "schema: has not run", "greet: always runs", "settings: has not run",
            ])
    }

    @Test func whatHasRunRunsNoMore() {
        #expect(due(.due, ran: ran()) == ["greet: always runs"])
        #expect(due(.none) == [])
    }

    @Test func whatFailedRunsAgain() {
        var ran = ran()
        ran["packages"]?.isComplete = false
        #expect(due(.due, ran: ran).first == "packages: did not come to its end the last time")
    }

    @Test(
        arguments: [
            (["schema": ["script": "sha256:1", "input db/001.sql": "sha256:9"]], "input db/001.sql changed"),
            (
                ["schema": ["script": "sha256:1", "input db/001.sql": "sha256:2", "input db/002.sql": "sha256:3"]],
                "input db/002.sql added"
            ),
            (["schema": ["script": "sha256:1"]], "input db/001.sql removed"),
            (["schema": ["script": "sha256:8", "input db/001.sql": "sha256:2"]], "script changed"),
        ] as [([String: [String: String]], String)]) func whatChangedIsNamed(
            _ contents: [String: [String: String]], _ cause: String
        )
    {
        #expect(due(.due, Self.steps(contents), ran: ran()).first == "schema: \(cause)")
    }

    /// What `status` shows.
    @Test func aStepStandsByWhatIsKnownOfIt() {
        let steps = Self.steps(Self.contents)
        let changed = Self.steps(["schema": ["script": "sha256:1", "input db/001.sql": "sha256:9"]])
        func state(_ step: ProvisionStep, _ ran: RanStep?) -> StepState { step.state(ran) }
        #expect(steps.allSatisfy { state($0, nil) == .notRun })
        #expect(steps.allSatisfy { state($0, RanStep(fingerprint: $0.fingerprint)) == .done })
        #expect(
            state(changed[1], RanStep(fingerprint: steps[1].fingerprint)) == .changed(["input db/001.sql changed"]))
        // What runs once is done, however it reads by now.
        #expect(state(steps[0], RanStep(fingerprint: steps[1].fingerprint)) == .done)
        let failed = RanStep(fingerprint: steps[1].fingerprint, isComplete: false, code: 3)
        #expect(state(changed[1], failed) == .failed(code: 3))
    }

    @Test func everyPartOfAPlayCounts() {
        let play = AnsiblePlay(playbook: "/srv/site.yml", variables: ["stage": .string("dev"), "count": .integer(1)])
        func fingerprint(_ contents: [String: String], _ change: (inout AnsiblePlay) -> Void = { _ in })
            -> StepFingerprint
        {
            var play = play
            change(&play)
            return StepFingerprint(of: Provisioner(name: "site", .ansible(play)), contents: contents)
        }
        let contents = [
            StepFingerprint.playbook: "sha256:1", StepFingerprint.playbookFile("roles/web/a.yml"): "sha256:2",
        ]
        let before = fingerprint(contents)
        #expect(before.changes(to: fingerprint(contents)).isEmpty)
        #expect(
            before.changes(to: fingerprint([StepFingerprint.playbook: "sha256:9"])) == [
                "file of the playbook roles/web/a.yml removed", "playbook changed",
            ])
        let other = fingerprint(contents) { play in
            play.groups = ["front"]
            play.arguments = ["--diff"]
            play.variables = ["stage": .string("dev"), "count": .integer(2), "more": .bool(true)]
        }
        #expect(
            before.changes(to: other) == [
                "arguments changed", "groups changed", "variable count changed", "variable more added",
            ])
    }

    @Test func everyPartOfAStepCounts() {
        func changed(_ change: (inout Provisioner) -> Void) -> String? {
            var steps = Self.steps(Self.contents)
            change(&steps[1].step)
            steps[1].fingerprint = StepFingerprint(of: steps[1].step, contents: Self.contents["schema"] ?? [:])
            return due(.due, steps, ran: ran()).first
        }
        #expect(changed { $0.environment["STAGE"] = "test" } == "schema: environment STAGE changed")
        #expect(changed { $0.environment["MORE"] = "1" } == "schema: environment MORE added")
        #expect(changed { $0.environment = [:] } == "schema: environment STAGE removed")
        #expect(changed { $0.user = nil } == "schema: user changed")
        #expect(changed { $0.workingDirectory = "/" } == "schema: working directory changed")
        #expect(
            changed { $0.action = .script(path: "/srv/demo/migrate.sh", arguments: []) }
                == "schema: arguments changed")
        // Where the script lies is no part of what it does.
        #expect(
            changed { $0.action = .script(path: "/srv/demo/other.sh", arguments: ["--all"]) } == "greet: always runs")
        #expect(
            changed {
                $0.user = "root"
                $0.workingDirectory = "/"
                $0.environment = [:]
                $0.action = .script(path: "/srv/demo/migrate.sh", arguments: ["-a"])
            } == "schema: arguments changed, environment STAGE removed, user changed and 1 more")
    }

    @Test func aChangeOfWhatRunsOnceIsNoReason() {
        var steps = Self.steps(Self.contents)
        steps[0].fingerprint = StepFingerprint(of: Provisioner(name: "packages", .shell("install vim")))
        #expect(due(.due, steps, ran: ran()) == ["greet: always runs"])
    }

    @Test func stepsCanBeAskedFor() {
        #expect(due(.named(["reset"]), ran: ran()) == ["reset: asked for"])
        #expect(due(.named(["packages", "schema"]), ran: ran()) == ["packages: asked for", "schema: asked for"])
        // By their kind, as Vagrant has it.
        #expect(due(.named(["copy"])) == ["settings: asked for"])
        #expect(due(.named(["shell"])).count == 4)
        #expect(
            due(.all, ran: ran()) == [
                "packages: asked for", "schema: asked for", "greet: always runs", "settings: asked for",
            ])
    }

    @Test func aFingerprintHasOneDigest() {
        let steps = Self.steps(Self.contents)
        #expect(Set(steps.map(\.fingerprint.digest)).count == steps.count)
        #expect(steps[1].fingerprint.digest == Self.steps(Self.contents)[1].fingerprint.digest)
    }
}
