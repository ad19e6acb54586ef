import Testing

@testable import Execution

/// How `status` shows the steps of a container in one line.
@Suite(.timeLimit(.minutes(1))) struct StepTextTests {
    private typealias Step = StatusReport.Step

    private func text(_ steps: [Step]?) -> String? {
        StatusReport.Service(
            container: "web-1", service: "web", image: "a", state: "running", exitCode: nil, pid: 7, address: nil,
            ports: [], sinceSeconds: 1, steps: steps
        ).stepsText
    }

    private let done = Step(name: "packages", state: .done)
    private let changed = Step(
        name: "schema", state: .changed, changes: ["input a added", "script changed", "user changed", "mode changed"])
    private let due = Step(name: "greet", state: .notRun)

    @Test func oneWordForAll() {
        #expect(text(nil) == nil)
        #expect(text([done, done]) == "done")
        #expect(text([due, due]) == "never run")
    }

    @Test func whatIsDueIsNamed() {
        #expect(
            text([done, changed, due])
                == "schema: input a added, script changed, user changed and 1 more; greet has not run")
    }

    @Test func aFailureIsAllThatCounts() {
        #expect(text([done, Step(name: "schema", state: .failed, exitCode: 3), due]) == "failed at schema (code 3)")
        #expect(text([Step(name: "schema", state: .failed)]) == "interrupted at schema")
    }

    @Test func whatCannotBeReadIsTold() {
        var lost = done
        lost.problem = "its script `x.sh` is not there."
        #expect(text([lost]) == "packages: its script `x.sh` is not there.")
        lost.state = .notRun
        #expect(text([lost]) == "packages has not run: its script `x.sh` is not there.")
    }
}
