package import Vocabulary

/// Where the subnet of a network comes from.
package enum SubnetRequest: Hashable, Sendable {
    /// The one that the Envfile names.
    case named(IPv4Network)
    /// The ranges of the settings, which the user knows to be free here although a wider route may lead elsewhere.
    case settings([IPv4Network])
    /// Whatever the host does not reach yet.
    case anyFree

    /// The subnets that may be used, the best first.
    ///
    /// - Parameter taken: what the host reaches: routes, and subnets of addresses. A route that is wider than a named
    ///   subnet does not hinder it: the bridge's own route is more specific.
    /// - Throws: `.subnetTaken` for a named subnet that meets a route or an address.
    package func candidates(avoiding taken: [IPv4Network]) throws(NetworkError) -> [IPv4Network] {
        switch self {
        case .named(let subnet):
            let obstacle = taken.first { $0.prefixLength >= subnet.prefixLength && $0.overlaps(subnet) }
            if let obstacle {
                throw NetworkError(
                    .subnetTaken,
                    "The subnet \(subnet) cannot be used: the host has a route or an address in \(obstacle). Name "
                        + "another one below `ipam:`, or leave it out.")
            }
            return [subnet]
        case .settings(let ranges):
            return ranges.flatMap { range in
                let hindering = taken.filter { $0.prefixLength >= range.prefixLength }
                let size = max(range.prefixLength, Self.standardLength)
                return AddressPool(ranges: [range], prefixLength: size).candidates(avoiding: hindering)
            }
        case .anyFree: return AddressPool.standard.candidates(avoiding: taken)
        }
    }

    /// What to say when no candidate is free, after the sentence that says so.
    package func remedy(network: String) -> String {
        switch self {
        case .named: "Name another subnet below `ipam:`, or leave it out."
        case .settings: "Add a range to `addressPools` in settings.json."
        case .anyFree:
            "Name one that may be used although a wider route covers it: in the Envfile as `networks: {\(network): "
                + "{ipam: {config: [{subnet: 10.77.0.0/24}]}}}`, or for all environments as "
                + "`{\"addressPools\": [\"10.77.0.0/16\"]}` in ~/.config/trice/settings.json."
        }
    }

    private static let standardLength = 24
}
