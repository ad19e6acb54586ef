/// When a service's containers are made, started again and looked after.
public struct ServiceLifecycle: Hashable, Sendable {
    /// `nil` means never.
    public var restart: RestartPolicy?
    /// The number of containers; `nil` means one.
    public var scale: Int?
    /// Whether `up` in the foreground shows the service's output; `nil` means yes.
    public var attaches: Bool?
    /// `nil` means when it is missing.
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
