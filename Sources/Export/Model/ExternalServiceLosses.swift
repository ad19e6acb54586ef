internal import Envfile
internal import Vocabulary

/// The engine that an export is for, as far as services of other environments differ there.
enum ExportForm {
    case kubernetes, podman, stack, compose
}

extension LossReport {
    /// Reports the services of other environments, which no document has.
    mutating func reportExternals(of environment: Environment, _ form: ExportForm) {
        for service in environment.externalServices {
            guard let external = service.tools.external else { continue }
            loss(
                ConfigurationKey("services", service.name.rawValue, "external"),
                "`\(service.name)` is the service `\(external.service)` of the environment `\(external.environment)`, which is not "
                    + "exported with this one, and nothing waits for it",
                Self.remedy(service, external, form))
        }
    }

    private static func remedy(_ service: Service, _ external: ExternalService, _ form: ExportForm) -> String {
        let other = external.environment
        return switch form {
        case .kubernetes:
            "deploy `\(other)` too, and add a Service `\(service.name)` of the type ExternalName that leads to "
                + "\(DNSLabel.make(external.service.rawValue)).NAMESPACE.svc.cluster.local in its namespace"
        case .podman:
            "export `\(other)` too, and let both use one network: `podman network create NAME`, and `external` in both files"
        case .stack:
            "deploy `\(other)` too, and let both use one network: `docker network create --driver overlay NAME`, and `external` in "
                + "both files"
        case .compose:
            "export `\(other)` too, and let both use one network: `docker network create NAME`, and `external` in both files"
        }
    }
}
