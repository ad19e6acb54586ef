internal import Envfile
internal import Vocabulary

/// An environment as a Compose file without Trice's own keys and ways: what was implied is written.
package enum ComposeExport {
    /// The environment as one file of Compose, without the keys of Trice.
    package static func export(_ request: ExportRequest) -> ExportResult {
        var assembly = ApplicationAssembly(
            request, isOnHost: true, report: LossReport(places: request.places, omitted: request.options.omitted))
        assembly.keepsForeignMounts = true
        assembly.report.reportExternals(of: request.environment, .compose)
        let application = assembly.application()
        var plain = PlainEnvironment(request.environment, application, report: assembly.report)
        let environment = plain.environment()
        let text = ExportHeader.text("compose") + environment.yamlText()
        return ExportResult(
            files: [ExportFile(path: "compose.yaml", text: text)], stream: text, losses: plain.report.losses)
    }
}

/// An environment in the words of Compose alone.
struct PlainEnvironment {
    private let original: Environment
    private let workloads: [String: Workload]
    var report: LossReport

    init(_ environment: Environment, _ application: Application, report: LossReport) {
        original = environment
        workloads = Dictionary(
            application.workloads.map { ("\($0.section) \($0.name)", $0) }, uniquingKeysWith: { first, _ in first })
        self.report = report
    }

    mutating func environment() -> Environment {
        var environment = original
        environment.dialect = .compose
        environment.tools = ProjectTools()
        environment.extensions = [:]
        environment.externalServices = []
        environment.services = original.services.map { plain($0, in: "services") }
        environment.jobs = original.jobs.map { plain($0, in: "jobs") }
        for trigger in original.tools.triggers {
            report.loss(
                ConfigurationKey("triggers"),
                "the trigger \(trigger.moment.rawValue) `\(trigger.command.rawValue)` is one of Trice's commands",
                "run it by hand")
        }
        return environment
    }

    private mutating func plain(_ given: Service, in section: String) -> Service {
        var service = given
        let key = ConfigurationKey(section, given.name.rawValue)
        if let image = workloads["\(section) \(given.name)"]?.image, image.origin != .local {
            service.image = image.reference
        }
        if original.dialect == .trice { makeExplicit(&service) }
        service.mounts = given.mounts.flatMap { mount -> [Mount] in
            var plain = mount
            plain.identity = nil
            plain.exclusions = []
            if case .explicit? = mount.identity {
                report.loss(
                    key.key("volumes").item(mount.target), "Compose has no map of owners for a mount",
                    "let the container's user have the number of the files' owner")
            }
            return [plain] + mount.exclusions.map { Mount(source: .anonymousVolume, target: "\(mount.target)/\($0)") }
        }
        reportTools(of: given, key)
        service.tools = TriceExtensions()
        if let wait = given.tools.readiness, given.lifecycle.healthCheck == nil {
            if case .execution(let words) = wait.condition {
                service.lifecycle.healthCheck = HealthCheck(
                    test: .command(words), interval: .seconds(1), retries: max(1, wait.timeout.milliseconds / 1000))
            } else {
                report.loss(
                    key.key("wait"), "Compose waits for health checks only", "write a `healthcheck` that asks the same")
            }
        }
        if !given.tools.startsAutomatically { service.profiles = ["manual"] }
        service.lifecycle.preStart = given.lifecycle.preStart.map { step in
            var step = step
            if original.dialect == .trice { makeExplicit(&step) }
            step.tools = TriceExtensions()
            return step
        }
        return service
    }

    /// What an Envfile means without saying it.
    private func makeExplicit(_ service: inout Service) {
        service.isInitGiven = true
        for index in service.ports.indices {
            service.ports[index].autoCorrects = false
            if service.ports[index].hostAddress == .loopback {
                service.ports[index].details.hostAddressText = "127.0.0.1"
            }
        }
        // Compose's name is one of the whole host.
        if let name = service.naming.containerName {
            service.naming.containerName = nil
            for index in service.networks.indices where !service.networks[index].aliases.contains(name) {
                service.networks[index].aliases.append(name)
            }
        }
    }

    private mutating func reportTools(of service: Service, _ key: ConfigurationKey) {
        if !service.tools.provisioners.isEmpty, workloads["services \(service.name)"]?.isBaked != true {
            report.loss(
                key.key("provision"), "Compose runs no steps inside of a container",
                "make an image of their result by `trice bake`, and push it by `trice push --baked`")
        }
        if service.tools.restartsWhenUnhealthy {
            report.loss(
                key.key("restart_unhealthy"), "Compose starts no container again that is unhealthy",
                "let the program end by itself")
        }
        for port in service.ports where port.autoCorrects && original.dialect == .trice && port.published != nil {
            report.note(
                key.key("ports").item("\(port.target)"), "a port that is taken is an error in Compose",
                "leave the host's port out for any free one")
        }
    }
}
