internal import Vocabulary

/// `limits` and `reservations`: the largest and the smallest resources of a service's containers.
package struct DeploymentResources: Hashable, Sendable {
    /// A countable resource of a cluster's nodes.
    package struct GenericResource: Hashable, Sendable {
        package var kind: String
        package var value: Int

        package init(kind: String, value: Int) {
            self.kind = kind
            self.value = value
        }
    }

    /// A number of processors such as 0.5; 0 when absent.
    package var processors: Double
    /// Bytes; `nil` when absent.
    package var memory: UInt64?
    /// The number of processes; 0 when absent, -1 for no limit. Only for limits.
    package var processes: Int
    /// Only for reservations, as are the generic resources.
    package var devices: [DeviceRequest]
    package var genericResources: [GenericResource]

    package init(
        processors: Double = 0, memory: UInt64? = nil, processes: Int = 0, devices: [DeviceRequest] = [],
        genericResources: [GenericResource] = []
    ) {
        self.processors = processors
        self.memory = memory
        self.processes = processes
        self.devices = devices
        self.genericResources = genericResources
    }
}

extension DeploymentResources {
    static func decodedLimits(from cursor: Cursor) -> DeploymentResources? {
        var resources = DeploymentResources()
        return limitsTable.decode(cursor, into: &resources) ? resources : nil
    }

    static func decodedReservations(from cursor: Cursor) -> DeploymentResources? {
        var resources = DeploymentResources()
        return reservationsTable.decode(cursor, into: &resources) ? resources : nil
    }

    static var limitKeys: [AttributeKey] { limitsTable.keys }
    static var reservationKeys: [AttributeKey] { reservationsTable.keys }

    private static let limitsTable = DecodingTable<DeploymentResources>([
        .init("cpus", decode: { $1.processors = processors(from: $0) }),
        .init("memory", decode: { $1.memory = memory(from: $0) }),
        .init("pids", decode: { $1.processes = $0.integer("a number of processes or -1", in: -1...Int.max) ?? 0 }),
    ])

    private static let reservationsTable = DecodingTable<DeploymentResources>([
        .init("cpus", .none(.swarm), decode: { $1.processors = processors(from: $0) }),
        .init(
            "devices", .container, keys: .entries(DeviceRequest.keys),
            decode: { $1.devices = DeviceRequest.decodedList(from: $0, requiresCapabilities: true) }),
        .init(
            "generic_resources", .none(.swarm), keys: .entries(GenericResource.outerTable.keys),
            decode: { $1.genericResources = ($0.list() ?? []).compactMap(GenericResource.decoded) }),
        .init("memory", .container, decode: { $1.memory = memory(from: $0) }),
    ])

    private static func processors(from cursor: Cursor) -> Double {
        cursor.decimal("a number of processors", in: 0...4096) ?? 0
    }

    /// A string, unlike the other sizes, because the schema allows no number here; 0 counts as absent.
    private static func memory(from cursor: Cursor) -> UInt64? {
        guard cursor.string() != nil, let bytes = ByteCount.decoded(from: cursor), bytes > 0 else { return nil }
        return bytes.rawValue
    }

    func rendered() -> Value {
        .object([
            ("cpus", .single(processors)), ("devices", .items(devices) { $0.rendered(requiresCapabilities: true) }),
            ("generic_resources", .items(genericResources) { $0.rendered() }), ("memory", .bytes(memory)),
            ("pids", .count(processes)),
        ])
    }
}

extension DeploymentResources.GenericResource {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var resource: Self?
        outerTable.decode(cursor, into: &resource)
        return resource
    }

    fileprivate static let outerTable = DecodingTable<Self?>([
        .init("discrete_resource_spec", keys: .fields(table.keys), decode: { $1 = decodedSpecification(from: $0) })
    ])

    private static func decodedSpecification(from cursor: Cursor) -> Self? {
        var resource = Self(kind: "", value: 0)
        return table.decode(cursor, into: &resource) ? resource : nil
    }

    private static let table = DecodingTable<Self>([
        .init("kind", decode: { $1.kind = $0.string() ?? "" }),
        .init("value", decode: { $1.value = $0.integer("a number", in: 0...Int.max) ?? 0 }),
    ])

    fileprivate func rendered() -> Value {
        .object([("discrete_resource_spec", .object([("kind", .string(kind)), ("value", .integer(value))]))])
    }
}
