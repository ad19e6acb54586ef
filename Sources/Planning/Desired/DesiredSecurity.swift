package import Envfile

extension DesiredContainer {
    /// What the container's processes may do.
    package struct Security: Hashable, Sendable, Codable {
        /// As written, sorted: with or without `CAP_`, or `ALL`.
        package var addedCapabilities: [String] = []
        /// As written, sorted: with or without `CAP_`, or `ALL`.
        package var droppedCapabilities: [String] = []
        /// Whether it has all capabilities and devices, and no filter of system calls.
        package var isPrivileged = false
        /// Whether set-uid programs give no privileges; prctl(2), PR_SET_NO_NEW_PRIVS.
        package var forbidsNewPrivileges = false
        /// `nil` for the standard profile.
        package var seccomp: Seccomp?
        /// `nil` for none given.
        package var appArmorProfile: String?
        /// Parts of the label of SELinux by their names; `nil` for none given.
        package var label: [String: String]?
        /// Whether the paths of /proc and /sys that tell of the host are shown.
        package var showsSystemPaths = false
        /// Names or ids of groups besides the user's own.
        package var groups: [String] = []
        package var devices: [Device] = []
        /// What the device cgroup allows besides `devices`.
        package var deviceRules: [DeviceRule] = []
        package var deviceRequests: [DeviceRequest] = []

        /// A filter of system calls other than the standard one.
        package enum Seccomp: Hashable, Sendable, Codable {
            case unconfined
            /// The absolute path of a profile in Docker's form.
            case file(String)
        }

        /// A device of the host, or one by the Container Device Interface.
        package struct Device: Hashable, Sendable, Codable {
            /// A path of the host, or a name such as `vendor.com/class=name`.
            package var source: String
            /// The path in the container.
            package var target: String
            /// Any of `r`, `w` and `m`.
            package var permissions: String

            package init(source: String, target: String, permissions: String) {
                self.source = source
                self.target = target
                self.permissions = permissions
            }
        }

        /// Devices that a driver picks, by the Container Device Interface.
        package struct DeviceRequest: Hashable, Sendable, Codable {
            /// Such as `nvidia`; `nil` for the one that has what is asked for.
            package var driver: String?
            /// What a driver must offer, such as `gpu`.
            package var capabilities: [String]
            /// Names of devices; empty where `count` says how many.
            package var ids: [String]
            /// `nil` for all.
            package var count: Int?

            package init(driver: String?, capabilities: [String], ids: [String], count: Int?) {
                self.driver = driver
                self.capabilities = capabilities
                self.ids = ids
                self.count = count
            }
        }

        package init() {}
    }
}

extension DesiredContainer.Security {
    init(_ service: Service) {
        let given = service.security
        addedCapabilities = given.addedCapabilities.sorted()
        droppedCapabilities = given.droppedCapabilities.sorted()
        isPrivileged = given.isPrivileged
        groups = given.groups
        devices = given.devices.map {
            Device(source: $0.source, target: $0.target, permissions: $0.permissions)
        }
        deviceRules = given.deviceRules.compactMap { DeviceRule($0) }
        deviceRequests = service.deviceRequests.map { DeviceRequest($0) }
        for option in given.options { apply(option) }
    }

    private mutating func apply(_ option: SecurityOption) {
        switch option {
        case .noNewPrivileges(let isSet): forbidsNewPrivileges = isSet
        case .seccomp(.standard): seccomp = nil
        case .seccomp(.unconfined): seccomp = .unconfined
        case .seccomp(.file(let path)): seccomp = .file(path)
        case .appArmor(let profile): appArmorProfile = profile
        case .labelDisabled: label = ["disable": "true"]
        case .label(let part, let value): label = (label ?? [:]).merging([part.rawValue: value]) { $1 }
        case .systemPathsShown: showsSystemPaths = true
        }
    }
}

extension DesiredContainer.Security.DeviceRequest {
    fileprivate init(_ request: DeviceRequest) {
        var (ids, count): ([String], Int?) = ([], nil)
        switch request.selection {
        case .all, .unspecified: break
        case .count(let number): count = number
        case .ids(let names): ids = names
        }
        self.init(driver: request.driver, capabilities: request.capabilities, ids: ids, count: count)
    }
}
