/// Checks the limits of each service against each other and against what a container needs.
struct LimitCheck {
    let context: DecodingContext

    /// What runtimes need to start a container.
    static let smallestMemory = 6 << 20

    func check(_ service: ServiceDraft) {
        checkMemory(service)
        checkProcessors(service)
        checkProcesses(service)
        if let parent = service.service.limits.cgroupParent, parent.split(separator: "/").contains("..") {
            error("must be a path without `..`, but is `\(parent)`", "cgroup_parent", of: service)
        }
    }

    private func error(_ message: String, _ key: String, of service: ServiceDraft, hint: String? = nil) {
        let report = context.dialect == .compose ? context.unsupported : context.report
        let mark = (service.cursor.node[key] ?? service.cursor.node["deploy"])?.mark ?? service.mark
        report.error("\(service.path).\(key) \(message)", at: mark, path: .key(service.path, key), hint: hint)
    }

    private func checkMemory(_ draft: ServiceDraft) {
        let service = draft.service
        let memory = service.limits.memory
        if let swappiness = memory.swappiness, swappiness > 100 {
            error("must be a number from 0 to 100, but is \(swappiness)", "mem_swappiness", of: draft)
        }
        if let limit = service.memoryLimit, limit < Self.smallestMemory {
            error(
                "is \(limit) bytes, and a container cannot start with less than \(Self.smallestMemory)", "mem_limit",
                of: draft, hint: "write `6m` or more")
        }
        if let reservation = service.memoryReservation, let limit = service.memoryLimit, reservation > limit {
            error("is above the limit of the memory, which is \(limit) bytes", "mem_reservation", of: draft)
        }
        guard let swap = memory.swapLimit else { return }
        guard let limit = service.memoryLimit else {
            // -1 removes a limit; without a limit of the memory it changes nothing.
            if swap == -1 { return }
            return error(
                "is the limit of memory and swap together, and needs a limit of the memory", "memswap_limit", of: draft,
                hint: "add `mem_limit`")
        }
        if swap != -1, swap < limit {
            error(
                "is the limit of memory and swap together, and is below that of the memory, \(limit) bytes",
                "memswap_limit", of: draft)
        }
    }

    private func checkProcessors(_ draft: ServiceDraft) {
        let processor = draft.service.limits.cpu
        if draft.service.processorLimit != nil {
            for (key, value) in [("cpu_quota", processor.quota), ("cpu_period", processor.period)] where value != nil {
                error("cannot stand beside `cpus`, which sets both", key, of: draft, hint: "leave one of them out")
            }
        }
        if let period = processor.period, !(1000...1_000_000).contains(period) {
            error("must be from 1000 to 1000000 microseconds, but is \(period)", "cpu_period", of: draft)
        }
        if let quota = processor.quota, quota != -1, quota < 1000 {
            error("must be 1000 microseconds or more, but is \(quota)", "cpu_quota", of: draft)
        }
        if let runtime = processor.realtimeRuntime, runtime > processor.realtimePeriod ?? 1_000_000 {
            error("is longer than the period", "cpu_rt_runtime", of: draft)
        }
        if let set = processor.set, !Self.isProcessorList(set) {
            error("must be a list of processors such as `0-3` or `0,1`, but is `\(set)`", "cpuset", of: draft)
        }
    }

    private func checkProcesses(_ draft: ServiceDraft) {
        let usesInit = draft.usesInit ?? (context.dialect == .trice)
        guard usesInit, let limit = draft.service.processLimit, limit == 1 else { return }
        error(
            "is 1, and the container's first process has to start another one", "pids_limit", of: draft,
            hint: "write 2 or more, or `init: false`")
    }

    /// Numbers and ranges of them, separated by commas; cpuset(7), "List format".
    static func isProcessorList(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            switch ends.count {
            case 1: return ends[0] != nil
            case 2:
                guard let first = ends[0], let last = ends[1] else { return false }
                return first <= last
            default: return false
            }
        }
    }
}
