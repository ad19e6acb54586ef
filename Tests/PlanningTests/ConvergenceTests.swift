import Envfile
import Planning
import Testing
import Vocabulary

/// From whatever there is to whatever is wanted: one plan is enough, and a second one is empty.
@Suite(.timeLimit(.minutes(2))) struct ConvergenceTests {
    @Test(arguments: 0..<300) func onePlanIsEnough(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let old = randomEnvironment(&random)
        let new = randomEnvironment(&random)
        let observed = disturbed(upped(old), &random)
        let jobs = Set(
            new.services.flatMap(\.dependencies).filter { $0.condition == .completedSuccessfully }.map(\.service))

        let first = try plan(new, observed)
        expectWellFormed(first)
        let reached = observed.applying(first, completing: jobs)
        let second = try plan(new, reached)
        #expect(second.description == "nothing to do", "after\n\(first)")
        #expect(try plan(new, observed) == first)

        let down = try plan(nil, reached, Reconciler.Options(removesVolumes: true))
        expectWellFormed(down)
        #expect(reached.applying(down) == empty(reached.applying(down)))
        let early = try plan(nil, observed, Reconciler.Options(removesVolumes: true))
        #expect(observed.applying(early) == empty(observed.applying(early)))
    }

    /// Nothing but the images and the supervisor, which ends with the command.
    private func empty(_ state: ObservedState) -> ObservedState {
        ObservedState(images: state.images, hasSupervisor: state.hasSupervisor)
    }

    private func randomEnvironment(_ random: inout SplitMix) -> Environment {
        var services: [Service] = []
        for name in (["a", "b", "c", "d", "e", "f"] as [ServiceName]).shuffled(using: &random)
        where Int.random(in: 0..<4, using: &random) > 0 {
            let conditions = Dependency.Condition.allCases
            // A condition belongs to the service it is about: nothing is a job for one and healthy for another.
            let dependencies = services.filter { _ in Bool.random(using: &random) }.map { other in
                Dependency(
                    service: other.name,
                    condition: conditions[Int(other.name.rawValue.utf8.first ?? 0) % conditions.count],
                    restarts: Bool.random(using: &random), isRequired: Bool.random(using: &random))
            }
            services.append(
                service(
                    name, image: Bool.random(using: &random) ? "x:1" : "x:2",
                    command: Bool.random(using: &random) ? "run" : nil,
                    mounts: Bool.random(using: &random) ? [volumeMount("data")] : [],
                    ports: Bool.random(using: &random) ? [80] : [],
                    networks: (["back", "default"] as [NetworkName]).filter { _ in Bool.random(using: &random) },
                    after: dependencies))
        }
        var result = Environment(
            name: "demo", directory: "/", services: services.sorted { $0.name < $1.name }, networks: [],
            volumes: services.contains { !$0.mounts.isEmpty } ? [Volume(name: "data")] : [], dialect: .trice)
        result.networks = Set(services.flatMap(\.networks).map(\.network)).sorted().map {
            Network(name: $0, isInternal: Bool.random(using: &random))
        }
        return result
    }

    /// Things break, end, vanish or are made by hand.
    private func disturbed(_ state: ObservedState, _ random: inout SplitMix) -> ObservedState {
        var state = state
        for index in state.containers.indices {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: state.containers[index].state = .incomplete
            case 1: state.containers[index].state = .exited(code: 1)
            case 2: state.containers[index].state = .created
            case 3: state.containers[index].networks = []
            case 4: state.containers[index].imageID = "sha256:older"
            default: break
            }
        }
        for name in state.networks.keys.sorted() {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: state.networks[name] = nil
            case 1: state.networks[name]?.isComplete = false
            default: break
            }
        }
        if Bool.random(using: &random) { state.containers.removeFirst(min(1, state.containers.count)) }
        if Bool.random(using: &random) { state.publishedPorts.insert(ContainerID(service: "z", number: 3)) }
        if Bool.random(using: &random) { state.images["x:1"] = nil }
        if Int.random(in: 0..<4, using: &random) == 0 { state.hasSupervisor = false }
        return state
    }
}

/// A generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
