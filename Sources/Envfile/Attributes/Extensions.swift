/// The keys that Trice adds to a service.
public struct TriceExtensions: Hashable, Sendable {
    /// Whether commands without a service's name use this service.
    public var isPrimary = false
    /// Whether `up` without names starts the service; the default is yes.
    public var startsAutomatically = true
    public var ssh: SSHSettings?
    /// When the service counts as ready.
    public var readiness: ReadinessCheck?
    /// In order.
    public var provisioners: [Provisioner] = []

    public init() {}
}

extension ServiceDraft {
    /// Trice's own keys.
    static let toolKeys: Keys = [
        .init(
            "autostart", .lifecycle, decode: { $1.service.tools.startsAutomatically = $0.bool() ?? true },
            render: { $0.tools.startsAutomatically ? nil : .bool(false) }),
        .init(
            "primary", .command, decode: { $1.service.tools.isPrimary = $0.bool() ?? false },
            render: { .flag($0.tools.isPrimary) }),
        .init(
            "provision", .none(.notYet), keys: .entries(Provisioner.keys),
            decode: { $1.service.tools.provisioners = Provisioner.decodedList(from: $0) },
            render: { model in .items(model.tools.provisioners) { $0.rendered() } }),
        .init(
            "ssh", .none(.notYet), keys: .fields(SSHSettings.keys),
            decode: { $1.service.tools.ssh = SSHSettings.decoded(from: $0) }, render: { $0.tools.ssh?.rendered() }),
        .init(
            "wait", .none(.notYet), keys: .fields(ReadinessCheck.keys),
            decode: { $1.service.tools.readiness = ReadinessCheck.decoded(from: $0) },
            render: { $0.tools.readiness?.rendered() }),
    ]
}
