package import Vocabulary

/// When a service's containers are made, started again and looked after.
package struct ServiceLifecycle: Hashable, Sendable {
    /// `nil` for never.
    package var restart: RestartPolicy?
    /// The number of containers; `nil` for one.
    package var scale: Int?
    /// Whether `up` in the foreground shows the service's output; `nil` for yes.
    package var attaches: Bool?
    /// `nil` for a pull when the image is missing.
    package var pullPolicy: PullPolicy?
    /// The age at which `pull_policy: refresh` pulls again.
    package var pullRefreshAfter: String?
    package var healthCheck: HealthCheck?
    package var logging: LoggingSettings?
    /// Run in every container that has started.
    package var postStart: [LifecycleHook] = []
    /// Run in every container that is about to be stopped.
    package var preStop: [LifecycleHook] = []
    package var deployment: Deployment?
    package var development: Development?
    /// Containers that run to their end before the service's own start, described like a service.
    package var preStart: [Service] = []
    /// `per_replica` of a step of `pre_start`: whether it runs for each container; `nil` for once for all.
    package var runsPerReplica: Bool?
    /// What starts a job; `nil` for what is no job.
    package var triggers: JobTriggers?
    package var provider: ServiceProvider?

    package init() {}
}

/// `restart`.
package enum RestartPolicy: Hashable, Sendable {
    case no
    case always
    case unlessStopped
    /// After an exit code other than 0; `nil` without a limit.
    case onFailure(maximumAttempts: Int?)
    /// A text that is no policy: `config` shows it, `up` refuses it.
    case unknown(String)
}

/// `pull_policy`.
package enum PullPolicy: Hashable, Sendable {
    case always, never, missing, build, refresh, daily, weekly
    /// `every_DURATION`; the text of the duration.
    case every(String)
}

extension ServiceDraft {
    /// When containers are made, started, stopped and looked after.
    static let lifecycleKeys: Keys = [
        .init(
            "attach", .command, decode: { $1.service.lifecycle.attaches = $0.bool() },
            render: { model in model.lifecycle.attaches.map { .bool($0) } }),
        .init(
            "depends_on", .lifecycle, keys: .entries(Dependency.keys),
            decode: { $1.dependencies = Dependency.decodedList(from: $0) },
            render: { model in .members(model.allDependencies) { ($0.service.rawValue, $0.rendered()) } }
        ).merged(.names(.dependency)),
        .init(
            "deploy", .parts, keys: .fields(Deployment.keys),
            decode: { $1.service.lifecycle.deployment = Deployment.decoded(from: $0) },
            render: { $0.lifecycle.deployment?.rendered() }),
        .init(
            "develop", .command, keys: .fields(Development.keys),
            decode: { $1.service.lifecycle.development = Development.decoded(from: $0) },
            render: { $0.lifecycle.development?.rendered() }),
        .init(
            "healthcheck", .lifecycle, keys: .fields(HealthCheck.keys),
            decode: { $1.service.lifecycle.healthCheck = HealthCheck.decoded(from: $0) },
            render: { $0.lifecycle.healthCheck?.rendered() }),
        .init(
            "logging", .parts, keys: .fields(LoggingSettings.keys),
            decode: { $1.service.lifecycle.logging = LoggingSettings.decoded(from: $0) },
            render: { $0.lifecycle.logging?.rendered() }
        ).merged(.logging),
        .init(
            "post_start", .lifecycle, keys: .entries(LifecycleHook.keys),
            decode: { $1.service.lifecycle.postStart = LifecycleHook.decodedList(from: $0) },
            render: { model in .items(model.lifecycle.postStart) { $0.rendered() } }),
        .init(
            "pre_start", .lifecycle, keys: .entries(PreStartStep.table.keys),
            decode: { $1.preStart = PreStartStep.decodedList(from: $0, of: $1) },
            renderInContext: { model, context in
                .items(model.lifecycle.preStart) { PreStartStep.table.rendered($0, in: context) }
            }
        ).likeServices(),
        .init(
            "pre_stop", .lifecycle, keys: .entries(LifecycleHook.keys),
            decode: { $1.service.lifecycle.preStop = LifecycleHook.decodedList(from: $0) },
            render: { model in .items(model.lifecycle.preStop) { $0.rendered() } }),
        .init("profiles", .file, decode: { $1.service.profiles = profiles(from: $0) }, render: { .texts($0.profiles) })
            .merged(.list(.text)),
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
            "restart", .lifecycle, decode: { $1.service.lifecycle.restart = RestartPolicy.decoded(from: $0) },
            render: { .text($0.lifecycle.restart?.text) }),
        .init(
            "scale", .lifecycle,
            decode: { $1.service.lifecycle.scale = $0.integer("a number of containers", in: 0...100_000) },
            render: { .whole($0.lifecycle.scale) }),
        .init(
            "stop_grace_period", .lifecycle, decode: { $1.service.givenStopGracePeriod = Duration.decoded(from: $0) },
            render: { .duration($0.givenStopGracePeriod) }),
        .init(
            "stop_signal", .lifecycle, decode: { $1.service.stopSignal = Signal.decoded(from: $0) },
            render: { .text($0.stopSignal) }),
    ]

    private static func profiles(from cursor: Cursor) -> [String] {
        for item in cursor.items ?? [] {
            guard let text = item.stringValue, !ServiceName.isValid(text) else { continue }
            item.unusable("`\(text)` is no valid profile name")
        }
        return cursor.keyedStrings()
    }
}
