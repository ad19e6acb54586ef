extension ImageConfiguration {
    /// The defaults of the image for a container's process; image-spec config.md `config`.
    package struct Execution: Hashable, Sendable {
        /// `user`, `uid`, `user:group` or `uid:gid`; empty is root.
        package var user = ""
        /// `NAME=value` each.
        package var environment: [String] = []
        package var entrypoint: [String] = []
        package var command: [String] = []
        /// Empty is `/`.
        package var workingDirectory = ""
        /// `80/tcp`, `53/udp` or `80`, sorted.
        package var exposedPorts: [String] = []
        /// Paths in the container, sorted.
        package var volumes: [String] = []
        package var labels: [String: String] = [:]
        package var stopSignal: String?
        /// Docker's extension.
        package var healthcheck: Healthcheck?
        /// Docker's extension: the shell for the shell form of a Dockerfile's instructions.
        package var shell: [String] = []
        /// Docker's extension: instructions for the image built upon this one.
        package var onBuild: [String] = []
        /// Docker's extension, without a meaning on Linux: set by every `CMD`.
        package var argumentsAreEscaped = false

        package init() {}
    }

    /// Docker's health check; the times are nanoseconds and 0 means the default.
    package struct Healthcheck: Hashable, Sendable, Codable {
        /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`; empty inherits.
        package var test: [String] = []
        package var interval: Int64 = 0
        package var timeout: Int64 = 0
        package var startPeriod: Int64 = 0
        package var startInterval: Int64 = 0
        package var retries = 0

        private enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }

        package init(test: [String] = []) {
            self.test = test
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            test = try container.decodeIfPresent([String].self, forKey: .test) ?? []
            interval = try container.decodeIfPresent(Int64.self, forKey: .interval) ?? 0
            timeout = try container.decodeIfPresent(Int64.self, forKey: .timeout) ?? 0
            startPeriod = try container.decodeIfPresent(Int64.self, forKey: .startPeriod) ?? 0
            startInterval = try container.decodeIfPresent(Int64.self, forKey: .startInterval) ?? 0
            retries = try container.decodeIfPresent(Int.self, forKey: .retries) ?? 0
        }

        /// Encodes only the values that are set: Docker leaves defaults out.
        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            if !test.isEmpty { try container.encode(test, forKey: .test) }
            let times = [
                (CodingKeys.interval, interval), (.timeout, timeout), (.startPeriod, startPeriod),
                (.startInterval, startInterval),
            ]
            for (key, time) in times where time != 0 { try container.encode(time, forKey: key) }
            if retries != 0 { try container.encode(retries, forKey: .retries) }
        }
    }
}

extension ImageConfiguration.Execution: Codable {
    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case environment = "Env"
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case workingDirectory = "WorkingDir"
        case exposedPorts = "ExposedPorts"
        case volumes = "Volumes"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case healthcheck = "Healthcheck"
        case shell = "Shell"
        case onBuild = "OnBuild"
        case argumentsAreEscaped = "ArgsEscaped"
    }

    /// The specification writes a set as an object with empty objects as values.
    private struct Nothing: Codable {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func strings(_ key: CodingKeys) throws -> [String] {
            try container.decodeIfPresent([String].self, forKey: key) ?? []
        }
        func set(_ key: CodingKeys) throws -> [String] {
            (try container.decodeIfPresent([String: Nothing].self, forKey: key) ?? [:]).keys.sorted()
        }
        user = try container.decodeIfPresent(String.self, forKey: .user) ?? ""
        environment = try strings(.environment)
        entrypoint = try strings(.entrypoint)
        command = try strings(.command)
        workingDirectory = try container.decodeIfPresent(String.self, forKey: .workingDirectory) ?? ""
        exposedPorts = try set(.exposedPorts)
        volumes = try set(.volumes)
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        stopSignal = try container.decodeIfPresent(String.self, forKey: .stopSignal)
        healthcheck = try container.decodeIfPresent(ImageConfiguration.Healthcheck.self, forKey: .healthcheck)
        shell = try strings(.shell)
        onBuild = try strings(.onBuild)
        argumentsAreEscaped = try container.decodeIfPresent(Bool.self, forKey: .argumentsAreEscaped) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ value: some Collection & Encodable, _ key: CodingKeys) throws {
            if !value.isEmpty { try container.encode(value, forKey: key) }
        }
        func encode(set: [String], _ key: CodingKeys) throws {
            try encode(Dictionary(set.map { ($0, Nothing()) }) { first, _ in first }, key)
        }
        try encode(user, .user)
        try encode(environment, .environment)
        try encode(entrypoint, .entrypoint)
        try encode(command, .command)
        try encode(workingDirectory, .workingDirectory)
        try encode(set: exposedPorts, .exposedPorts)
        try encode(set: volumes, .volumes)
        try encode(labels, .labels)
        try container.encodeIfPresent(stopSignal, forKey: .stopSignal)
        try container.encodeIfPresent(healthcheck, forKey: .healthcheck)
        try encode(shell, .shell)
        try encode(onBuild, .onBuild)
        if argumentsAreEscaped { try container.encode(true, forKey: .argumentsAreEscaped) }
    }
}
