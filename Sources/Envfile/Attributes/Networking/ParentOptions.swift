/// What a network of `macvlan` or `ipvlan` sits on: its driver and its `driver_opts`, under the names that Docker's users
/// know.
package struct ParentOptions: Hashable, Sendable, Codable {
    /// The kind of link that each container gets.
    package enum Driver: String, Hashable, Sendable, Codable, CaseIterable {
        case macvlan, ipvlan
    }

    /// Named by `driver` of the network.
    package var driver: Driver
    /// The name of a link of the host.
    package var parent: String
    /// `nil` for `bridge` and `l2`.
    package var mode: String?
    /// Which of its neighbours an `ipvlan` sees; `nil` for all.
    package var flag: String?

    /// `nil` for a network of another driver, and for one without a parent.
    package init?(_ network: Network) {
        guard let driver = network.driver.flatMap({ Driver(rawValue: $0) }),
            let parent = network.driverOptions[Self.parentKey]
        else { return nil }
        self.driver = driver
        self.parent = parent
        mode = network.driverOptions[Self.modeKey(driver)]
        if driver == .ipvlan { flag = network.driverOptions[Self.flagKey] }
    }

    static let parentKey = "parent"
    static let flagKey = "ipvlan_flag"

    static func modeKey(_ driver: Driver) -> String { "\(driver.rawValue)_mode" }

    static func modes(_ driver: Driver) -> [String] {
        driver == .macvlan ? ["bridge", "private", "vepa", "passthru"] : ["l2", "l3", "l3s"]
    }

    static let flags = ["bridge", "private", "vepa"]

    static func known(_ driver: Driver) -> Set<String> {
        let own = [parentKey, modeKey(driver), BridgeOptions.mtuKey, BridgeOptions.interfacePrefixKey]
        return Set(driver == .ipvlan ? own + [flagKey] : own)
    }
}
