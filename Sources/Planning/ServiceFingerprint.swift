public import Envfile

/// What of a service determines its container, one digest per attribute, so that a plan can say what has changed.
///
/// Left out is what needs no new container: dependencies, profiles, and the service's name, which is the container's
/// identity. An attribute that says nothing (an empty list, an unset option) is left out as well: a later version of
/// Trice that knows one attribute more then finds the old containers unchanged.
public struct ServiceFingerprint: Hashable, Sendable, Codable {
    /// The image's reference as the service gives it.
    public var image: String
    /// Digests by the attribute's name as a user reads it, such as `command` or `environment PATH`.
    public var attributes: [String: ConfigurationHash]

    public init(image: String, attributes: [String: ConfigurationHash]) {
        self.image = image
        self.attributes = attributes
    }

    public init(of service: Service) {
        image = service.image
        attributes = [:]
        addProcess(of: service)
        addMounts(of: service)
        addPorts(of: service)
        for attachment in service.networks {
            add("network \(attachment.network)") {
                $0.combine(attachment.aliases)
                for (name, number) in [
                    ("priority", attachment.priority), ("gw_priority", attachment.gatewayPriority),
                ] where number != 0 {
                    $0.combine([name, "\(number)"])
                }
            }
        }
    }
}

extension ServiceFingerprint {
    /// One digest of all of it.
    public var digest: ConfigurationHash {
        ConfigurationHash { hasher in
            hasher.combine(image)
            for (name, hash) in attributes.sorted(by: { $0.key < $1.key }) { hasher.combine([name, "\(hash)"]) }
        }
    }

    /// What differs between the service that a container was made for and the one it should be made for, in words
    /// such as `command changed`; empty when nothing does.
    public func changes(to new: ServiceFingerprint) -> [String] {
        var changes: [String] = []
        if image != new.image {
            changes.append("image changed: \(image) → \(new.image)")
        }
        for name in Set(attributes.keys).union(new.attributes.keys).sorted() {
            switch (attributes[name], new.attributes[name]) {
            case (let old, let new) where old == new: continue
            case (nil, _) where Self.isEntry(name): changes.append("\(name) added")
            case (_, nil) where Self.isEntry(name): changes.append("\(name) removed")
            default: changes.append("\(name) changed")
            }
        }
        return changes
    }

    /// Whether the attribute is one entry of several, which can come and go.
    private static func isEntry(_ name: String) -> Bool {
        ["environment ", "label ", "mount ", "port ", "network "].contains { name.hasPrefix($0) }
    }
}

extension ServiceFingerprint {
    private mutating func add(_ name: String, _ feed: (inout StableHasher) -> Void) {
        attributes[name] = ConfigurationHash(feed)
    }

    private mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        add(name) { $0.combine(text) }
    }

    private mutating func add(_ name: String, _ words: CommandOverride) {
        guard case .replaced(let words) = words else { return }
        add(name) { $0.combine(words) }
    }

    private mutating func add(_ name: String, _ flag: Bool) {
        guard flag else { return }
        add(name) { $0.combine(true) }
    }

    private mutating func addProcess(of service: Service) {
        add("entrypoint", service.entrypoint)
        add("command", service.command)
        add("working directory", service.workingDirectory)
        add("user", service.user)
        add("hostname", service.hostname)
        add("stop signal", service.stopSignal)
        add("terminal", service.hasTerminal)
        add("read-only root", service.isReadOnly)
        add("init", service.usesInit)
        let (seconds, attoseconds) = service.stopGracePeriod.components
        add("stop grace period") {
            $0.combine(UInt64(bitPattern: seconds))
            $0.combine(UInt64(bitPattern: attoseconds))
        }
        for (name, value) in service.environment { add("environment \(name)", value) }
        for (name, value) in service.labels { add("label \(name)", value) }
    }

    private mutating func addMounts(of service: Service) {
        for mount in service.mounts {
            add("mount \(mount.target)") { hasher in
                hasher.combine(mount.isReadOnly)
                hasher.combine(mount.subpath.map { [$0] } ?? [])
                switch mount.source {
                case .bind(let path, let createsSource):
                    hasher.combine("bind")
                    hasher.combine(path)
                    hasher.combine(createsSource)
                case .volume(let name):
                    hasher.combine("volume")
                    hasher.combine(name)
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
        }
        // Their order decides which of two nested targets covers the other.
        if service.mounts.count > 1 {
            add("order of mounts") { $0.combine(service.mounts.map(\.target)) }
        }
    }

    /// One container port may have several mappings: they are one attribute.
    private mutating func addPorts(of service: Service) {
        let byTarget = Dictionary(grouping: service.ports) { "port \($0.target)/\($0.transportProtocol.rawValue)" }
        for (name, mappings) in byTarget {
            add(name) { hasher in
                for mapping in mappings {
                    switch mapping.hostAddress {
                    case .loopback: hasher.combine("loopback")
                    case .any: hasher.combine("any")
                    case .address(let address): hasher.combine(["address", address])
                    }
                    hasher.combine(mapping.published.map { ["\($0.lowerBound)", "\($0.upperBound)"] } ?? [])
                    hasher.combine(mapping.autoCorrects)
                }
            }
        }
    }
}
