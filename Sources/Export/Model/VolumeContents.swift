/// What new volumes begin with: as in Docker and Trice, what the image has at the target.
extension ApplicationAssembly {
    /// The mount, marked where the image has something at its target.
    func filled(_ mount: WorkloadMount, _ workload: Workload) -> WorkloadMount {
        guard joinsPods, !isOnHost, workload.image.names?(mount.target).isEmpty == false else { return mount }
        var mount = mount
        mount.isFilled = true
        return mount
    }

    /// Leaves the mark to one workload for each volume: the first that starts and whose image has something there. One
    /// whose image cannot copy is reported.
    mutating func chooseFillers(_ workloads: inout [Workload]) {
        var owners: [String: String] = [:]
        let order = workloads.indices.sorted {
            (workloads[$0].wave, workloads[$0].name) < (workloads[$1].wave, workloads[$1].name)
        }
        for index in order {
            let workload = workloads[index]
            for place in workload.mounts.indices where workload.mounts[place].isFilled {
                let mount = workload.mounts[place]
                if case .volume(let name, _) = mount.source {
                    if let owner = owners[name], owner != workload.name {
                        workloads[index].mounts[place].isFilled = false
                        continue
                    }
                    owners[name] = workload.name
                }
                guard !canCopy(workload) else { continue }
                workloads[index].mounts[place].isFilled = false
                report.loss(
                    workload.key.key("volumes").item(mount.target),
                    "the image has files at `\(mount.target)` that a new volume does not get: it has no `sh` and `cp`",
                    "copy them into the volume by hand, or let the image have both")
            }
            // Steps see what the service sees, which is filled before the first of them.
            for step in workload.steps.indices {
                for place in workload.steps[step].mounts.indices {
                    workloads[index].steps[step].mounts[place].isFilled = false
                }
            }
        }
    }

    private func canCopy(_ workload: Workload) -> Bool {
        guard let names = workload.image.names else { return false }
        let programs = Set(["/bin", "/usr/bin"].flatMap(names))
        return programs.isSuperset(of: ["sh", "cp"])
    }
}
