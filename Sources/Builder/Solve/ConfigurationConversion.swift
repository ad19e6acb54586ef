internal import Dockerfile
internal import OCI

extension Dockerfile.ImageConfiguration {
    /// The first configuration of a stage that starts from an image. `PATH` is always set, as in Docker.
    ///
    /// The image keeps its health check: it is used until the Dockerfile sets another.
    init(_ image: OCI.ImageConfiguration) {
        self.init()
        let config = image.config
        environment = config.environment.map { Variable($0) }
        if environment.value(of: "PATH") == nil { environment.set("PATH", Self.defaultPath) }
        command = config.command.isEmpty ? nil : config.command
        entrypoint = config.entrypoint.isEmpty ? nil : config.entrypoint
        user = config.user
        workingDirectory = config.workingDirectory
        exposedPorts = Set(config.exposedPorts)
        volumes = Set(config.volumes)
        labels = config.labels
        stopSignal = config.stopSignal
        shell = config.shell.isEmpty ? nil : config.shell
        author = image.author
    }
}

extension OCI.ImageConfiguration.Execution {
    /// The configuration of a stage's image.
    ///
    /// - Parameters:
    ///   - base: The configuration of the stage's base.
    ///   - labels: The labels of the build; they take precedence.
    init(
        _ image: Dockerfile.ImageConfiguration, base: OCI.ImageConfiguration.Execution, labels: [String: String],
        hasCommand: Bool
    ) {
        self.init()
        user = image.user
        environment = image.environment.map(\.description)
        entrypoint = image.entrypoint ?? []
        command = image.command ?? []
        workingDirectory = image.workingDirectory
        exposedPorts = image.exposedPorts.sorted()
        volumes = image.volumes.sorted()
        self.labels = image.labels.merging(labels) { $1 }
        stopSignal = image.stopSignal
        healthcheck = image.healthcheck.map { OCI.ImageConfiguration.Healthcheck($0) } ?? base.healthcheck
        shell = image.shell ?? []
        onBuild = image.triggers
        argumentsAreEscaped = base.argumentsAreEscaped || hasCommand
    }
}

extension OCI.ImageConfiguration.Healthcheck {
    init(_ check: Dockerfile.Healthcheck) {
        self.init(test: check.test)
        interval = Self.nanoseconds(check.interval)
        timeout = Self.nanoseconds(check.timeout)
        startPeriod = Self.nanoseconds(check.startPeriod)
        startInterval = Self.nanoseconds(check.startInterval)
        retries = check.retries
    }

    private static func nanoseconds(_ duration: Duration?) -> Int64 {
        guard let parts = duration?.components else { return 0 }
        return parts.seconds &* 1_000_000_000 &+ parts.attoseconds / 1_000_000_000
    }
}
