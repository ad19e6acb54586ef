package import Envfile
import Vocabulary

/// The steps of `provision`: they run inside a container that has started, before what depends on it.
extension Reconciliation {
    /// What has run in a container as it will be: nothing in one that is made anew.
    func ranSteps(in id: ContainerID, image: String) -> [String: RanStep] {
        switch containerDecisions[id] {
        case .keep, .start, .restart: return observed.provisioned[id]?.steps ?? [:]
        case .create, .recreate, nil:
            let baked = observed.bakedImages[id.service]
            return leftSteps(in: id, image: image) ?? baked?.steps.mapValues { RanStep(fingerprint: $0) } ?? [:]
        }
    }

    /// What an earlier container of this name ran whose changes stay, as after a restart of the machine: they lie on the same
    /// image.
    private func leftSteps(in id: ContainerID, image: String) -> [String: RanStep]? {
        guard case .create = containerDecisions[id], options.recreation != .always,
            let left = observed.provisioned[id], let imageID = left.imageID,
            imageID == observed.images[image] || imageID == observed.bakedImages[id.service]?.imageID
        else { return nil }
        return left.steps
    }

    /// The image that a container is made from in place of its service's; `nil` for that one.
    func bakedImage(for container: DesiredContainer, of service: Service) -> String? {
        guard container.oneOff == nil, let baked = observed.bakedImages[service.name] else { return nil }
        let isOnBase = observed.provisioned[container.id]?.imageID == observed.images[service.image]
        return isOnBase && leftSteps(in: container.id, image: service.image) != nil ? nil : baked.reference
    }

    /// Adds the steps of a service's containers that are due; those of one container run in their order.
    ///
    /// - Parameter conditions: what each container waits for that starts.
    mutating func provision(_ service: Service, _ conditions: [ContainerID: StartConditions]) {
        guard options.starts, !service.tools.provisioners.isEmpty, service.lifecycle.triggers == nil else { return }
        for container in desired.containers(of: service) where container.oneOff == nil {
            let id = container.id
            guard starts[id] != nil || isRunningOn(id) else { continue }
            let due = ProvisionPolicy(options.provisioning).due(
                ProvisionStep.all(of: service, contents: observed.stepContents[service.name] ?? [:]),
                ran: ranSteps(in: id, image: service.image))
            guard !due.isEmpty else { continue }
            var before = starts[id].map { [$0] } ?? []
            var follows: [Int] = []
            if before.isEmpty {
                let conditions = conditions[id] ?? self.conditions(of: container, of: service)
                before = conditions.before + [resumes[id]].compactMap(\.self)
                follows = conditions.follows
            }
            add(due, to: id, dependsOn: before, follows: follows)
        }
    }

    /// Adds steps, each after the one before it.
    private mutating func add(
        _ due: [ProvisionPolicy.Due], to id: ContainerID, dependsOn: [Int], follows: [Int]
    ) {
        var before = dependsOn
        for step in due {
            let handle = builder.add(.provision(id, step.step), cause: step.cause, dependsOn: before, follows: follows)
            provisions[id] = handle
            before = [handle]
        }
    }

    /// Whether a container runs and goes on running.
    private func isRunningOn(_ id: ContainerID) -> Bool {
        containerDecisions[id] == .keep && containers[id]?.state == .running
    }

    /// The plan of `provision`: steps of containers that run, and nothing else.
    mutating func provisionPlan() throws(PlanningError) -> Plan {
        builder.notes += observed.provisionRemarks
        for service in desired.services {
            for container in desired.containers(of: service) { containerDecisions[container.id] = .keep }
        }
        for service in desired.services where service.lifecycle.triggers == nil {
            for container in desired.containers(of: service) where isRunningOn(container.id) {
                let due = ProvisionPolicy(options.provisioning).due(
                    ProvisionStep.all(of: service, contents: observed.stepContents[service.name] ?? [:]),
                    ran: ranSteps(in: container.id, image: service.image))
                add(due, to: container.id, dependsOn: [], follows: [])
            }
        }
        return try builder.build()
    }
}

extension Reconciler {
    /// The plan that runs the steps that `options.provisioning` asks for in containers that run, and does nothing else.
    ///
    /// - Throws: when the environment contradicts itself or the options select what it lacks.
    package func provisionPlan(desired: Environment, observed: ObservedState) throws(PlanningError) -> Plan {
        let state = try DesiredState(environment: desired, options: options)
        var reconciliation = Reconciliation(options: options, desired: state, observed: observed)
        return try reconciliation.provisionPlan()
    }
}
