internal import LinuxSystem
internal import SystemPackage

/// How this host lays out its cgroups; cgroups(7).
package enum CgroupMode: Hashable, Sendable, Codable {
    /// No cgroups are mounted.
    case none
    case v1
    case v2
    /// v1 hierarchies with a v2 one beside them, which holds `controllersInV2`.
    case hybrid(controllersInV2: [String])

    /// Reads /proc/self/mountinfo.
    package static func observe() throws(ContainersError) -> CgroupMode {
        do throws(SystemError) {
            let text = String(decoding: try Files.read("/proc/self/mountinfo"), as: UTF8.self)
            // A hierarchy with an unreadable list counts as empty.
            return CgroupMode(mountinfo: text) { (try? Files.text(FilePath("\($0)/cgroup.controllers"))) ?? nil }
        } catch {
            throw ContainersError(.host, "Could not observe the host's cgroups: \(error.errno).", cause: error)
        }
    }

    /// From the text of mountinfo; `controllers` reads `cgroup.controllers` of a v2 mount point.
    init(mountinfo: String, controllers: (String) -> String?) {
        var v1 = false
        var unified: [String] = []
        for line in mountinfo.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count > 6, let mark = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
                mark + 1 < fields.count
            else { continue }
            switch Substring(fields[mark + 1]) {
            case "cgroup": v1 = true
            case "cgroup2": unified.append(String(Substring(fields[4])))
            default: break
            }
        }
        guard let first = unified.first(where: { $0 == "/sys/fs/cgroup" }) ?? unified.first else {
            self = v1 ? .v1 : .none
            return
        }
        let names = (controllers(first) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        self = v1 ? .hybrid(controllersInV2: names) : .v2
    }
}

extension CgroupMode: CustomStringConvertible {
    /// In words, such as `v1, with an empty v2 hierarchy beside it`.
    package var description: String {
        switch self {
        case .none: "not mounted"
        case .v1: "v1"
        case .v2: "v2"
        case .hybrid(controllersInV2: []): "v1, with an empty v2 hierarchy beside it"
        case .hybrid(let names): "v1, and v2 for \(names.joined(separator: ", "))"
        }
    }
}

/// The component that creates a container's cgroups.
package enum CgroupManager: Hashable, Sendable {
    /// The runtime, directly in the file system.
    case cgroupfs
    /// The systemd of a user without root, which is asked for a scope for each container.
    case systemd
    /// No component: no limits are in force. `reason` is for the user.
    case disabled(reason: String)
}
