extension PortMapping {
    func rendered(_ context: RenderingContext) -> Value {
        var host: String?
        if case .address(let address) = hostAddress { host = address }
        let choice = published.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        let isUsual = autoCorrects == (context.dialect == .trice)
        return .sorted(
            [
                ("app_protocol", .text(details.appProtocol)),
                ("host_ip", .text(host)),
                ("mode", .text(details.mode?.rawValue)),
                ("name", .text(details.name)),
                ("protocol", details.isProtocolGiven ? .string(transportProtocol.rawValue) : nil),
                ("published", .text(choice)),
                ("target", .integer(Int(target))),
            ] + context.own([("auto_correct", isUsual ? nil : .bool(autoCorrects))]))
    }
}

extension Mount {
    func rendered(_ context: RenderingContext) -> Value {
        .sorted(
            [
                ("bind", section(.bind, bindMembers(context.dialect))),
                ("consistency", .text(options.consistency)),
                ("image", section(.image, [("subpath", .text(options.imageSubpath))])),
                ("read_only", .flag(isReadOnly)),
                ("source", .text(sourceText)),
                ("target", .string(target)),
                ("tmpfs", section(.tmpfs, tmpfsMembers(context.dialect))),
                ("type", .string(typeText)),
                ("volume", section(.volume, volumeMembers)),
            ] + context.own([("exclude", .texts(exclusions)), ("idmap", identity?.rendered())]))
    }

    private var typeText: String {
        switch source {
        case .bind: "bind"
        case .volume, .anonymousVolume: "volume"
        case .tmpfs: "tmpfs"
        case .foreign(let type, _): type
        }
    }

    private var sourceText: String? {
        switch source {
        case .bind(let path, _): path
        case .volume(let name): name
        case .anonymousVolume, .tmpfs: nil
        case .foreign(_, let source): source
        }
    }

    /// A section that was written, or that has something to say.
    private func section(_ section: Section, _ members: [(String, Value?)]) -> Value? {
        let object = Value.nonEmptyObject(members)
        return options.sections.contains(section) ? object ?? .map([]) : object
    }

    private func bindMembers(_ dialect: Dialect) -> [(String, Value?)] {
        // Only what differs from the dialect's default is written.
        let createsByDefault = dialect == .compose
        var creates: Value?
        if case .bind(_, let createsSource) = source, createsSource != createsByDefault {
            creates = .bool(createsSource)
        }
        return [
            ("create_host_path", creates), ("propagation", .text(options.propagation)),
            ("recursive", .text(options.recursive)), ("selinux", .text(options.selinux)),
        ]
    }

    private var volumeMembers: [(String, Value?)] {
        [
            ("labels", .texts(options.labels)), ("nocopy", .flag(options.skipsCopy)), ("subpath", .text(subpath)),
        ]
    }

    private func tmpfsMembers(_ dialect: Dialect) -> [(String, Value?)] {
        guard case .tmpfs(let size, let mode) = source else { return [] }
        let shown: Value? = mode.map { mode in
            // A number means its digits in octal to an Envfile, and itself to Compose.
            dialect == .compose ? .integer(Int(mode)) : .string("0" + String(mode, radix: 8))
        }
        return [("mode", shown), ("size", size.map { .string(String($0)) })]
    }
}
