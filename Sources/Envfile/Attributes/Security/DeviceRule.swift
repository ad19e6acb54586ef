/// A rule for the access to devices: an entry of `device_cgroup_rules`, such as `c 1:3 mr`.
package struct DeviceRule: Hashable, Sendable, Codable {
    /// `a` (all), `b` (block) or `c` (character).
    package var type: String
    /// `nil` for every number.
    package var major: Int64?
    /// The second number of the device; `nil` for all.
    package var minor: Int64?
    /// Any of `r`, `w` and `m`.
    package var access: String

    /// From `TYPE MAJOR:MINOR ACCESS`, with `*` for every number; `nil` for another text.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, ["a", "b", "c"].contains(words[0]) else { return nil }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard numbers.count == 2, let major = Self.number(numbers[0]), let minor = Self.number(numbers[1]) else {
            return nil
        }
        let access = words[2]
        guard !access.isEmpty, Set(access).count == access.count, access.allSatisfy({ "rwm".contains($0) }) else {
            return nil
        }
        (type, self.major, self.minor, self.access) = (words[0], major, minor, access)
    }

    /// `.some(nil)` for `*`.
    private static func number(_ text: String) -> Int64?? {
        if text == "*" { return .some(nil) }
        guard let value = UInt32(text) else { return nil }
        return .some(Int64(value))
    }
}

extension DeviceRule {
    /// The texts as written; one that is no rule is reported.
    static func decodedList(from cursor: Cursor) -> [String] {
        let items = cursor.strings() ?? []
        for item in items where DeviceRule(item.value) == nil {
            Cursor(string: item, context: cursor.context).unusable(
                "`\(item.value)` is no rule for devices",
                expected: "`TYPE MAJOR:MINOR ACCESS`, such as `c 1:3 mr` or `a *:* rwm`")
        }
        return items.map(\.value)
    }
}
