internal import Envfile
internal import Vocabulary

extension LossReport {
    /// Reports the services of other environments, which are in no export.
    ///
    /// - Parameter isOnHost: whether the engine runs on this host.
    mutating func losses(ofExternalsIn environment: Environment, isOnHost: Bool) {
        for service in environment.externalServices {
            guard let external = service.tools.external else { continue }
            loss(
                ConfigurationKey("services", service.name.rawValue, "external"),
                "`\(external.service)` is a service of the environment `\(external.environment)` on this host",
                isOnHost
                    ? "let both join one network, and look it up by the name that it has there"
                    : "export that environment too, and let the name `\(service.name)` lead to its service, such as by a Service of the "
                        + "type ExternalName")
        }
    }
}
