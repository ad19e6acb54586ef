import Testing

@testable import Dockerfile

@Suite(.timeLimit(.minutes(2))) struct StageGraphTests {
    private static let file = """
        ARG BASE=deps
        FROM alpine AS deps
        FROM deps AS build
        COPY --from=tools /a /b
        FROM debian:12 AS tools
        FROM scratch AS docs
        RUN --mount=from=0,target=/x --mount=type=cache,target=/y,from=tools true
        FROM ${BASE} AS final
        COPY --from=Tools /a /b
        COPY --from=docs /a /b
        COPY --from=nginx:1 /a /b
        COPY --from=1 /a /b
        FROM busybox

        """

    private static func errors(_ text: String) -> [String] {
        do {
            _ = try Fixture.graph(text)
            return []
        } catch let error as DockerfileError {
            return error.diagnostics.map { "\($0.location.start.line): \($0.message); \($0.hint ?? "")" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func dependencies() throws {
        let text = Self.file.replacing("COPY --from=tools /a /b\n", with: "")
        let graph = try Fixture.graph(text)
        #expect(graph.vertices.map(\.dependencies) == [[], [0], [], [0, 2], [0, 1, 2, 3], []])
        #expect(graph.vertices[4].base == .stage(0))
        #expect(graph.vertices[3].base == .scratch)
        #expect(graph.vertices[5].base == .image("busybox"))
        #expect(graph.order(for: 4) == [0, 1, 2, 3, 4])
        #expect(graph.order(for: 3) == [0, 2, 3])
        #expect(graph.levels(for: 4) == [[0, 2], [1, 3], [4]])
        #expect(graph.levels(for: 5) == [[5]])
        let copies = graph.vertices[4].stage.instructions.compactMap(\.kind.copy?.from)
        #expect(copies.map { graph.source($0, of: 4) } == [.stage(2), .stage(3), .image("nginx:1"), .stage(1)])
        let other = try Fixture.graph(text, arguments: ["BASE": "ubuntu"])
        #expect(other.vertices[4].base == .image("ubuntu"))
        #expect(other.vertices[4].dependencies == [1, 2, 3])
    }

    @Test func targets() throws {
        let graph = try Fixture.graph(Self.file.replacing("COPY --from=tools /a /b\n", with: ""))
        #expect(try graph.target(named: nil) == 5)
        #expect(try graph.target(named: "Build") == 1)
        #expect(try graph.target(named: "3") == 3)
        let error = #expect(throws: DockerfileError.self) { try graph.target(named: "biuld") }
        #expect(error?.code == .unknownStage)
        #expect(error?.message == "Dockerfile has no stage `biuld`. Did you mean `build`?")
        let other = #expect(throws: DockerfileError.self) { try graph.target(named: "9") }
        #expect(other?.message.hasSuffix("Its stages are `deps`, `build`, `tools`, `docs`, `final`.") == true)
    }

    @Test func onlyStagesAboveCount() {
        #expect(
            Self.errors(Self.file) == ["4: stage `tools` stands below, in line 5; a stage can use only those above it"])
        #expect(
            Self.errors("FROM a AS b\nCOPY --from=b x y\nCOPY --from=0 x y\nCOPY --from=7 x y\n") == [
                "2: stage `b` cannot take anything from itself; ", "3: stage `b` cannot take anything from itself; ",
                "4: there is no stage 7; no stage is above this one",
            ])
        #expect(
            Self.errors("FROM a AS b\nCOPY --from=c x y\nFROM a AS c\nRUN --mount=from=b,target=/x y\n") == [
                "2: stages `b` and `c` need each other; `c` needs this one in line 4"
            ])
    }

    @Test func aStageMayHaveTheNameOfItsBase() throws {
        let graph = try Fixture.graph("FROM alpine AS alpine\nFROM alpine\nFROM debian AS alpine\nFROM alpine\n")
        #expect(graph.vertices.map(\.base) == [.image("alpine"), .stage(0), .image("debian"), .stage(2)])
        #expect(try graph.target(named: "alpine") == 2)
    }

    @Test func misspeltStages() throws {
        let warnings = try Fixture.graph("FROM a AS builder\nFROM b\nCOPY --from=buidler x y\nCOPY --from=redis x y\n")
            .warnings
        #expect(warnings.map(\.message) == ["`buidler` is no stage above, so it is taken for an image"])
        #expect(warnings[0].hint == "did you mean `builder`?")
        #expect(warnings[0].location.description == "Dockerfile:3:13")
    }

    @Test func basesWithoutAName() {
        #expect(
            Self.errors("ARG A\nFROM $A\n") == [
                "2: `$A` names no image; give `A` a value with `--build-arg` or a default with ARG"
            ])
        #expect(Self.errors("FROM --platform=$A a\n") == ["1: `--platform=$A` names no platform; "])
        #expect(Self.errors("FROM ${A:?x} \n") == ["1: variable `A`: x; "])
    }

    @Test func triggersOfABaseStage() throws {
        let text =
            "FROM a AS tools\nFROM b AS base\nONBUILD COPY --from=tools x y\nONBUILD RUN z\nFROM base AS c\nUSER u\nFROM c\n"
        let graph = try Fixture.graph(text)
        #expect(graph.vertices.map(\.dependencies) == [[], [], [0, 1], [2]])
        #expect(graph.vertices.map { $0.triggers.map(\.text) } == [[], [], ["COPY --from=tools x y", "RUN z"], []])
    }

    @Test func triggersOfAnImage() throws {
        var graph = try Fixture.graph("FROM a AS tools\nFROM b\n")
        let triggers = try Instruction.triggers(["COPY --from=tools x y", "RUN cat <<E\nx\nE"], of: "b")
        #expect(triggers[1].kind.run?.heredocs.map(\.content) == ["x\n"])
        try graph.add(triggers, to: 1)
        #expect(graph.vertices[1].dependencies == [0])
        #expect(graph.vertices[1].triggers == triggers)
        let error = #expect(throws: DockerfileError.self) { try Instruction.triggers(["CPOY x y"], of: "b:1") }
        #expect(error?.diagnostics.first?.location.description == "ONBUILD of b:1:1:1")
        #expect(throws: DockerfileError.self) { try Instruction.triggers(["USER a\nUSER b"], of: "b") }
        #expect(throws: DockerfileError.self) { try Instruction.triggers(["FROM a"], of: "b") }
        let own = try Instruction.triggers(["COPY --from=1 x y"], of: "b")
        #expect(throws: DockerfileError.self) { try graph.add(own, to: 1) }
    }
}
