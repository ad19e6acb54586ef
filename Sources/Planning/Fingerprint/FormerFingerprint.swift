import Envfile
import Vocabulary

/// The digests that Trice up to 0.1 computed of attributes that `ContainerFingerprint` codes in another way now.
///
/// A container whose record has one of these is unchanged: an upgrade recreates nothing.
enum FormerFingerprint {
    static func attributes(of service: Service) -> [String: ConfigurationHash] {
        var attributes: [String: ConfigurationHash] = [:]
        for attachment in service.networks {
            attributes["network \(attachment.network)"] = ConfigurationHash { hasher in
                hasher.combine(attachment.aliases)
                for (name, number) in [
                    ("priority", attachment.priority), ("gw_priority", attachment.gatewayPriority),
                ] where number != 0 {
                    hasher.combine([name, "\(number)"])
                }
            }
        }
        // Its spelling counted.
        if let signal = service.stopSignal { attributes["stop signal"] = ConfigurationHash { $0.combine(signal) } }
        for mount in service.mounts {
            attributes["mount \(mount.target)"] = ConfigurationHash { feed(mount, to: &$0) }
        }
        let ports = Dictionary(grouping: service.ports) { "port \($0.target)/\($0.transportProtocol.rawValue)" }
        for (name, mappings) in ports {
            attributes[name] = ConfigurationHash { hasher in
                for mapping in mappings { feed(mapping, to: &hasher) }
            }
        }
        return attributes
    }

    private static func feed(_ mount: Mount, to hasher: inout StableHasher) {
        hasher.combine(mount.isReadOnly)
        hasher.combine(mount.subpath.map { [$0] } ?? [])
        switch mount.source {
        case .bind(let path, let createsSource):
            hasher.combine("bind")
            hasher.combine(path)
            hasher.combine(createsSource)
        case .volume(let name):
            hasher.combine("volume")
            hasher.combine(name.rawValue)
        case .anonymousVolume:
            hasher.combine("anonymous")
        case .tmpfs(let size, let mode):
            hasher.combine("tmpfs")
            hasher.combine(size.map { ["\($0)"] } ?? [])
            hasher.combine(mode.map { ["\($0)"] } ?? [])
        case .foreign(let type, let source):
            hasher.combine("foreign")
            hasher.combine([type] + (source.map { [$0] } ?? []))
        }
    }

    private static func feed(_ mapping: PortMapping, to hasher: inout StableHasher) {
        switch mapping.hostAddress {
        case .loopback: hasher.combine("loopback")
        case .any: hasher.combine("any")
        case .address(let address): hasher.combine(["address", mapping.details.hostAddressText ?? "\(address)"])
        }
        hasher.combine(mapping.published.map { ["\($0.lowerBound)", "\($0.upperBound)"] } ?? [])
        hasher.combine(mapping.autoCorrects)
    }
}
