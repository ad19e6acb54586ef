/// One source of a registry's content: the registry itself or a mirror.
struct Endpoint: Hashable, Sendable {
    /// The possible addresses, best first: HTTPS, and plain HTTP if it is allowed. Never empty.
    let addresses: [WebAddress]
    /// `HOST[:PORT]` as the user writes it: the name in messages, of credentials and of certificates.
    let name: String
    let isMirror: Bool
    /// Whether plain HTTP and unknown certificates are allowed.
    let isInsecure: Bool
    /// Certificates to trust besides the system's.
    let ca: String?

    /// Docker's name of the registry for images without a host in their name.
    static let dockerHub = "docker.io"
}

extension RegistrySettings {
    /// The registry itself; pushes go only there.
    func registry(_ name: String) throws(RegistryError) -> Endpoint {
        let entry = registries[name] ?? Entry()
        let known = name == Endpoint.dockerHub ? "registry-1.docker.io" : name
        guard let (host, port) = WebAddress.authority(known[...]) else {
            throw RegistryError(
                .invalidSettings, "`\(name)` is not a registry: it must be a host with an optional port.")
        }
        var addresses = [WebAddress(.https, host: host, port: port)]
        if entry.insecure ?? isLoopbackHost(host.lowercased()) {
            addresses.append(WebAddress(.http, host: host, port: port))
        }
        return Endpoint(
            addresses: addresses, name: name, isMirror: false, isInsecure: entry.insecure ?? false, ca: entry.ca)
    }

    /// All places to read from, in their order: the mirrors, then the registry itself.
    func places(of name: String) throws(RegistryError) -> [Endpoint] {
        var places: [Endpoint] = []
        for text in registries[name]?.mirrors ?? [] {
            guard let address = WebAddress(text) else {
                throw RegistryError(
                    .invalidSettings,
                    "The mirror `\(text)` of \(name) is not a URL. Write it as https://mirror.example:5000.")
            }
            let own = registries[address.authority]
            places.append(
                Endpoint(
                    addresses: [address], name: address.authority, isMirror: true,
                    isInsecure: own?.insecure ?? false, ca: own?.ca))
        }
        return places + [try registry(name)]
    }
}
