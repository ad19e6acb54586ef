extension Network {
    /// An entry of the top-level `networks`; it may be empty.
    static func decoded(named name: String, from cursor: Cursor) -> Network {
        var network = Network(name: name)
        if !cursor.node.isNull { table.decode(cursor, into: &network) }
        return network
    }

    private static let table = AttributeTable<Network>(
        [
            "driver": { cursor, _ in
                guard let driver = cursor.nonEmptyString(), driver != "bridge", driver != "default" else { return }
                cursor.warning("the network driver `\(driver)` is not supported yet; a bridge is used")
            },
            "internal": { $1.isInternal = $0.bool() ?? false },
            "labels": { $1.labels = Labels.decoded(from: $0) },
        ],
        unsupported: ["attachable", "driver_opts", "enable_ipv4", "enable_ipv6", "external", "ipam", "name"])
}

extension Volume {
    /// An entry of the top-level `volumes`; it may be empty.
    static func decoded(named name: String, from cursor: Cursor) -> Volume {
        var volume = Volume(name: name)
        if !cursor.node.isNull { table.decode(cursor, into: &volume) }
        return volume
    }

    private static let table = AttributeTable<Volume>(
        [
            "driver": { cursor, _ in
                guard let driver = cursor.nonEmptyString(), driver != "local" else { return }
                cursor.warning("the volume driver `\(driver)` is not supported yet; a local volume is used")
            },
            "labels": { $1.labels = Labels.decoded(from: $0) },
        ],
        unsupported: ["driver_opts", "external", "name"])
}

extension NetworkAttachment {
    /// `networks` of a service: a list of names, or a mapping with aliases.
    static func decodedList(from cursor: Cursor) -> [Located<NetworkAttachment>] {
        if let entries = cursor.entries {
            return entries.map { entry in
                var attachment = NetworkAttachment(network: entry.key.name)
                if !entry.value.node.isNull { table.decode(entry.value, into: &attachment) }
                return entry.located(attachment)
            }
        }
        guard let items = cursor.items else {
            cursor.mismatch("a list or a mapping of networks")
            return []
        }
        var seen: Set<String> = []
        return items.compactMap { item in
            guard let name = item.string() else { return nil }
            if seen.insert(name).inserted { return item.located(NetworkAttachment(network: name)) }
            item.error("the network `\(name)` is listed twice")
            return nil
        }
    }

    private static let table = AttributeTable<NetworkAttachment>(
        ["aliases": { $1.aliases = Set(($0.strings() ?? []).map(\.value)).sorted() }],
        unsupported: [
            "driver_opts", "gw_priority", "interface_name", "ipv4_address", "ipv6_address", "link_local_ips",
            "mac_address", "priority",
        ])
}
