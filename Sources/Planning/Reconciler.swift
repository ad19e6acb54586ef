package import Envfile
import Vocabulary

/// Decides what has to be done to bring an environment from what there is to what is wanted.
///
/// A pure function: it looks at nothing but its arguments, and equal arguments give equal plans. Each kind of
/// resource has its own file; this one has the request and the order of the decisions.
package struct Reconciler: Hashable, Sendable {
    package var options: Options

    package init(options: Options = Options()) {
        self.options = options
    }

    /// The plan that makes the environment what is desired; with nothing desired, the one that removes all of it.
    ///
    /// - Throws: when the environment contradicts itself or the options select what it lacks; never for anything
    ///   that was observed, and never with nothing desired.
    package func plan(desired: Environment?, observed: ObservedState) throws(PlanningError) -> Plan {
        var state = DesiredState()
        if let desired {
            state = try DesiredState(environment: desired, selection: options.services)
        }
        var reconciliation = Reconciliation(options: options, desired: state, observed: observed)
        return try reconciliation.plan()
    }

    /// The plan that stops what runs and keeps it; `options.services` limits it to these services.
    ///
    /// - Parameter environment: orders the stops where it is known; else the observed dependencies do.
    package func haltPlan(environment: Environment?, observed: ObservedState) throws(PlanningError) -> Plan {
        var reconciliation = Reconciliation(options: options, desired: DesiredState(), observed: observed)
        return try reconciliation.haltPlan(environment: environment)
    }
}

extension Reconciler {
    /// What the request asks for beyond the Envfile.
    package struct Options: Hashable, Sendable {
        /// When an existing container is replaced by a new one.
        package enum Recreation: Hashable, Sendable {
            /// When it differs from what its service says.
            case whenChanged
            /// Always: of the selected services, or of all when none is selected.
            case always
            /// Never, except a broken one, which nothing else can mend.
            case never
        }

        /// The services to bring up, with their dependencies; empty for all. All else is then left untouched.
        package var services: Set<String>
        package var recreation: Recreation
        /// Whether containers and networks that the Envfile no longer has are removed; else they become notes.
        package var removesOrphans: Bool
        /// Whether volumes are removed when nothing is desired. While something is, no volume ever is.
        package var removesVolumes: Bool
        /// Whether containers are started, and not only created.
        package var starts: Bool
        /// Services of the Envfile whose profile is not active: not wanted, but no orphans either.
        package var inactiveServices: Set<String>

        package init(
            services: Set<String> = [], recreation: Recreation = .whenChanged, removesOrphans: Bool = false,
            removesVolumes: Bool = false, starts: Bool = true, inactiveServices: Set<String> = []
        ) {
            self.services = services
            self.recreation = recreation
            self.removesOrphans = removesOrphans
            self.removesVolumes = removesVolumes
            self.starts = starts
            self.inactiveServices = inactiveServices
        }
    }
}

/// The work on one plan: decisions first, then the operations that carry them out.
struct Reconciliation {
    let options: Reconciler.Options
    let desired: DesiredState
    let observed: ObservedState
    let containers: [ContainerID: ObservedContainer]

    var builder = PlanBuilder()

    // Decisions.
    var removals: [ContainerID: String] = [:]
    var networkDecisions: [String: NetworkDecision] = [:]
    var containerDecisions: [ContainerID: ContainerDecision] = [:]

    // Handles of operations, by what they act on.
    var images: [String: Int] = [:]
    var stops: [ContainerID: Int] = [:]
    var removes: [ContainerID: Int] = [:]
    var networkCreations: [String: Int] = [:]
    var volumeCreations: [String: Int] = [:]
    var creations: [ContainerID: Int] = [:]
    var starts: [ContainerID: Int] = [:]
    var waits: [WaitKey: Int] = [:]

    struct WaitKey: Hashable {
        var container: ContainerID
        var condition: Dependency.Condition
    }

    init(options: Reconciler.Options, desired: DesiredState, observed: ObservedState) {
        self.options = options
        self.desired = desired
        self.observed = observed
        containers = Dictionary(observed.containers.map { ($0.id, $0) }) { first, _ in first }
    }

    mutating func plan() throws(PlanningError) -> Plan {
        decideRemovals()
        decideNetworks()
        decideContainers()
        decideRestarts()

        ensureImages()
        stopContainers()
        removeContainers()
        makeNetworks()
        removeNetworks()
        makeVolumes()
        removeVolumes()
        createContainers()
        startContainers()
        makePorts()
        return try builder.build()
    }

    /// The ids of the containers that are wanted, dependencies first.
    var desiredIDs: [ContainerID] { desired.services.flatMap { desired.containers(of: $0) }.map(\.id) }

    static let goesDown = "environment goes down"
}
