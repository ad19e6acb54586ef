internal import Vocabulary

extension Mount {
    func rendered(_ context: RenderingContext) -> Value { LongMount.rendered(self, in: context) }

    var typeText: String {
        switch source {
        case .bind: "bind"
        case .volume, .anonymousVolume: "volume"
        case .tmpfs: "tmpfs"
        case .foreign(let type, _): type
        }
    }

    var sourceText: String? {
        switch source {
        case .bind(let path, _): path
        case .volume(let name): name.rawValue
        case .anonymousVolume, .tmpfs: nil
        case .foreign(_, let source): source
        }
    }

    /// A section that was written, or that has something to say.
    func renderedSection(
        _ section: Section, by table: AttributeTable<LongMount, Mount>, in context: RenderingContext
    ) -> Value? {
        let object = table.rendered(self, in: context)
        return object == .map([]) && !options.sections.contains(section) ? nil : object
    }

    /// `create_host_path` when it differs from the default of the dialect.
    func renderedCreation(_ dialect: Dialect) -> Value? {
        guard case .bind(_, let createsSource) = source, createsSource != (dialect == .compose) else { return nil }
        return .bool(createsSource)
    }

    /// The digits of a number are octal in an Envfile, and decimal in a compose file.
    func renderedMode(_ dialect: Dialect) -> Value? {
        guard case .tmpfs(_, let mode?) = source else { return nil }
        return dialect == .compose ? .integer(Int(mode)) : .string("0" + String(mode, radix: 8))
    }

    var renderedSize: Value? {
        guard case .tmpfs(let size?, _) = source else { return nil }
        return .string(String(size))
    }
}
