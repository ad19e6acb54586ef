/// What determines a container, one digest for each attribute, so that a plan can say what has changed.
///
/// It is derived from the coded form of a `DesiredContainer`. Left out is what needs no new container (see
/// `unfingerprinted`) and what says nothing: a property that is `nil`, `false` or empty.
package struct ContainerFingerprint: Hashable, Sendable, Codable {
    /// The image's reference as the service gives it.
    package var image: String
    /// Digests by the attribute's name as a user reads it, such as `command` or `environment PATH`.
    package var attributes: [String: ConfigurationHash]

    package init(image: String, attributes: [String: ConfigurationHash]) {
        self.image = image
        self.attributes = attributes
    }

    package init(of container: DesiredContainer) {
        self.init(image: container.image, attributes: Self.attributes(of: container))
    }
}

extension ContainerFingerprint {
    /// Whether `run` made the container for one command.
    package var isOneOff: Bool { attributes["one off"] != nil }

    /// The properties that need no new container: its identity, and what orders it among others. The image is
    /// compared by its reference.
    private static let unfingerprinted: Set<String> = [
        "id", "image", "bakedImage", "dependencies", "reservedAddresses",
    ]

    /// The properties whose members are attributes of their own.
    private static let groups: Set<String> = ["process", "naming", "security", "limits", "namespaces"]

    /// The collections whose entries come and go one by one: what a user calls an entry, and which members name it.
    private static let entries: [String: (word: String, members: [String])] = [
        "environment": ("environment", []), "labels": ("label", []), "mounts": ("mount", ["target"]),
        "ports": ("port", ["containerPort", "transport"]), "attachments": ("network", ["network"]),
        "files": ("file", ["target"]),
        "volumesFrom": ("volumes from", ["service"]), "annotations": ("annotation", []), "parameters": ("sysctl", []),
        "devices": ("device", ["target"]),
        "resourceLimits": ("ulimit", []),
    ]

    /// What a user calls a property whose own name says it in another order.
    private static let words = ["isRootReadOnly": "read-only root"]

    /// The digests of a value's properties by their names in words.
    static func attributes(of value: some Encodable) -> [String: ConfigurationHash] {
        var attributes: [String: ConfigurationHash] = [:]
        for (name, node) in ConfigurationTree.members(of: value) where !unfingerprinted.contains(name) {
            if groups.contains(name) {
                for (member, node) in node.members ?? [:] { add(node, as: member, to: &attributes) }
            } else {
                add(node, as: name, to: &attributes)
            }
        }
        return attributes
    }

    private static func add(
        _ node: ConfigurationTree, as name: String, to attributes: inout [String: ConfigurationHash]
    ) {
        guard let (word, naming) = entries[name] else {
            attributes[words[name] ?? spaced(name)] = node.hash
            return
        }
        if let members = node.members {
            for (key, value) in members { attributes["\(word) \(key)"] = value.hash }
        } else if let items = node.items {
            // Several entries of one name are one attribute.
            let grouped = Dictionary(grouping: items) { item in
                naming.map { item.members?[$0]?.text ?? "" }.joined(separator: "/")
            }
            for (key, items) in grouped {
                let rest = items.map { $0.without(naming) }
                attributes["\(word) \(key)"] = (rest.count == 1 ? rest[0] : .items(rest)).hash
            }
            // The order of mounts decides which of two nested targets covers the other.
            if name == "mounts", items.count > 1 {
                attributes["order of mounts"] =
                    ConfigurationTree.items(items.compactMap { $0.members?["target"] }).hash
            }
        }
    }

    /// `workingDirectory` as `working directory`, and `hasTerminal` as `terminal`.
    private static func spaced(_ name: String) -> String {
        let prefix = ["is", "has", "uses"].first {
            name.hasPrefix($0) && name.dropFirst($0.count).first?.isUppercase == true
        }
        let bare = name.dropFirst(prefix?.count ?? 0)
        let words = bare.map { $0.isUppercase ? " \($0.lowercased())" : "\($0)" }.joined()
        return String(words.drop { $0 == " " })
    }
}

extension ContainerFingerprint {
    /// One digest of all of it.
    package var digest: ConfigurationHash {
        ConfigurationHash { hasher in
            hasher.combine(image)
            for (name, hash) in attributes.sorted(by: { $0.key < $1.key }) { hasher.combine([name, "\(hash)"]) }
        }
    }

    /// What differs between this container and the one that should be, in words such as `command changed`; empty when
    /// nothing does.
    ///
    /// - Parameter former: the digests that an earlier version of Trice computed for the same attributes; one that
    ///   matches means unchanged too.
    package func changes(
        to new: ContainerFingerprint, former: [String: ConfigurationHash] = [:]
    ) -> [String] {
        var changes: [String] = []
        if image != new.image {
            changes.append("image changed: \(image) → \(new.image)")
        }
        for name in Set(attributes.keys).union(new.attributes.keys).sorted() {
            switch (attributes[name], new.attributes[name]) {
            case (let old, let new) where old == new: continue
            case (let old?, _) where old == former[name]: continue
            case (nil, _) where Self.isEntry(name): changes.append("\(name) added")
            case (_, nil) where Self.isEntry(name): changes.append("\(name) removed")
            default: changes.append("\(name) changed")
            }
        }
        return changes
    }

    /// Whether the attribute is one entry of several, which can come and go.
    private static func isEntry(_ name: String) -> Bool {
        entries.values.contains { name.hasPrefix($0.word + " ") }
    }
}
