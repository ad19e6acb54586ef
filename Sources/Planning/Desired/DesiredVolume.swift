package import Envfile
package import Vocabulary

extension DesiredContainer {
    /// A volume that is not simply one of the environment's own.
    package struct VolumeSource: Hashable, Sendable, Codable {
        /// The name that environments share; `nil` for one of this environment's own.
        package var name: String?
        /// Whether it is there already.
        package var isExternal = false
        /// What is mounted as the volume; `nil` for a directory of Trice.
        package var device: Device?

        /// What `driver_opts` say; mount(8).
        package struct Device: Hashable, Sendable, Codable {
            /// Such as `tmpfs` or `nfs`.
            package var type: String
            /// An absolute path for a bind, else what the type of the file system takes.
            package var device: String
            /// The options of mount(8).
            package var options: [String]
            /// Whether `device` is a directory of the host.
            package var isBind: Bool

            /// Whether it is a directory of the host that may not be written to.
            package var isReadOnlyBind: Bool { isBind && options.contains("ro") }
        }

        package init(name: String? = nil, isExternal: Bool = false, device: Device? = nil) {
            self.name = name
            self.isExternal = isExternal
            self.device = device
        }
    }

    /// An entry of `volumes_from`.
    package struct VolumeInheritance: Hashable, Sendable, Codable {
        package var service: ServiceName
        package var isReadOnly: Bool
        /// What the service mounts, so that a change there is one here.
        package var mounts: [Mount]
    }
}

extension DesiredContainer.VolumeSource {
    package init(_ volume: Volume) {
        let identity = volume.identity
        self.init(
            name: identity.customName ?? (identity.isExternal ? volume.name.rawValue : nil),
            isExternal: identity.isExternal,
            device: volume.driverOptions["device"].map { device in
                Device(
                    type: volume.driverOptions["type"] ?? "none", device: device, options: volume.mountOptions,
                    isBind: volume.isBind)
            })
    }
}
