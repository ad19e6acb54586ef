/// When a service without a health check of its own is ready: its `wait`.
package struct ReadinessCheck: Hashable, Sendable, Codable {
    /// When the service counts as ready.
    package enum Condition: Hashable, Sendable, Codable {
        /// The container's port takes connections.
        case tcp(port: UInt16)
        /// A GET of the path on the container's port is answered with a status from 200 to 399.
        case http(port: UInt16, path: String)
        /// A line of the output contains the text.
        case log(text: String)
        /// The command ends with status 0 in the container.
        case execution([String])
    }

    /// When the service counts as ready.
    package var condition: Condition
    /// The time after which the service has failed.
    package var timeout: Duration

    /// The time that a service has without `timeout`.
    package static let defaultTimeout = Duration.seconds(60)

    package init(_ condition: Condition, timeout: Duration = defaultTimeout) {
        self.condition = condition
        self.timeout = timeout
    }
}
