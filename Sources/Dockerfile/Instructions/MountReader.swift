internal import Diagnostics

/// Gathers the options of one mount and checks them against its type.
struct MountReader {
    private let location: Location
    private var type = Kind.bind
    private var values: [MountDeclaration.Key: Word] = [:]
    private var names: [MountDeclaration.Key: String] = [:]
    private var isReadOnly: Bool?
    private var isRequired = false

    private enum Kind: String, CaseIterable {
        case bind, cache, tmpfs, secret, ssh

        /// The options that mean something for it.
        var keys: Set<MountDeclaration.Key> {
            switch self {
            case .bind: [.from, .source, .target, .isReadOnly, .isWritable]
            case .cache:
                [.id, .from, .source, .target, .isReadOnly, .isWritable, .sharing, .mode, .uid, .gid]
            case .tmpfs: [.target, .size, .isReadOnly, .isWritable]
            case .secret: [.id, .source, .target, .isRequired, .mode, .uid, .gid, .env, .isReadOnly, .isWritable]
            case .ssh: [.id, .target, .isRequired, .mode, .uid, .gid, .isReadOnly, .isWritable]
            }
        }
    }

    init(location: Location) {
        self.location = location
    }

    mutating func read(_ option: MountDeclaration.Option, _ value: Word?) throws(Failure) {
        names[option.key] = option.name
        values[option.key] = value ?? Word(text: "true", location: option.location)
        switch option.key {
        case .type:
            let name = value?.text ?? ""
            guard let kind = Kind(rawValue: name.lowercased()) else {
                throw Failure(
                    "`\(name)` is no type of a mount", at: option.location,
                    hint: Suggestion.hint(for: name, in: Kind.allCases.map(\.rawValue), listing: "it can be"))
            }
            type = kind
        case .isReadOnly: isReadOnly = try boolean(option, value)
        case .isWritable: isReadOnly = try !boolean(option, value)
        case .isRequired: isRequired = try boolean(option, value)
        default: break
        }
    }

    private func boolean(_ option: MountDeclaration.Option, _ value: Word?) throws(Failure) -> Bool {
        guard let value else { return true }
        guard let flag = GoValue.boolean(value.text) else {
            throw Failure("`\(option.name)` can be true or false, not `\(value.text)`", at: option.location)
        }
        return flag
    }

    func mount() throws(Failure) -> RunMount {
        for (key, name) in names.sorted(by: { $0.value < $1.value }) where key != .type && !type.keys.contains(key) {
            throw Failure(
                "a \(type.rawValue) mount has no option `\(name)`", at: values[key]?.location ?? location,
                hint: "its options are \(optionNames)")
        }
        switch type {
        case .bind:
            return .bind(
                RunMount.Bind(
                    from: values[.from], source: text(.source) ?? "/", target: try target(),
                    isReadOnly: isReadOnly ?? true))
        case .cache: return .cache(try cache())
        case .tmpfs:
            return .tmpfs(
                RunMount.Temporary(target: try target(), size: try size(), isReadOnly: isReadOnly ?? false))
        case .secret: return .secret(try secret())
        case .ssh:
            return .ssh(
                RunMount.AgentSocket(
                    id: text(.id) ?? "default", target: text(.target), isRequired: isRequired,
                    permissions: try permissions(0o600)))
        }
    }

    private var optionNames: String {
        MountDeclaration.keys.filter { type.keys.contains($0.value) }.map { "`\($0.key)`" }.joined(separator: ", ")
    }

    private func cache() throws(Failure) -> RunMount.Cache {
        let target = try target()
        var sharing = RunMount.Cache.Sharing.shared
        if let word = values[.sharing] {
            guard let value = RunMount.Cache.Sharing(rawValue: word.text.lowercased()) else {
                let names = RunMount.Cache.Sharing.allCases.map(\.rawValue)
                throw Failure(
                    "`\(word.text)` is no way of sharing", at: word.location,
                    hint: Suggestion.hint(for: word.text, in: names, listing: "it can be"))
            }
            sharing = value
        }
        return RunMount.Cache(
            id: text(.id) ?? SlashPath.clean(target), target: target, isReadOnly: isReadOnly ?? false, sharing: sharing,
            from: values[.from], source: text(.source) ?? "/", permissions: try permissions(0o755))
    }

    private func secret() throws(Failure) -> RunMount.Secret {
        if let source = values[.source], text(.id) != nil {
            throw Failure(
                "`source` and `id` of a secret are the same thing", at: source.location, hint: "leave one out")
        }
        guard let id = text(.source) ?? text(.id) ?? text(.target).map(SlashPath.lastComponent) else {
            throw Failure("the secret has no name", at: location, hint: "write `id=NAME`")
        }
        let target = text(.target) ?? (values[.env] == nil ? "/run/secrets/\(SlashPath.lastComponent(id))" : nil)
        let variable = values[.env].map { $0.text.isEmpty ? SlashPath.lastComponent(id) : $0.text }
        return RunMount.Secret(
            id: id, target: target, variable: variable, isRequired: isRequired, permissions: try permissions(0o400))
    }

    private func text(_ key: MountDeclaration.Key) -> String? {
        guard let text = values[key]?.text, !text.isEmpty else { return nil }
        return text
    }

    private func target() throws(Failure) -> String {
        guard let word = values[.target], !word.text.isEmpty else { return "." }
        guard SlashPath.clean(word.text) != "/" else { throw Failure("a mount cannot cover `/`", at: word.location) }
        return word.text
    }

    private func size() throws(Failure) -> Int64? {
        guard let word = values[.size] else { return nil }
        guard let size = GoValue.bytes(word.text) else {
            throw Failure("`\(word.text)` is no size", at: word.location, hint: "write it as `64m` or `1g`")
        }
        return size == 0 ? nil : size
    }

    private func permissions(_ mode: UInt16) throws(Failure) -> RunMount.Permissions {
        let bits = try number(.mode, radix: 8, what: "file mode")
        let uid = try number(.uid, radix: 10, what: "user number")
        let gid = try number(.gid, radix: 10, what: "group number")
        return RunMount.Permissions(
            mode: UInt16((bits ?? UInt32(mode)) & 0o7777), uid: uid ?? 0, gid: gid ?? 0,
            isDefault: bits == nil && uid == nil && gid == nil)
    }

    private func number(_ key: MountDeclaration.Key, radix: Int, what: String) throws(Failure) -> UInt32? {
        guard let word = values[key] else { return nil }
        guard let number = GoValue.unsigned(word.text, radix: radix) else {
            throw Failure("`\(word.text)` is no \(what)", at: word.location)
        }
        return number
    }
}
