package import Vocabulary

/// The keys that Trice adds to a service.
package struct TriceExtensions: Hashable, Sendable {
    /// Whether commands without a service's name use this service.
    package var isPrimary = false
    /// Whether `up` without names starts the service; the default is yes.
    package var startsAutomatically = true
    package var ssh: SSHSettings?
    /// When the service counts as ready.
    package var readiness: ReadinessCheck?
    /// Whether a container that becomes unhealthy is started again.
    package var restartsWhenUnhealthy = false
    /// In order.
    package var provisioners: [Provisioner] = []
    /// Whether new volumes of the service begin from a seed, and become one; `nil` is `auto` in an Envfile, `off` elsewhere.
    package var seed: SeedUse?
    /// The service of another environment that stands for this one.
    package var external: ExternalService?
    /// What must have happened to services of other environments before this one starts, sorted by service name.
    package var externalDependencies: [Dependency] = []
    /// Run in every container that is about to stand still for a snapshot.
    package var preSnapshot: [LifecycleHook] = []

    package init() {}
}

/// `seed`.
package enum SeedUse: String, Hashable, Sendable, CaseIterable {
    case auto, off
}

extension ServiceDraft {
    /// Trice's own keys.
    static let toolKeys: Keys = [
        .init(
            "autostart", .lifecycle, decode: { $1.service.tools.startsAutomatically = $0.bool() ?? true },
            render: { $0.tools.startsAutomatically ? nil : .bool(false) }),
        .init(
            "external", .lifecycle, keys: .fields(ExternalService.keys),
            decode: { $1.service.tools.external = ExternalService.decoded(from: $0, named: $1.name) },
            render: { $0.tools.external?.rendered() }),
        .init(
            "pre_snapshot", .lifecycle, keys: .entries(LifecycleHook.keys),
            decode: { $1.service.tools.preSnapshot = LifecycleHook.decodedList(from: $0) },
            render: { model in .items(model.tools.preSnapshot) { $0.rendered() } }),
        .init(
            "primary", .command, decode: { $1.service.tools.isPrimary = $0.bool() ?? false },
            render: { .flag($0.tools.isPrimary) }),
        .init(
            "provision", .lifecycle, keys: .entries(Provisioner.keys),
            decode: { $1.service.tools.provisioners = Provisioner.decodedList(from: $0) },
            render: { model in .items(model.tools.provisioners) { $0.rendered() } }
        ).merged(.list(.field("name"))),
        .init(
            "restart_unhealthy", .lifecycle, decode: { $1.service.tools.restartsWhenUnhealthy = $0.bool() ?? false },
            render: { .flag($0.tools.restartsWhenUnhealthy) }),
        .init(
            "seed", .volume, decode: { $1.service.tools.seed = $0.choice(SeedUse.self) },
            render: { .text($0.tools.seed?.rawValue) }),
        .init(
            "ssh", .command, keys: .fields(SSHSettings.keys),
            decode: { $1.service.tools.ssh = SSHSettings.decoded(from: $0) }, render: { $0.tools.ssh?.rendered() }),
        .init(
            "wait", .lifecycle, keys: .fields(ReadinessCheck.keys),
            decode: { $1.service.tools.readiness = ReadinessCheck.decoded(from: $0) },
            render: { $0.tools.readiness?.rendered() }
        ).merged(.replace),
    ]
}
