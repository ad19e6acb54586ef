internal import Vocabulary

extension Mount {
    /// `volumes` of a service: a list of short strings and long mappings.
    static func decodedList(from cursor: Cursor) -> [Located<Mount>] {
        (cursor.list() ?? []).compactMap { item in
            if item.entries != nil { return LongMount.decoded(from: item).map(item.located) }
            guard let text = item.stringValue else {
                item.mismatch("a string such as \"./data:/data\" or a mapping")
                return nil
            }
            return short(text, at: item).map(item.located)
        }
    }

    /// `SOURCE:TARGET[:OPTIONS]`, or the target of an anonymous volume alone.
    private static func short(_ text: String, at cursor: Cursor) -> Mount? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let expected = "[SOURCE:]TARGET[:OPTIONS]"
        guard parts.count <= 3, !parts.contains("") else {
            let problem = parts.contains("") ? "a part of it is empty" : "it has too many `:`"
            cursor.error("`\(text)` is no mount: \(problem)", expected: expected)
            return nil
        }
        guard parts.count > 1 else {
            guard let target = target(parts[0], at: cursor) else { return nil }
            // Compose leaves the section out for the shortest entries.
            return Mount(
                source: .anonymousVolume, target: target,
                options: Options(sections: text.utf8.count > 2 ? [.volume] : []))
        }
        guard let source = shortSource(parts[0], at: cursor), let target = target(parts[1], at: cursor) else {
            return nil
        }
        var mount = Mount(source: source, target: target)
        if case .bind = source { mount.options.sections = [.bind] } else { mount.options.sections = [.volume] }
        if parts.count == 3 { mount.apply(options: parts[2], at: cursor) }
        return mount
    }

    private static func shortSource(_ text: String, at cursor: Cursor) -> Source? {
        if HostPath.isPath(text) {
            return HostPath.resolvedAsWritten(text, at: cursor).map {
                .bind(path: $0, createsSource: cursor.context.dialect == .compose)
            }
        }
        if let name = VolumeName(parsing: text) { return .volume(name: name) }
        cursor.error(
            "`\(text)` is neither a path nor the name of a volume",
            hint: text.contains("/") ? "write a relative path with a dot: `./\(text)`" : nil)
        return nil
    }

    private mutating func apply(options: String, at cursor: Cursor) {
        for option in options.split(separator: ",", omittingEmptySubsequences: false) {
            switch option {
            case "ro": isReadOnly = true
            case "rw": isReadOnly = false
            case "z", "Z":
                self.options.selinux = String(option)
                self.options.sections.insert(.bind)
            case "private", "rprivate", "shared", "rshared", "slave", "rslave":
                self.options.propagation = String(option)
                self.options.sections.insert(.bind)
            case "nocopy":
                self.options.skipsCopy = true
                self.options.sections.insert(.volume)
            case "cached", "delegated", "consistent": continue
            default:
                let message = "`\(option)` is no mount option"
                if cursor.context.dialect == .compose {
                    cursor.warning("\(message) and is ignored")
                } else {
                    cursor.error(message, expected: "`ro`, `rw`, `z`, `Z`, `cached`, `delegated`, `consistent`")
                }
            }
        }
    }

    /// An absolute container path without `.`, `..` and a trailing slash; `nil` for another text, which is reported.
    static func target(_ text: String, at cursor: Cursor) -> String? {
        guard text.hasPrefix("/") else {
            cursor.unusable(
                "the mount target `\(text)` must be an absolute path in the container", expected: "an absolute path")
            return cursor.context.dialect == .compose && !text.isEmpty ? text : nil
        }
        let target = HostPath.absolute(text, in: "/")
        guard target != "/", !target.utf8.contains(0) else {
            cursor.error("`\(text)` cannot be mounted over: it is the container's root")
            return nil
        }
        return target
    }
}
