internal import OCI
internal import SupervisorProtocol
internal import Vocabulary

/// Joins what a service and its image say of health: a pure function of both.
enum HealthResolution {
    /// Between two tries of `wait` at most; the supervisor begins with shorter distances.
    private static let waitInterval = Duration.milliseconds(500)

    /// - Parameters:
    ///   - own: the service's `healthcheck`; what it leaves out is the image's.
    ///   - readiness: the service's `wait`, which takes the place of the image's check.
    ///   - addresses: the container's own.
    /// - Returns: `nil` where nothing is checked.
    static func settings(
        own: HealthCheck?, readiness: ReadinessCheck?, image: ImageConfiguration.Execution, addresses: [IPAddress]
    ) -> HealthSettings? {
        if let readiness {
            return HealthSettings(
                readiness.condition, interval: waitInterval, timeout: readiness.timeout, retries: 1,
                limit: readiness.timeout, addresses: addresses)
        }
        guard own?.isDisabled != true else { return nil }
        let given = image.healthcheck
        // A test of the image that begins with another word counts as no check, as in Docker.
        let test = own?.test ?? given.flatMap { try? HealthCheck.Test.parse($0.test) }
        guard let test, let words = words(of: test, shell: image.shell) else { return nil }
        func time(_ own: Duration?, _ image: Int64?, _ usual: Duration) -> Duration {
            if let own, own > .zero { return own }
            if let image, image > 0 { return .nanoseconds(image) }
            return usual
        }
        let retries = [own?.retries, given?.retries].compactMap(\.self).first { $0 > 0 }
        return HealthSettings(
            .execution(words), interval: time(own?.interval, given?.interval, .seconds(30)),
            timeout: time(own?.timeout, given?.timeout, .seconds(30)), retries: retries ?? 3,
            startPeriod: time(own?.startPeriod, given?.startPeriod, .zero),
            startInterval: time(own?.startInterval, given?.startInterval, .seconds(5)), addresses: addresses)
    }

    /// `nil` for no check.
    private static func words(of test: HealthCheck.Test, shell: [String]) -> [String]? {
        switch test {
        case .off: nil
        case .command(let words): words.isEmpty ? nil : words
        case .shell(let words): words.isEmpty ? nil : (shell.isEmpty ? ["/bin/sh", "-c"] : shell) + words
        }
    }
}
