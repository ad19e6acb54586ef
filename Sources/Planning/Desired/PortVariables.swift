internal import Envfile
package import Vocabulary

extension DesiredContainer.Process {
    /// The variables with the host ports in place of `${PORT:SERVICE:TARGET}`.
    ///
    /// - Parameter port: the host port of a service's port; for `nil` the placeholder is kept.
    package func environment(port: (ServiceName, Port, Transport) -> Port?) -> [String: String] {
        environment.mapValues { value in
            guard value.contains("${PORT:"), let template = PostUpMessage(text: value) else { return value }
            return template.text(port: port)
        }
    }

    /// The services whose host ports the variables name.
    package var namedServices: Set<ServiceName> {
        Set(
            environment.values.filter { $0.contains("${PORT:") }
                .flatMap { PostUpMessage(text: $0)?.ports.map(\.service) ?? [] })
    }
}
