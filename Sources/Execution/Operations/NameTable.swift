internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import Planning
internal import Store
internal import SystemPackage
internal import Workspaces

internal import struct Vocabulary.ContainerID

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

    /// Brings the hosts files of these containers up to date.
    func refresh(_ containers: [ContainerID], _ records: RuntimeRecords) throws {
        var entries: [ContainerID: [HostNames]] = [:]
        for record in records.addresses {
            let id = ContainerID(record)
            let text = try Files.text(workspace.runDirectory(of: id).appending("names")) ?? "\(record.service)\n"
            let names = text.split(separator: "\n").map(String.init)
            entries[id, default: []].append(try HostNames(try IPAddress(record.address), names))
        }
        for id in containers {
            let networks = Set(
                records.addresses.filter { ContainerID($0) == id }.map(\.network))
            let reachable = records.addresses.filter { networks.contains($0.network) }
                .map { ContainerID($0) }.filter { $0 != id }
            let gateway = try records.networks.first { networks.contains($0.name) }
                .flatMap { try IPv4Network($0.subnet)[1] }
            let text = HostsFile.text(
                own: entries[id] ?? [], others: Set(reachable).sorted().flatMap { entries[$0] ?? [] }, gateway: gateway)
            try update(workspace.runDirectory(of: id).appending("hosts"), text)
        }
    }

    private func update(_ path: FilePath, _ text: String) throws {
        if try Files.text(path) == text { return }
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT)
        let bytes = Array(text.utf8)
        // Written before it is cut: a reader at the wrong moment finds every name, perhaps one too many.
        try file.write(bytes)
        let fd = file.rawValue
        try systemCall("ftruncate", path.string) { ftruncate(fd, bytes.count) }
    }
}
