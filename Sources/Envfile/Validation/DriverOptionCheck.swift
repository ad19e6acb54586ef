internal import Diagnostics
internal import Vocabulary

/// Checks `driver_opts` of networks.
struct DriverOptionCheck {
    let project: ProjectDraft
    /// Where what Compose lets pass is reported.
    let report: DiagnosticCollector

    func check(_ network: Network) {
        let options = network.driverOptions
        if let text = options[BridgeOptions.mtuKey], UInt32(text).map({ (68...65_535).contains($0) }) != true {
            error(
                "`\(text)` is no size of a packet", network, at: ["driver_opts", BridgeOptions.mtuKey],
                hint: "write a number from 68 to 65535")
        }
        if let text = options[BridgeOptions.bridgeNameKey] {
            let isValid = text.utf8.allSatisfy { $0.isAlphanumeric || [0x2D, 0x2E, 0x5F].contains($0) }
            if !isValid || !(1...15).contains(text.utf8.count) || text == "." || text == ".." {
                error(
                    "`\(text)` is no name of a bridge", network, at: ["driver_opts", BridgeOptions.bridgeNameKey],
                    hint: "write up to 15 letters, digits, `.`, `-` and `_`")
            }
        }
        for key in [BridgeOptions.connectionKey, BridgeOptions.masqueradeKey, BridgeOptions.inhibitKey] {
            guard let text = options[key], BridgeOptions.flag(text) == nil else { continue }
            error("`\(text)` is not true or false", network, at: ["driver_opts", key])
        }
        if let text = options[BridgeOptions.sourceAddressKey], IPv4Address(parsing: text) == nil {
            error("`\(text)` is no IPv4 address", network, at: ["driver_opts", BridgeOptions.sourceAddressKey])
        }
        if let text = options[BridgeOptions.interfacePrefixKey],
            !NetworkAttachment.isInterfaceName(text + "99") || text == "lo"
        {
            error(
                "`\(text)` cannot begin the name of a network interface", network,
                at: ["driver_opts", BridgeOptions.interfacePrefixKey],
                hint: "write up to 13 characters without blanks, `/` and `:`")
        }
        checkModes(network)
        if let driver = network.driver.flatMap({ ParentOptions.Driver(rawValue: $0) }) { check(network, on: driver) }
    }

    /// What a network on a link of the host needs.
    private func check(_ network: Network, on driver: ParentOptions.Driver) {
        let options = network.driverOptions
        switch options[ParentOptions.parentKey] {
        case nil:
            error(
                "networks.\(network.name) has the driver `\(driver.rawValue)` and no link of the host that it is on",
                network, at: ["driver"], hint: "name it: `driver_opts: { parent: eth0 }`")
        case let parent? where !NetworkAttachment.isInterfaceName(parent) || parent == "lo":
            error("`\(parent)` is no link that a network can be on", network, at: ["driver_opts", "parent"])
        default: break
        }
        let modeKey = ParentOptions.modeKey(driver)
        let choices =
            [(modeKey, ParentOptions.modes(driver))]
            + (driver == .ipvlan ? [(ParentOptions.flagKey, ParentOptions.flags)] : [])
        for (key, known) in choices {
            guard let text = options[key], !known.contains(text) else { continue }
            error(
                "`\(text)` is no \(key) of a network", network, at: ["driver_opts", key],
                hint: Suggestion.hint(for: text, in: Set(known))
                    ?? "write " + known.map { "`\($0)`" }.joined(separator: ", "))
        }
    }

    private func checkModes(_ network: Network) {
        for key in [BridgeOptions.gatewayModeKey, BridgeOptions.ipv6GatewayModeKey] {
            guard let text = network.driverOptions[key] else { continue }
            let modes = BridgeOptions.GatewayMode.allCases.map(\.rawValue)
            guard let mode = BridgeOptions.GatewayMode(rawValue: text) else {
                error(
                    "`\(text)` is no mode of a gateway", network, at: ["driver_opts", key],
                    hint: Suggestion.hint(for: text, in: Set(modes))
                        ?? "write " + modes.map { "`\($0)`" }.joined(separator: ", "))
                continue
            }
            if mode == .isolated, !network.isInternal {
                error(
                    "networks.\(network.name) is isolated from the host and not internal", network,
                    at: ["driver_opts", key], hint: "add `internal: true`")
            }
        }
    }

    private func error(_ message: String, _ network: Network, at keys: [String], hint: String? = nil) {
        NetworkCheck.error(message, network, at: keys, hint: hint, in: project, report)
    }
}
