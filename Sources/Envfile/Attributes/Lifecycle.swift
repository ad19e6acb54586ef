/// When a service's containers are made, started again and looked after.
public struct ServiceLifecycle: Hashable, Sendable {
    /// `nil` for never.
    public var restart: RestartPolicy?
    /// The number of containers; `nil` for one.
    public var scale: Int?
    /// Whether `up` in the foreground shows the service's output; `nil` for yes.
    public var attaches: Bool?
    /// `nil` for a pull when the image is missing.
    public var pullPolicy: PullPolicy?
    /// The age at which `pull_policy: refresh` pulls again.
    public var pullRefreshAfter: String?
    public var healthCheck: HealthCheck?
    public var logging: LoggingSettings?
    /// Run in every container that has started.
    public var postStart: [LifecycleHook] = []
    /// Run in every container that is about to be stopped.
    public var preStop: [LifecycleHook] = []
    public var deployment: Deployment?
    public var development: Development?
    public var provider: ServiceProvider?

    public init() {}
}

/// `restart`.
public enum RestartPolicy: Hashable, Sendable {
    case no
    case always
    case unlessStopped
    /// After an exit code other than 0; `nil` without a limit.
    case onFailure(maximumAttempts: Int?)
}

/// `pull_policy`.
public enum PullPolicy: Hashable, Sendable {
    case always, never, missing, build, refresh, daily, weekly
    /// `every_DURATION`; the text of the duration.
    case every(String)
}

extension ServiceDraft {
    /// When containers are made, started, stopped and looked after.
    static let lifecycleKeys: Keys = [
        .init(
            "attach", .none(.notYet), decode: { $1.service.lifecycle.attaches = $0.bool() },
            render: { model in model.lifecycle.attaches.map { .bool($0) } }),
        .init(
            "depends_on", .lifecycle, keys: .entries(Dependency.keys),
            decode: { $1.dependencies = Dependency.decodedList(from: $0) },
            render: { model in .members(model.dependencies) { ($0.service, $0.rendered()) } }),
        .init(
            "deploy", .parts, keys: .fields(Deployment.keys),
            decode: { $1.service.lifecycle.deployment = Deployment.decoded(from: $0) },
            render: { $0.lifecycle.deployment?.rendered() }),
        .init(
            "develop", .none(.notYet), keys: .fields(Development.keys),
            decode: { $1.service.lifecycle.development = Development.decoded(from: $0) },
            render: { $0.lifecycle.development?.rendered() }),
        .init(
            "healthcheck", .none(.notYet), keys: .fields(HealthCheck.keys),
            decode: { $1.service.lifecycle.healthCheck = HealthCheck.decoded(from: $0) },
            render: { $0.lifecycle.healthCheck?.rendered() }),
        .init(
            "logging", .none(.notYet), keys: .fields(LoggingSettings.keys),
            decode: { $1.service.lifecycle.logging = LoggingSettings.decoded(from: $0) },
            render: { $0.lifecycle.logging?.rendered() }),
        .init(
            "post_start", .none(.notYet), keys: .entries(LifecycleHook.keys),
            decode: { $1.service.lifecycle.postStart = LifecycleHook.decodedList(from: $0) },
            render: { model in .items(model.lifecycle.postStart) { $0.rendered() } }),
        .init(
            "pre_stop", .none(.notYet), keys: .entries(LifecycleHook.keys),
            decode: { $1.service.lifecycle.preStop = LifecycleHook.decodedList(from: $0) },
            render: { model in .items(model.lifecycle.preStop) { $0.rendered() } }),
        .init("profiles", .file, decode: { $1.service.profiles = profiles(from: $0) }, render: { .texts($0.profiles) }),
        .init(
            "provider", .none(.foreign), keys: .fields(ServiceProvider.keys),
            decode: { $1.service.lifecycle.provider = ServiceProvider.decoded(from: $0) },
            render: { $0.lifecycle.provider?.rendered() }),
        .init(
            "pull_policy", .image, decode: { $1.service.lifecycle.pullPolicy = PullPolicy.decoded(from: $0) },
            render: { .text($0.lifecycle.pullPolicy?.text) }),
        .init(
            "pull_refresh_after", .image, decode: { $1.service.lifecycle.pullRefreshAfter = $0.nonEmptyString() },
            render: { .text($0.lifecycle.pullRefreshAfter) }),
        .init(
            "restart", .none(.notYet), decode: { $1.service.lifecycle.restart = RestartPolicy.decoded(from: $0) },
            render: { .text($0.lifecycle.restart?.text) }),
        .init(
            "scale", .none(.notYet),
            decode: { $1.service.lifecycle.scale = $0.integer("a number of containers", in: 0...100_000) },
            render: { .whole($0.lifecycle.scale) }),
        .init(
            "stop_grace_period", .lifecycle, decode: { $1.service.givenStopGracePeriod = GoDuration.decoded(from: $0) },
            render: { .duration($0.givenStopGracePeriod) }),
        .init(
            "stop_signal", .lifecycle, decode: { $1.service.stopSignal = SignalName.decoded(from: $0) },
            render: { .text($0.stopSignal) }),
    ]

    private static func profiles(from cursor: Cursor) -> [String] {
        for item in cursor.items ?? [] {
            guard let text = item.stringValue, !ResourceName.isValid(text) else { continue }
            item.unusable("`\(text)` is no valid profile name")
        }
        return cursor.keyedStrings()
    }
}
