internal import SupervisorProtocol
internal import Vocabulary

/// How the services hear of each other: who is told of a start, an end, a change of health.
extension ControlLoop {
    func connectServices() {
        processes.complete = { [unowned self] status in
            status.health = health.report(of: status.name)
            status.restarts = restarts.report(of: status.name)
        }
        processes.claimChild = { [unowned self] pid, status in
            health.childEnded(pid, status) || restarts.childEnded(pid, status) || jobs.childEnded(pid, status)
                || shells.childEnded(pid) || removals.childEnded(pid, status)
        }
        processes.whenStarted = { [unowned self] name in
            health.containerStarted(name, processes.containers[name]?.record.request?.care)
            restarts.containerStarted(name)
            ports.containerStarted(name)
            changed.insert(name)
        }
        processes.whenEnded = { [unowned self] name in
            ports.containerEnded(name)
            health.containerEnded(name)
            restarts.containerEnded(name, processes.machine.lifecycle(of: name)?.ending)
            removals.containerEnded(name)
            changed.insert(name)
        }
        processes.whenDiscarded = { [unowned self] name in
            Journal.perform("forget the restarts of \(name)") { try restarts.forget(name) }
        }
        health.whenChanged = { [unowned self] name in
            if health.report(of: name)?.state == .unhealthy { restarts.becameUnhealthy(name) }
            changed.insert(name)
        }
        restarts.whenChanged = { [unowned self] name in changed.insert(name) }
    }

    /// Goes on with what an earlier supervisor looked after.
    func adoptCare() {
        for name in processes.machine.names {
            guard let care = processes.containers[name]?.record.request?.care, let status = processes.status(of: name)
            else { continue }
            restarts.adopt(name, care, status)
            if status.state == .running {
                health.containerAdopted(name, care, startedAt: status.startedAt ?? 0)
            }
        }
    }

    /// Judges what clients wait for and tells those that follow, when all that an event has led to is done.
    func tellChanges() {
        let names = changed
        changed = []
        for name in names.sorted() {
            expectations.changed(name)
            states.changed(name)
        }
    }
}
