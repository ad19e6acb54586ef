/// A device of the host in a container: an entry of `devices`.
package struct DeviceMapping: Hashable, Sendable {
    /// A path of the host such as `/dev/kvm`, or the name of a device by the Container Device Interface.
    package var source: String
    /// The path in the container.
    package var target: String
    /// Any of `r`, `w` and `m` (make nodes).
    package var permissions: String

    package init(source: String, target: String? = nil, permissions: String = "rwm") {
        self.source = source
        self.target = target ?? source
        self.permissions = permissions
    }
}

extension DeviceMapping {
    private static let expected = "SOURCE[:TARGET[:PERMISSIONS]]"

    /// `devices`: a list of short strings and long mappings.
    static func decodedList(from cursor: Cursor) -> [Located<DeviceMapping>] {
        (cursor.list() ?? []).compactMap { item in
            if item.entries != nil { return long(item).map(item.located) }
            guard let text = item.stringValue else {
                item.mismatch("a string such as \"/dev/kvm\" or a mapping")
                return nil
            }
            return short(text, at: item).map(item.located)
        }
    }

    private static func short(_ text: String, at cursor: Cursor) -> DeviceMapping? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 3 || parts[0].isEmpty {
            let problem = parts.count > 3 ? "it has too many `:`" : "the device is missing"
            cursor.unusable("`\(text)` is no device: \(problem)", expected: expected)
            return DeviceMapping(source: parts[0])
        }
        var device = DeviceMapping(source: parts[0])
        if parts.count > 1, !parts[1].isEmpty { device.target = parts[1] }
        device.checkTarget(at: cursor)
        if parts.count == 3 { device.permissions = permissions(parts[2], at: cursor) }
        return device
    }

    private static func long(_ cursor: Cursor) -> DeviceMapping? {
        var device = DeviceMapping(source: "", target: "")
        table.decode(cursor, into: &device)
        cursor.requireKeys("source")
        if device.target.isEmpty { device.target = device.source }
        device.checkTarget(
            at: cursor.node["target"].map { Cursor($0, path: .key(cursor.path, "target"), context: cursor.context) }
                ?? cursor)
        return device.source.isEmpty ? nil : device
    }

    private static let table = AttributeTable<DeviceMapping, DeviceMapping>([
        .init("source", decode: { $1.source = $0.nonEmptyString() ?? "" }, render: { .string($0.source) }),
        .init("target", decode: { $1.target = $0.nonEmptyString() ?? "" }, render: { .string($0.target) }),
        .init(
            "permissions",
            decode: { cursor, device in
                guard let text = cursor.nonEmptyString() else { return }
                device.permissions = permissions(text, at: cursor)
            }, render: { .string($0.permissions) }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// A device that its name alone stands for, by the Container Device Interface, has no path.
    private func checkTarget(at cursor: Cursor) {
        if target.hasPrefix("/") || target == source { return }
        cursor.unusable(
            "the device target `\(target)` must be an absolute path in the container", expected: "an absolute path")
    }

    private static func permissions(_ text: String, at cursor: Cursor) -> String {
        if Set(text).count != text.count || !text.allSatisfy({ "rwm".contains($0) }) {
            cursor.unusable("`\(text)` are no permissions of a device", expected: "any of `r`, `w` and `m`")
        }
        return text.isEmpty ? "rwm" : text
    }

    /// The complete long form, as Compose prints it.
    func rendered() -> Value { Self.table.rendered(self) }
}
