internal import Diagnostics

/// An entry of `security_opt`, as Docker knows them: `NAME`, `NAME:VALUE` or `NAME=VALUE`.
package enum SecurityOption: Hashable, Sendable {
    /// Whether programs may gain privileges, such as by set-uid files; prctl(2) PR_SET_NO_NEW_PRIVS.
    case noNewPrivileges(Bool)
    case seccomp(SeccompChoice)
    /// A profile by name, or `unconfined`.
    case appArmor(String)
    /// No label of SELinux.
    case labelDisabled
    /// One part of the label of SELinux.
    case label(LabelPart, String)
    /// Whether the paths of /proc and /sys that tell of the host are hidden; `systempaths=unconfined` shows them.
    case systemPathsShown

    /// Which filter of system calls is in force.
    package enum SeccompChoice: Hashable, Sendable {
        case standard, unconfined
        /// The absolute path of a profile in Docker's form.
        case file(String)
    }

    /// A part of a label of SELinux.
    package enum LabelPart: String, Hashable, Sendable, CaseIterable {
        case user, role, type, level, filetype
    }
}

extension SecurityOption {
    private static let names = ["apparmor", "label", "no-new-privileges", "seccomp", "systempaths"]

    /// The options of a list; a text that is not an option is reported.
    static func decodedList(from cursor: Cursor) -> (texts: [String], options: [SecurityOption]) {
        let items = cursor.strings() ?? []
        let options = items.compactMap { decoded(from: Cursor(string: $0, context: cursor.context)) }
        return (items.map(\.value), options)
    }

    private static func decoded(from cursor: Cursor) -> SecurityOption? {
        guard let text = cursor.stringValue else { return nil }
        let mark = text.firstIndex { $0 == "=" || $0 == ":" }
        let name = String(mark.map { text[..<$0] } ?? text[...])
        let value = mark.map { String(text[text.index(after: $0)...]) } ?? ""
        switch (name, value) {
        case ("no-new-privileges", ""), ("no-new-privileges", "true"): return .noNewPrivileges(true)
        case ("no-new-privileges", "false"): return .noNewPrivileges(false)
        case ("seccomp", "unconfined"): return .seccomp(.unconfined)
        case ("seccomp", "builtin"): return .seccomp(.standard)
        case ("seccomp", let path) where !path.isEmpty:
            return HostPath.resolved(path, at: cursor).map { .seccomp(.file($0)) }
        case ("apparmor", let profile) where !profile.isEmpty: return .appArmor(profile)
        case ("label", "disable"): return .labelDisabled
        case ("label", let part):
            if let label = label(part) { return label }
        case ("systempaths", "unconfined"): return .systemPathsShown
        default: break
        }
        if names.contains(name) {
            cursor.unusable("`\(text)` is no security option: `\(value)` is no value of `\(name)`", expected: expected)
        } else {
            cursor.unusable("`\(text)` is no security option", hint: Suggestion.hint(for: name, in: names))
        }
        return nil
    }

    private static let expected =
        "such as `no-new-privileges`, `seccomp=unconfined`, `seccomp=FILE`, `apparmor=PROFILE`, `label=disable`, "
        + "`label=type:TYPE` or `systempaths=unconfined`"

    private static func label(_ text: String) -> SecurityOption? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, let part = LabelPart(rawValue: String(parts[0])) else { return nil }
        return .label(part, String(parts[1]))
    }
}
