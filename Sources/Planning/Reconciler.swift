package import Envfile
package import Vocabulary

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
            state = try DesiredState(environment: desired, options: options)
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
        package var services: Set<ServiceName>
        package var recreation: Recreation
        /// Whether containers and networks that the Envfile no longer has are removed; else they become notes.
        package var removesOrphans: Bool
        /// Whether a note names those that stay.
        package var mentionsOrphans = true
        /// Whether volumes are removed when nothing is desired. While something is, no volume ever is.
        package var removesVolumes: Bool
        /// Whether a container that is made anew begins with new volumes where they have no name.
        package var renewsVolumes: Bool
        /// Whether containers are started, and not only created.
        package var starts: Bool
        /// Services of the Envfile whose profile is not active: not wanted, but no orphans either.
        package var inactiveServices: Set<ServiceName>
        /// Instead of every service's own.
        package var pullPolicy: PullPolicy?
        /// Whether containers are waited for until they are healthy; else one that has started counts as healthy.
        package var waitsForHealth: Bool
        /// Whether what the selected services depend on is brought up too.
        package var followsDependencies = true
        /// Whether `recreation: .always` counts for these, too.
        package var recreatesDependencies = false
        /// Whether containers, networks and volumes are made that are not there; else only what exists is started.
        package var makes = true
        /// Whether what runs is restarted: of the selected services, or of all when none is selected.
        package var restartsRunning = false
        /// The service of which a container for one command is made; `nil` for none.
        package var oneOff: OneOffService?

        /// A service that `run` makes a container of.
        package struct OneOffService: Hashable, Sendable {
            package var service: ServiceName
            package var kind: DesiredContainer.OneOff

            package init(service: ServiceName, kind: DesiredContainer.OneOff) {
                self.service = service
                self.kind = kind
            }
        }
        /// Which steps of `provision` run.
        package var provisioning = ProvisionRequest.none
        /// The numbers of containers by service, instead of the services' own.
        package var scales: [ServiceName: Int] = [:]

        package init(
            services: Set<ServiceName> = [], recreation: Recreation = .whenChanged, removesOrphans: Bool = false,
            removesVolumes: Bool = false, renewsVolumes: Bool = false, starts: Bool = true,
            inactiveServices: Set<ServiceName> = [], pullPolicy: PullPolicy? = nil,
            waitsForHealth: Bool = true
        ) {
            self.services = services
            self.recreation = recreation
            self.removesOrphans = removesOrphans
            self.removesVolumes = removesVolumes
            self.renewsVolumes = renewsVolumes
            self.starts = starts
            self.inactiveServices = inactiveServices
            self.pullPolicy = pullPolicy
            self.waitsForHealth = waitsForHealth
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
    var networkDecisions: [NetworkName: NetworkDecision] = [:]
    var containerDecisions: [ContainerID: ContainerDecision] = [:]
    /// The steps of `pre_start` that run before a container starts; those that run once for a service with its first
    /// container that starts.
    var dueSteps: [ContainerID: [DesiredContainer]] = [:]

    // Handles of operations, by what they act on.
    var images: [String: Int] = [:]
    /// By service.
    var bakedPulls: [ServiceName: Int] = [:]
    var stops: [ContainerID: Int] = [:]
    var removes: [ContainerID: Int] = [:]
    var networkCreations: [NetworkName: Int] = [:]
    /// The packet filter as the containers that start need it.
    var firewall: Int?
    var names: Int?
    /// What tells the supervisor of jobs.
    var schedules: Int?
    var ports: Int?
    /// The containers that are there and whose host ports are claimed anew.
    var claiming: [DesiredContainer] = []
    var volumeCreations: [VolumeName: Int] = [:]
    /// What keeps seeds, by service.
    var seedKeepings: [ServiceName: Int] = [:]
    var creations: [ContainerID: Int] = [:]
    var starts: [ContainerID: Int] = [:]
    var steps: [ContainerID: Int] = [:]
    var resumes: [ContainerID: Int] = [:]
    /// The last step of `provision` of each container.
    var provisions: [ContainerID: Int] = [:]
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
        if options.makes { decideNetworks() }
        decideContainers()
        decideRestarts()
        decideSteps()
        builder.notes += observed.provisionRemarks

        try bringImages()
        stopContainers()
        removeContainers()
        makeNetworks()
        applyFirewall()
        removeNetworks()
        if options.makes { makeVolumes() }
        removeVolumes()
        createContainers()
        applyNames()
        makePorts()
        resumeContainers()
        startContainers()
        try scheduleJobs()
        startSupervisor()
        return try builder.build()
    }

    /// The ids of the containers that are wanted, dependencies first.
    var desiredIDs: [ContainerID] { desired.services.flatMap { desired.containers(of: $0) }.map(\.id) }

    static let goesDown = "environment goes down"
}
