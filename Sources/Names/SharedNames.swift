package import Vocabulary

/// The containers of all environments that use one network, with their names in it.
package struct SharedNames: Hashable, Sendable, Codable {
    /// A container's place in the network.
    package struct Place: Hashable, Sendable, Codable {
        /// The ID of its environment.
        package var environment: String
        /// Such as `web-1`.
        package var container: String
        /// Those in this network alone.
        package var addresses: [IPAddress]
        /// In small letters, without the network's own name.
        package var names: [String]

        package init(environment: String, container: String, addresses: [IPAddress], names: [String]) {
            self.environment = environment
            self.container = container
            self.addresses = addresses
            self.names = names
        }
    }

    /// The containers of every environment, in no order that counts.
    package var places: [Place]

    package init(places: [Place] = []) {
        self.places = places
    }
}

extension Zone {
    /// The zone with the containers of other environments in one of its networks, as `ENVIRONMENT/CONTAINER`.
    package func adding(_ shared: SharedNames, in network: String) -> Zone {
        var zone = self
        let externals = networks[network]?.externals
        for place in shared.places where place.environment != environment {
            // A `/` is in no name of a container of this environment.
            zone.hosts["\(place.environment)/\(place.container)", default: Host()].memberships.append(
                Membership(
                    network: network, addresses: place.addresses,
                    names: externals.map { $0.names(of: place) } ?? place.names))
        }
        return zone
    }
}

extension Zone.Externals {
    /// The names of a container of another environment: the first one that it has is kept for reverse look-ups.
    fileprivate func names(of place: SharedNames.Place) -> [String] {
        guard place.environment == environment,
            let end = place.container.lastIndex(of: "-"), let names = names[String(place.container[..<end])]
        else { return [] }
        return place.names.prefix(1) + names.filter { $0 != place.names.first }
    }
}
