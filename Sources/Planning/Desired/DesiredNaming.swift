internal import Envfile
package import Vocabulary

extension DesiredContainer {
    /// What a container is called, and how it finds others: only what a file says.
    package struct Naming: Hashable, Sendable, Codable {
        /// The domain of the container's host name.
        package var domainname: String?
        /// `container_name`.
        package var containerName: String?
        /// `dns`; `nil` for the host's servers.
        package var dnsServers: [IPAddress]?
        /// `dns_search`; `nil` for the host's domains.
        package var dnsSearch: [String]?
        /// `dns_opt`; `nil` for the host's options.
        package var dnsOptions: [String]?
        /// Addresses by name; `host-gateway` stands for the host.
        package var extraHosts: [String: [String]]?
        /// Services by the name that only this container has for them.
        package var links: [String: String]?
        /// Containers of other environments by the name that only this container has for them.
        package var externalLinks: [String: String]?

        package init(
            domainname: String? = nil, containerName: String? = nil, dnsServers: [IPAddress]? = nil,
            dnsSearch: [String]? = nil, dnsOptions: [String]? = nil, extraHosts: [String: [String]]? = nil,
            links: [String: String]? = nil
        ) {
            self.domainname = domainname
            self.containerName = containerName
            self.dnsServers = dnsServers
            self.dnsSearch = dnsSearch
            self.dnsOptions = dnsOptions
            self.extraHosts = extraHosts
            self.links = links
        }

        /// The word that stands for the host's address in `extraHosts`.
        package static let hostGateway = "host-gateway"

        /// `nil` for a service that says nothing of it.
        init?(_ naming: ServiceNaming) throws(InvalidValue) {
            var servers: [IPAddress] = []
            for text in naming.dnsServers { servers.append(try IPAddress(text)) }
            self.init(
                domainname: naming.domainname, containerName: naming.containerName, dnsServers: Self.nonEmpty(servers),
                dnsSearch: Self.nonEmpty(naming.dnsSearch), dnsOptions: Self.nonEmpty(naming.dnsOptions),
                extraHosts: naming.extraHosts.isEmpty ? nil : naming.extraHosts.addresses, links: Self.links(naming))
            externalLinks = Self.externalLinks(naming)
            if self == Naming() { return nil }
        }

        private static func nonEmpty<Element>(_ list: [Element]) -> [Element]? { list.isEmpty ? nil : list }

        private static func externalLinks(_ naming: ServiceNaming) -> [String: String]? {
            let pairs = naming.externalLinks.map { link -> (String, String) in
                let parts = link.split(separator: ":", maxSplits: 1).map(String.init)
                return (parts.last ?? link, parts.first ?? link)
            }
            return pairs.isEmpty ? nil : Dictionary(pairs) { _, last in last }
        }

        /// A link without an alias needs nothing: the service has its name anyway.
        private static func links(_ naming: ServiceNaming) -> [String: String]? {
            let pairs = naming.links.compactMap { link -> (String, String)? in
                let parts = link.split(separator: ":", maxSplits: 1).map(String.init)
                return parts.count == 2 && parts[0] != parts[1] ? (parts[1], parts[0]) : nil
            }
            return pairs.isEmpty ? nil : Dictionary(pairs) { _, last in last }
        }
    }
}
