import Envfile
import Vocabulary

/// What happens to a container that is wanted.
enum ContainerDecision: Hashable {
    case keep
    case create(cause: String)
    /// Remove and create: what was there is unfit, changed or broken.
    case recreate(cause: String)
    /// Start again what exists and does not run.
    case start(cause: String)
    /// Stop and start what runs and has not changed itself.
    case restart(cause: String)

    var creates: Bool {
        switch self {
        case .create, .recreate: true
        case .keep, .start, .restart: false
        }
    }

    var cause: String {
        switch self {
        case .keep: ""
        case .create(let cause), .recreate(let cause), .start(let cause), .restart(let cause): cause
        }
    }
}

/// Containers: what becomes of each.
extension Reconciliation {
    /// Decides about the containers that nothing wants.
    mutating func decideRemovals() {
        let wanted = Set(desiredIDs)
        let described = Set(desired.environment?.described.map(\.name) ?? [])
        let selected = Set(desired.services.map(\.name))
        for (id, container) in containers where !wanted.contains(id) {
            if desired.environment == nil {
                removals[id] = container.state == .incomplete ? "is incomplete" : Self.goesDown
            } else if container.isOneOff {
                // `run` removes its containers itself; one that it left goes with the environment.
                continue
            } else if selected.contains(id.service) {
                removals[id] = "service \(id.service) has no container of this number"
            } else if !desired.selection.isEmpty || described.contains(id.service)
                || options.inactiveServices.contains(id.service)
            {
                continue
            } else if options.removesOrphans {
                removals[id] = Self.orphaned
            } else if options.mentionsOrphans {
                builder.notes.append("container \(id) is no longer in the Envfile and is kept")
            }
        }
    }

    mutating func decideContainers() {
        for service in desired.services {
            for wanted in desired.containers(of: service) {
                containerDecisions[wanted.id] = decision(for: service, wanted)
            }
        }
    }

    private mutating func decision(for service: Service, _ wanted: DesiredContainer) -> ContainerDecision {
        let id = wanted.id
        guard let container = containers[id] else { return options.makes ? .create(cause: "does not exist") : .keep }
        if container.state == .incomplete { return .recreate(cause: "is incomplete") }
        if let cause = causeOfRecreation(of: container, as: wanted, for: service) {
            if options.recreation != .never { return .recreate(cause: cause) }
            builder.notes.append("container \(id) is kept although \(cause)")
        }
        // A job starts by its schedule.
        guard options.starts, service.lifecycle.triggers == nil else { return .keep }
        switch container.state {
        case .running where options.restartsRunning && isSelected(service): return .restart(cause: "asked for")
        case .running where !container.replacedMounts.isEmpty:
            let targets = container.replacedMounts.joined(separator: ", ")
            return .restart(cause: "what is mounted at \(targets) was replaced on the host")
        case .running, .incomplete: return .keep
        case .created: return .start(cause: "has not been started")
        case .exited(0) where desired.jobs.contains(service.name): return .keep
        case .exited(let code): return .start(cause: "exited with code \(code)")
        }
    }

    private func causeOfRecreation(
        of container: ObservedContainer, as wanted: DesiredContainer, for service: Service
    ) -> String? {
        let changes = container.fingerprint.changes(
            to: ContainerFingerprint(of: wanted), former: FormerFingerprint.attributes(of: service))
        if !changes.isEmpty {
            let shown = changes.prefix(3).joined(separator: ", ")
            return changes.count > 3 ? "\(shown) and \(changes.count - 3) more" : shown
        }
        if let imageID = observed.images[service.image], imageID != container.baseImageID ?? container.imageID {
            return "image \(service.image) was updated"
        }
        if observed.dueBuilds[service.image]?.isCertain == true { return "image \(service.image) is built anew" }
        for attachment in service.networks {
            if networkDecisions[attachment.network]?.makesAnew == true {
                return "network \(attachment.network) is made anew"
            }
            if !container.networks.contains(attachment.network) {
                return "not attached to network \(attachment.network)"
            }
        }
        let isForced = options.recreatesDependencies || isSelected(service)
        return options.recreation == .always && isForced ? "asked for" : nil
    }

    private func isSelected(_ service: Service) -> Bool {
        desired.selection.isEmpty || desired.selection.contains(service.name)
    }

    /// Restarts what runs, has not changed and follows a dependency that is made anew.
    mutating func decideRestarts() {
        guard options.starts else { return }
        let anew = Set(containerDecisions.filter { $0.value.creates }.map(\.key.service))
        for service in desired.services {
            let followed = service.dependencies.filter { $0.restarts && anew.contains($0.service) }.map(\.service)
            guard !followed.isEmpty else { continue }
            let names = followed.sorted().joined(separator: ", ")
            for id in desired.containers(of: service).map(\.id)
            where containerDecisions[id] == .keep && containers[id]?.state == .running {
                containerDecisions[id] = .restart(
                    cause: "dependency \(names) \(followed.count == 1 ? "is" : "are") made anew")
            }
        }
    }

    mutating func createContainers() {
        for service in desired.services {
            for container in desired.containers(of: service) {
                let id = container.id
                guard let decision = containerDecisions[id], decision.creates else { continue }
                var container = container
                container.bakedImage = bakedImage(for: container, of: service)
                var before = container.attachments.compactMap { networkCreations[$0.network] }
                before += container.volumeNames.compactMap { volumeCreations[$0] }
                before += [images[container.image], bakedPulls[service.name], removes[id]].compactMap { $0 }
                creations[id] = builder.add(
                    .createContainer(container, keepsChanges: options.recreation != .always), cause: decision.cause,
                    dependsOn: before,
                    follows: releases(for: container))
            }
        }
    }

    /// What gives a host port up which this one wants: the removals of containers that hold one, and the creation of the
    /// container before it, so that the ports of a range go to the containers of a service in their order.
    private func releases(for container: DesiredContainer) -> [Int] {
        guard !container.ports.isEmpty else { return [] }
        let id = container.id
        let before = id.number > 1 ? creations[ContainerID(service: id.service, number: id.number - 1)] : nil
        return [before].compactMap(\.self)
            + removes.filter { other, _ in
                (observed.heldPorts[other] ?? []).contains { held in container.ports.contains { held.hinders($0) } }
            }.map(\.value)
    }
}
