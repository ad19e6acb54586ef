package import Envfile
internal import Vocabulary

/// The last phase of `up`: what is waited for when all has been started.
extension Reconciler {
    /// The waits for the desired containers that have not come to what they should: that they run, healthy where they
    /// have a check, or have ended with code 0. A service that others expect to run to its end is waited for until it has.
    ///
    /// - Parameter observed: the environment after all else is done.
    package func arrivals(desired: Environment, observed: ObservedState) throws(PlanningError) -> Plan {
        let state = try DesiredState(environment: desired, options: options)
        let containers = Dictionary(observed.containers.map { ($0.id, $0) }) { first, _ in first }
        var builder = PlanBuilder(.arrival)
        for service in state.services where service.lifecycle.triggers == nil {
            let isJob = state.jobs.contains(service.name)
            for id in state.containers(of: service).map(\.id) {
                guard let container = containers[id], !container.hasArrived(asJob: isJob) else { continue }
                _ = builder.add(
                    .waitForContainer(id, isJob ? .completedSuccessfully : .started), cause: container.reasonToWait)
            }
        }
        return try builder.build()
    }
}

extension ObservedContainer {
    fileprivate func hasArrived(asJob isJob: Bool) -> Bool {
        switch state {
        case .running: !isJob && !isUnsettled && (health == nil || health == .healthy)
        case .exited(let code): code == 0 && !isUnsettled
        // Nothing has started it, and nothing will.
        case .created, .incomplete: true
        }
    }

    fileprivate var reasonToWait: String {
        switch state {
        case .running: health.map { "is \($0.rawValue)" } ?? (isUnsettled ? "was started again" : "has not ended")
        case .exited(let code): "exited with code \(code)"
        case .created, .incomplete: ""
        }
    }
}
