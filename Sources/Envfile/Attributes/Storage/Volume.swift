package import Vocabulary

/// An entry of the top-level `volumes`.
package struct Volume: Hashable, Sendable {
    /// The key under `volumes:`.
    package var name: VolumeName
    package var identity: ResourceIdentity
    /// `nil` for a local one.
    package var driver: String?
    package var driverOptions: [String: String]
    package var labels: [String: String]

    package init(
        name: VolumeName, identity: ResourceIdentity = ResourceIdentity(), driver: String? = nil,
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
    static func decoded(named name: VolumeName, from cursor: Cursor) -> Volume? {
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
        guard driver == "local", isBind, let device = driverOptions["device"] else { return }
        driverOptions["device"] = HostPath.resolvedAsWritten(device, at: cursor)
    }

    /// The words of `driver_opts.o`, as mount(8) takes them.
    package var mountOptions: [String] { driverOptions["o"]?.split(separator: ",").map(String.init) ?? [] }

    /// Whether it is a directory of the host that `driver_opts` name.
    package var isBind: Bool { !Set(mountOptions).isDisjoint(with: ["bind", "rbind"]) }

    /// Whether the file says more of it than that it is there.
    var isOrdinary: Bool { identity == ResourceIdentity() && driverOptions.isEmpty }

    private static let table = AttributeTable<Volume, Volume>([
        .init("driver", decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "driver_opts", decode: { $1.driverOptions = ScalarMapping.decoded(from: $0) },
            render: { .texts($0.driverOptions) }),
        .init(
            "external", keys: .fields(ResourceIdentity.keys), decode: { _, _ in },
            render: { .flag($0.identity.isExternal) }),
        .init("labels", .information, decode: { $1.labels = Labels.decoded(from: $0) }, render: { .texts($0.labels) })
            .merged(.keyValues),
        .init(
            "name", decode: { _, _ in },
            renderInContext: { model, context in
                .string(model.identity.name(key: model.name.rawValue, project: context.project))
            }),
    ])

    static var keys: [AttributeKey] { table.keys }

    func rendered(project: String) -> Value {
        Self.table.rendered(self, in: RenderingContext(project: project))
    }
}
