/// Devices that a driver picks, such as GPUs: an entry of `gpus` or of the reserved `devices` of `deploy`.
package struct DeviceRequest: Hashable, Sendable {
    /// The number of devices.
    package enum Selection: Hashable, Sendable {
        /// All devices: the meaning of an entry with neither a number nor IDs.
        case unspecified
        case all
        case count(Int)
        case ids([String])
    }

    package var capabilities: [String]
    /// Such as `nvidia`; `nil` for whichever has the capabilities.
    package var driver: String?
    package var selection: Selection
    package var options: [String: String]

    package init(
        capabilities: [String] = [], driver: String? = nil, selection: Selection = .unspecified,
        options: [String: String] = [:]
    ) {
        self.capabilities = capabilities
        self.driver = driver
        self.selection = selection
        self.options = options
    }
}

extension DeviceRequest {
    /// `gpus`: `all`, or a list. An entry without a number requests all of them.
    static func decodedGPUs(from cursor: Cursor) -> [DeviceRequest]? {
        if let text = cursor.stringValue {
            if text == "all" { return [DeviceRequest(selection: .all)] }
            cursor.error("gpus must be `all` or a list, but is `\(text)`", expected: "`all` or a list")
            return nil
        }
        guard cursor.items != nil else {
            cursor.mismatch("`all` or a list")
            return nil
        }
        return decodedList(from: cursor, requiresCapabilities: false)
    }

    static func decodedList(from cursor: Cursor, requiresCapabilities: Bool) -> [DeviceRequest] {
        (cursor.list() ?? []).compactMap { item in
            var request = DeviceRequest()
            guard table.decode(item, into: &request) else { return nil }
            if requiresCapabilities { item.requireKeys("capabilities") }
            if item.node["count"] != nil, item.node["device_ids"] != nil {
                item.unusable("\(item.path) has both a `count` and `device_ids`", hint: "leave one of them out")
            }
            // Neither a number nor IDs means all, which Compose prints.
            if request.selection == .unspecified { request.selection = .all }
            return request
        }
    }

    private static let table = AttributeTable<DeviceRequest, DeviceRequest>([
        .init("capabilities", decode: { $1.capabilities = $0.distinctStrings() }, render: { .texts($0.capabilities) }),
        .init(
            "count", decode: { $1.selection = count(from: $0) ?? $1.selection }, render: { .whole($0.selection.number) }
        ),
        .init(
            "device_ids", decode: { $1.selection = .ids($0.distinctStrings()) }, render: { .texts($0.selection.ids) }),
        .init("driver", decode: { $1.driver = $0.nonEmptyString() }, render: { .text($0.driver) }),
        .init(
            "options", .none(.foreign), decode: { $1.options = Labels.decoded(from: $0) },
            render: { .texts($0.options) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    private static func count(from cursor: Cursor) -> Selection? {
        if cursor.stringValue?.lowercased() == "all" { return .all }
        return cursor.integer("a number of devices or `all`", in: -1...Int.max).map { $0 == -1 ? .all : .count($0) }
    }

    /// All devices are the number -1.
    ///
    /// - Parameter requiresCapabilities: whether the list of capabilities has to be there, also an empty one.
    func rendered(requiresCapabilities: Bool = false) -> Value {
        let value = Self.table.rendered(self)
        guard requiresCapabilities, capabilities.isEmpty, case .map(let members) = value else { return value }
        return .map([Value.Member("capabilities", .list([]))] + members)
    }
}

extension DeviceRequest.Selection {
    /// `count` as Compose shows it: -1 for all, and none for 0.
    fileprivate var number: Int? {
        switch self {
        case .unspecified, .ids, .count(0): nil
        case .all: -1
        case .count(let count): count
        }
    }

    fileprivate var ids: [String] {
        if case .ids(let list) = self { return list }
        return []
    }
}
