internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Networks
internal import Planning
internal import Store
internal import SystemPackage

/// The `/etc/hosts` files by which the containers of an environment find each other.
///
/// Each container has a file of its own, which is mounted into it; it is therefore changed in place and never replaced.
struct NameTable: Sendable {
    let workspace: Workspace

    /// Names by container: host name, service and aliases. It lies beside the container's hosts file, one name a line.
    static func write(_ names: [String], for id: ContainerID, in workspace: Workspace) throws {
        let path = workspace.runDirectory(of: id).appending("names")
        try Files.write(names.map { $0 + "\n" }.joined().utf8, to: path)
    }

    /// Brings the hosts files of these containers to what the network plan says.
    func refresh(_ containers: [ContainerID], _ records: RuntimeRecords) throws {
        var names: [String: [String]] = [:]
        for id in Set(records.addresses.map({ ContainerID(service: $0.service, number: $0.number) })) {
            let text = try Files.text(workspace.runDirectory(of: id).appending("names")) ?? "\(id.service)\n"
            names["\(id)"] = text.split(separator: "\n").map(String.init)
        }
        let plan = try workspace.networkPlan(records)
        for id in containers {
            let text = try plan.hosts(of: "\(id)", names: names)
            try update(workspace.runDirectory(of: id).appending("hosts"), text)
        }
    }

    private func update(_ path: FilePath, _ text: String) throws {
        if try Files.text(path) == text { return }
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT)
        let bytes = Array(text.utf8)
        // Written before it is truncated: a reader in between finds every name, and perhaps an old one more.
        try file.write(bytes)
        let fd = file.rawValue
        try systemCall("ftruncate", path.string) { ftruncate(fd, bytes.count) }
    }
}
