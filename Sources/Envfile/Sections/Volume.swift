/// An entry of the top-level `volumes`.
public struct Volume: Hashable, Sendable {
    /// The key under `volumes:`.
    public var name: String
    public var identity: ResourceIdentity
    /// `nil` for a local one.
    public var driver: String?
    public var driverOptions: [String: String]
    public var labels: [String: String]

    public init(
        name: String, identity: ResourceIdentity = ResourceIdentity(), driver: String? = nil,
        driverOptions: [String: String] = [:], labels: [String: String] = [:]
    ) {
        self.name = name
        self.identity = identity
        self.driver = driver
        self.driverOptions = driverOptions
        self.labels = labels
    }
}

extension Volume {
    /// An entry of `volumes`; it may be empty. `nil` when it is no mapping.
    static func decoded(named name: String, from cursor: Cursor) -> Volume? {
        var volume = Volume(name: name, identity: .decoded(from: cursor))
        if cursor.node.isNull { return volume }
        guard table.decode(cursor, into: &volume) else { return nil }
        volume.identity.checkNothingElse(in: cursor) { entry in
            entry.keyError(
                "`\(entry.key.name)` cannot be said of \(cursor.path), because it is external",
                hint: "leave out either `\(entry.key.name)` or `external`")
        }
        volume.resolveDevice(at: cursor)
        return volume
    }

    /// A local volume that is a bind mount names a host path.
    private mutating func resolveDevice(at cursor: Cursor) {
        guard driver == "local", driverOptions["o"] == "bind", let device = driverOptions["device"] else { return }
        driverOptions["device"] = HostPath.resolvedAsWritten(device, at: cursor)
    }

    private static let table = AttributeTable<Volume>([
        "driver": { $1.driver = $0.nonEmptyString() },
        "driver_opts": { $1.driverOptions = ScalarMapping.decoded(from: $0) },
        "external": { _, _ in },
        "labels": { $1.labels = Labels.decoded(from: $0) },
        "name": { _, _ in },
    ])

    func rendered(project: String) -> Value {
        .object([
            ("driver", .text(driver)), ("driver_opts", .texts(driverOptions)),
            ("external", .flag(identity.isExternal)), ("labels", .texts(labels)),
            ("name", .string(identity.name(key: name, project: project))),
        ])
    }
}
