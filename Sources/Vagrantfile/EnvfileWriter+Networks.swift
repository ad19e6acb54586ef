// The private networks of machines as networks of the environment.
extension EnvfileWriter {
    private static func networkName(_ network: VagrantNetwork) -> String {
        if let name = network.name {
            let made = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
            return made.first.map { $0.isLetter || $0.isNumber } == true ? made : "private" + made
        }
        return network.address.map { "private-\($0.networkName)" } ?? "private"
    }

    mutating func attachments(_ machine: VagrantMachine) {
        guard !machine.networks.isEmpty else { return }
        add(4, "networks:")
        var seen: Set<String> = []
        for network in machine.networks {
            let name = Self.networkName(network.value)
            guard seen.insert(name).inserted else {
                leaveOut("a second address in one network is not given", line: network.line)
                continue
            }
            let key = network.value.address?.isIPv6 == true ? "ipv6_address" : "ipv4_address"
            let value = network.value.address.map { "{ \(key): \"\($0.text)\" }" } ?? "{}"
            add(6, "\(name): \(value)", line: network.line)
        }
    }

    mutating func networks(_ machines: [VagrantMachine]) {
        var order: [String] = []
        var members: [String: [Sourced<VagrantNetwork>]] = [:]
        for network in machines.flatMap(\.networks) {
            let name = Self.networkName(network.value)
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(network)
        }
        if order.isEmpty { return }
        add(0, "networks:")
        for name in order {
            let addresses = (members[name] ?? []).compactMap(\.value.address)
            guard let first = addresses.first, let line = members[name]?.first?.line else {
                add(2, "\(name): {}", line: members[name]?.first?.line)
                continue
            }
            add(2, "\(name):", line: line)
            if first.isIPv6 { add(4, "enable_ipv6: true") }
            add(4, "ipam:")
            add(6, "config:")
            var seen: Set<String> = []
            for address in addresses where seen.insert(address.subnet).inserted {
                add(8, "- subnet: \"\(address.subnet)\"")
                // The bridge has the first address, unless a machine has it.
                if addresses.contains(where: { $0.isFirst && $0.subnet == address.subnet }) {
                    add(10, "gateway: \"\(address.lastHost)\"")
                }
            }
        }
    }
}
