import Envfile
package import Vocabulary

extension DesiredContainer {
    /// What the container shares with the host or with others. A `nil` is one of its own.
    package struct Namespaces: Hashable, Sendable, Codable {
        /// Where a namespace comes from.
        package enum Source: Hashable, Sendable, Codable {
            case host
            /// One of its own that others may join.
            case shareable
            /// One of its own; of IPC without shared memory in /dev/shm.
            case bare
            /// That of the first container of a service.
            case service(ServiceName)
        }

        package var pid: Source?
        package var ipc: Source?
        package var uts: Source?
        package var cgroup: Source?
        /// Parameters of the kernel that belong to these namespaces, by name; sysctl(8).
        package var parameters: [String: String] = [:]

        package init() {}

        /// The services whose namespaces it joins.
        package var services: Set<ServiceName> {
            Set(
                [pid, ipc, uts].compactMap { source in
                    if case .service(let name)? = source { name } else { nil }
                })
        }
    }
}

extension DesiredContainer.Namespaces {
    init(_ given: ServiceNamespaces) {
        pid = Self.source(given.pid)
        ipc = Self.source(given.ipc)
        uts = Self.source(given.uts)
        cgroup = Self.source(given.cgroup)
        parameters = given.sysctls
    }

    private static func source(_ mode: NamespaceMode?) -> Source? {
        switch mode {
        case .host: .host
        case .shareable: .shareable
        case .disabled: .bare
        case .service(let name): .service(name)
        // The reader has refused a container of elsewhere, and other words.
        case .own, .container, .named, nil: nil
        }
    }
}
