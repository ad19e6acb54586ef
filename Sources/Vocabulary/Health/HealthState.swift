/// What the health checks of a container have come to.
package enum HealthState: String, Codable, Sendable, Hashable {
    case starting, healthy, unhealthy
}
