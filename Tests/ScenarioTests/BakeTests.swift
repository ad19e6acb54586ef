import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `bake`: what steps of `provision` did as an image that others begin with.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct BakeTests {
        private func text(_ name: String) -> String {
            """
            name: \(name)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                provision:
                  - { name: packages, shell: "echo packages >>/log" }
                  - { name: schema, run: changed, inputs: ["db/*"], shell: { path: migrate.sh } }
                  - { name: greet, run: always, shell: "echo greet >>/greeted" }
            """
        }

        private func project(_ fixture: Fixture) throws -> Project {
            let project = try fixture.project(text(fixture.id))
            try project.write("db/1.sql", "one")
            try project.write("migrate.sh", "echo schema >>/log\n")
            return project
        }

        private func log(_ project: Project) throws -> String {
            try project.expectSuccess("exec", "web", "cat", "/log")
        }

        @Test func theNextContainerRunsNoStep() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                expect(try project.trice("bake"), endsWith: 1, saying: "`web` is not up")
                expect(try project.trice("up", "--no-provision"), endsWith: 0)
                expect(
                    try project.trice("bake", "web"), endsWith: 1,
                    saying: "`web` cannot be baked: its step `packages` is due (has not run)")
                expect(try project.trice("provision"), endsWith: 0)
                let first = try project.expectSuccess("bake")
                #expect(first.hasPrefix("localhost/baked/web:"), "\(first)")
                // It is there already, and what runs is not touched.
                #expect(try project.expectSuccess("bake", "web") == first)
                let plan = try project.trice("plan")
                #expect(plan.standardOutput == "> run step greet of web-1  always runs\n", "\(plan)")
                // What is made anew begins with it, and runs only what always runs.
                let anew = try project.trice("up", "--force-recreate")
                expect(anew, endsWith: 0, saying: "container web-1: create done")
                #expect(
                    !anew.standardError.contains("step packages") && !anew.standardError.contains("step schema"),
                    "\(anew)")
                #expect(try log(project) == "packages\nschema\n")
                // It is the service's container: nothing is recreated, and one input reruns one step.
                try project.write("db/1.sql", "two")
                let changed = try project.trice("plan")
                #expect(
                    changed.standardOutput == """
                        > run step schema of web-1  input db/1.sql changed
                        > run step greet of web-1   always runs

                        """, "\(changed)")
                expect(try project.trice("up"), endsWith: 0)
                #expect(try log(project) == "packages\nschema\nschema\n")
                // For the new state there is no image: a new container runs all.
                let rest = try project.trice("up", "--force-recreate")
                expect(rest, endsWith: 0, saying: "step packages of web-1: run done")
                #expect(try log(project) == "packages\nschema\n")
                // Another baked state, upon the same base.
                let second = try project.expectSuccess("bake")
                #expect(second != first)
                expect(try project.trice("up", "--force-recreate"), endsWith: 0)
                #expect(try log(project) == "packages\nschema\n")
            }
        }

        /// Another machine: another state directory and another directory of the project.
        @Test func aSecondMachineComesUpWithoutAStep() async throws {
            try await withFixture { fixture in
                let first = try project(fixture)
                expect(try first.trice("up"), endsWith: 0)
                let line = try first.expectSuccess("bake")
                let name = String(line.prefix { $0 != " " })
                let archive = "\(fixture.directory)/baked.tar"
                try first.expectSuccess("image", "save", "-o", archive, name)
                try await withFixture { other in
                    let second = try project(other)
                    try second.expectSuccess("image", "load", "-i", archive)
                    let output = try second.trice("up")
                    expect(output, endsWith: 0, saying: "step greet of web-1: run done")
                    #expect(
                        !output.standardError.contains("step packages")
                            && !output.standardError.contains("step schema"), "\(output)")
                    #expect(try log(second) == "packages\nschema\n")
                    #expect(try second.trice("plan").standardOutput == "> run step greet of web-1  always runs\n")
                    // Stopped and started, it is the same container.
                    expect(try second.trice("stop", "web"), endsWith: 0)
                    expect(try second.trice("up"), endsWith: 0)
                    #expect(try log(second) == "packages\nschema\n")
                    expect(try second.trice("up", "--provision"), endsWith: 0)
                    #expect(try log(second) == "packages\nschema\npackages\nschema\n")
                }
            }
        }

        /// A team: one bakes and pushes, and a colleague with the same lock and registry comes up without a step.
        @Test(.registry) func aColleagueBringsWhatTheLockNames() async throws {
            try await withFixture { fixture in
                let registry = try RegistryServer(fixture)
                let repository = "\(registry.address)/team/shop"
                let first = try project(fixture)
                expect(
                    try first.trice("push", "--baked", repository), endsWith: 1,
                    saying: "There is no baked image of `web` as it is now. Make it with `trice bake web`.")
                expect(try first.trice("up"), endsWith: 0)
                try first.expectSuccess("bake")
                expect(
                    try first.trice("push", "--baked", "\(repository):1"), endsWith: 1,
                    saying: "is no repository of a registry")
                let pushed = try first.expectSuccess("push", "--baked", repository)
                #expect(pushed.hasPrefix("pushed \(repository):web-"), "\(pushed)")
                let lock = try first.read("Envfile.lock")
                #expect(lock.contains("baked:") && lock.contains("\(repository):web-"), "\(lock)")
                // Later it needs no name, and `up` leaves the entry alone.
                #expect(try first.expectSuccess("push") == pushed)
                expect(try first.trice("up"), endsWith: 0)
                #expect(try first.read("Envfile.lock") == lock)

                try await withFixture { other in
                    let second = try project(other)
                    try second.write("Envfile.lock", lock)
                    let output = try second.trice("up")
                    expect(
                        output, endsWith: 0, saying: "image \(repository):web-", "pull done",
                        "step greet of web-1: run done")
                    #expect(
                        !output.standardError.contains("step packages")
                            && !output.standardError.contains("step schema"), "\(output)")
                    #expect(try log(second) == "packages\nschema\n")
                    #expect(try second.trice("plan").standardOutput == "> run step greet of web-1  always runs\n")
                    // What is here needs no registry, and one input reruns one step.
                    let requests = registry.requests.count
                    try second.write("db/1.sql", "two")
                    let changed = try second.trice("up")
                    expect(changed, endsWith: 0, saying: "step schema of web-1: run done")
                    #expect(!changed.standardError.contains("step packages"), "\(changed)")
                    #expect(registry.requests.count == requests)
                }
                // The base is here, so the plan says what is brought.
                try await withFixture { other in
                    let third = try project(other)
                    try third.expectSuccess("pull")
                    try third.write("Envfile.lock", lock)
                    let plan = try third.trice("plan")
                    #expect(plan.standardOutput.contains("+ image \(repository):web-"), "\(plan)")
                    #expect(!plan.standardOutput.contains("step packages"), "\(plan)")
                    // Without the registry the steps run, and one line says why.
                    registry.stop()
                    let output = try third.trice("up")
                    expect(
                        output, endsWith: 0, saying: "the baked image \(repository):web-", "so the steps run instead",
                        "step packages of web-1: run done", "step schema of web-1: run done")
                    #expect(output.standardError.components(separatedBy: "so the steps run instead").count == 2)
                    #expect(try log(third) == "packages\nschema\n")
                }
                try await withFixture { other in
                    let offline = try project(other)
                    try offline.write("Envfile.lock", lock)
                    let output = try offline.trice("up", "--offline")
                    expect(output, endsWith: 0, saying: "so the steps run instead", "--offline")
                    let never = try offline.trice("up", "--force-recreate", "--pull", "never")
                    expect(never, endsWith: 0, saying: "step packages of web-1: run done")
                    #expect(!never.standardError.contains("so the steps run instead"), "\(never)")
                }
            }
        }
    }
}
