internal import Envfile
internal import Vocabulary

/// The checks of a container: until it has started, and while it runs.
struct Probes {
    var startup: Value?
    var readiness: Value?
    /// Only where the files ask for a restart of what is unhealthy.
    var liveness: Value?
}

extension KubernetesWriter {
    /// The health check, or else the service's `wait`, as probes.
    ///
    /// A start takes as long as the start period and the failures that make a container unhealthy, and five minutes at
    /// least: a container that fails its startup probe for so long is started again.
    mutating func probes(of workload: Workload) -> Probes {
        var probes = Probes()
        if let check = workload.health, let test = check.test, let action = action(of: test) {
            let interval = Self.seconds(check.interval ?? .seconds(30))
            let timeout = Self.seconds(check.timeout ?? .seconds(30))
            let retries = max(1, check.retries ?? 3)
            let first = min(Self.seconds(check.startInterval ?? .seconds(5)), interval)
            let patience = max(300, Self.seconds(check.startPeriod ?? .zero, atLeast: 0) + retries * interval)
            probes.readiness = Self.probe(action, period: interval, timeout: timeout, failures: retries)
            probes.startup = Self.probe(
                action, period: first, timeout: timeout, failures: (patience + first - 1) / first)
            if workload.service.tools.restartsWhenUnhealthy { probes.liveness = probes.readiness }
        } else if let wait = workload.service.tools.readiness {
            guard let action = action(of: wait.condition, workload) else { return probes }
            probes.readiness = Self.probe(action, period: 5, timeout: 5, failures: 3)
            probes.startup = Self.probe(action, period: 1, timeout: 5, failures: max(300, Self.seconds(wait.timeout)))
        }
        return probes
    }

    /// The kubelet replaces references to variables in the words of a probe as in those of a container, and in those of
    /// hooks it does not.
    private func action(of test: HealthCheck.Test) -> Value.Member? {
        switch test {
        case .off: nil
        case .command(let words) where words.isEmpty: nil
        case .command(let words): Self.execution(words.map(escaped))
        case .shell(let words): Self.execution(["/bin/sh", "-c", escaped(words.joined(separator: " "))])
        }
    }

    private mutating func action(of condition: ReadinessCheck.Condition, _ workload: Workload) -> Value.Member? {
        switch condition {
        case .tcp(let port): return Value.Member("tcpSocket", .fields(["port": .integer(Int(port))]))
        case .http(let port, let path):
            return Value.Member("httpGet", .fields(["path": .string(path), "port": .integer(Int(port))]))
        case .execution(let words): return Self.execution(words.map(escaped))
        case .log:
            report.loss(
                workload.key.key("wait"), "Kubernetes cannot wait for a line of the output",
                "wait for a port by `tcp`, for an answer by `http`, or for a command by `exec`")
            return nil
        }
    }

    private static func execution(_ words: [String]) -> Value.Member {
        Value.Member("exec", .fields(["command": .texts(words)]))
    }

    private static func probe(_ action: Value.Member, period: Int, timeout: Int, failures: Int) -> Value {
        .map([
            action, Value.Member("periodSeconds", .integer(period)), Value.Member("timeoutSeconds", .integer(timeout)),
            Value.Member("failureThreshold", .integer(failures)),
        ])
    }

    /// Whole seconds, rounded up.
    static func seconds(_ duration: Duration, atLeast minimum: Int = 1) -> Int {
        max(minimum, (duration.milliseconds + 999) / 1000)
    }

    /// `post_start` and `pre_stop`; of each there is one command.
    mutating func hooks(of workload: Workload) -> Value? {
        .someFields([
            "postStart": hook(workload.service.lifecycle.postStart, "post_start", workload),
            "preStop": hook(workload.service.lifecycle.preStop, "pre_stop", workload),
        ])
    }

    private mutating func hook(_ hooks: [LifecycleHook], _ key: String, _ workload: Workload) -> Value? {
        guard let first = hooks.first else { return nil }
        for hook in hooks where hook.user != nil || hook.isPrivileged {
            report.loss(
                workload.key.key(key), "a command runs as the user of the container",
                "let it do without `user` and `privileged`")
        }
        let isPlain = hooks.count == 1 && first.workingDirectory == nil && first.environment.isEmpty
        let words = isPlain ? first.command : ["/bin/sh", "-ec", hooks.map(Self.script).joined(separator: "\n")]
        return .map([Self.execution(words)])
    }

    /// A command with its directory and its variables, as a line of a shell.
    private static func script(_ hook: LifecycleHook) -> String {
        var words = hook.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(ShellText.quoted($0.value))" }
        words += hook.command.map(ShellText.quoted)
        let line = (hook.environment.isEmpty ? "" : "env ") + words.joined(separator: " ")
        return hook.workingDirectory.map { "(cd \(ShellText.quoted($0)) && \(line))" } ?? line
    }
}
