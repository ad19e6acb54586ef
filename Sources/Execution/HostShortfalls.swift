internal import Containers
internal import Planning
internal import Vocabulary
internal import Workspaces

/// What services ask for and this host cannot put in force: a warning, and an error with `--strict`.
struct HostShortfalls {
    /// A key of a service, and why it has no effect.
    struct Shortfall: Hashable {
        var service: String
        var key: String
        var reason: String
    }

    let limits: LimitSupport
    let security: HostSecurity
    let facts: HostFacts

    func of(_ container: DesiredContainer) -> [Shortfall] {
        let service = container.id.service.rawValue
        func shortfall(_ key: String, _ reason: String) -> Shortfall {
            Shortfall(service: service, key: key, reason: reason)
        }
        var found = container.limits.asked.filter { !limits.limits.contains($0.limit) }.map {
            shortfall($0.key, limits.reason)
        }
        if !limits.limits.contains(.devices), !container.security.deviceRules.isEmpty {
            found.append(shortfall("device_cgroup_rules", limits.reason))
        }
        if let profile = container.security.appArmorProfile, profile != "unconfined", !security.hasAppArmor {
            found.append(shortfall("security_opt: apparmor", "this host has no AppArmor"))
        }
        if let label = container.security.label, label["disable"] == nil, !security.hasSELinux {
            found.append(shortfall("security_opt: label", "this host has no SELinux"))
        }
        if let score = container.limits.outOfMemoryScore, let lowest = security.lowestOutOfMemoryScore, score < lowest {
            found.append(shortfall("oom_score_adj", "Trice may not set less than \(lowest) on this host"))
        }
        for (name, limit) in container.limits.resourceLimits.sorted(by: { $0.key < $1.key }) {
            guard let ceiling = facts.hardLimits["RLIMIT_" + name.uppercased()],
                !facts.mayRaiseLimits,
                UInt64(exactly: limit.hard) ?? .max > ceiling
            else { continue }
            found.append(shortfall("ulimits.\(name)", "the host allows \(ceiling) at most, which holds instead"))
        }
        return found
            + missingCapabilities(container.security).map {
                shortfall("cap_add: \($0)", "Trice itself does not have this capability")
            }
    }

    private func missingCapabilities(_ security: DesiredContainer.Security) -> [String] {
        security.addedCapabilities.filter { name in
            // The reader has refused what is no capability, and ALL means those that there are.
            guard let wanted = try? CapabilitySet.none.changed(add: [name], drop: []), wanted != .all else {
                return false
            }
            return wanted.intersection(facts.capabilities) != wanted
        }
    }

    /// One sentence about all of them; `nil` for none.
    static func message(_ found: [Shortfall]) -> String? {
        var parts: [String] = []
        for (reason, group) in Dictionary(grouping: found, by: \.reason).sorted(by: { $0.key < $1.key }) {
            let keys = Dictionary(grouping: group, by: \.key).sorted { $0.key < $1.key }.map { key, uses in
                let services = Set(uses.map(\.service)).sorted().joined(separator: ", ")
                return "`\(key)` (\(services))"
            }
            parts.append("\(keys.joined(separator: ", ")): \(reason)")
        }
        return parts.isEmpty ? nil : "not in force on this host: " + parts.joined(separator: "; ")
    }
}

extension DesiredContainer.Limits {
    /// The limits that are written, by the key of a service that says so.
    var asked: [(key: String, limit: LimitSupport.Limit)] {
        var found: [(key: String, limit: LimitSupport.Limit)] = []
        func add(_ key: String, _ limit: LimitSupport.Limit, _ isAsked: Bool) {
            if isAsked { found.append((key, limit)) }
        }
        add("mem_limit", .memory, memory != nil)
        add("mem_reservation", .memoryReservation, memoryReservation != nil)
        add("memswap_limit", .memoryAndSwap, memoryAndSwap != nil)
        add("mem_swappiness", .swappiness, swappiness != nil)
        add("oom_kill_disable", .neverKilled, isNeverKilled)
        add("cpu_shares", .shares, processorShares != nil)
        add("cpus", .quota, processorQuota != nil || processorPeriod != nil)
        add("cpu_rt_runtime", .realtime, realtimeRuntime != nil || realtimePeriod != nil)
        add("cpuset", .processors, processors != nil)
        add("pids_limit", .processes, processes != nil)
        add("blkio_config.weight", .blockWeight, blockDevices.map { $0.weight != nil || !$0.weights.isEmpty } ?? false)
        let rates = blockDevices.map { $0.readRates + $0.writeRates + $0.readOperations + $0.writeOperations }
        add("blkio_config", .blockRate, rates?.isEmpty == false)
        return found
    }
}
