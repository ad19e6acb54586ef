internal import Envfile

/// What a named volume becomes in a cluster.
enum VolumeForm: Hashable {
    case claim
    case nfs(server: String, path: String, isReadOnly: Bool)
    case memory(size: String?)
    /// Why it cannot be.
    case impossible(String)

    init(_ volume: Volume) {
        if volume.identity.isExternal {
            self = .claim
            return
        }
        if let driver = volume.driver, driver != "local" {
            self = .impossible("its driver `\(driver)` is one of another engine")
            return
        }
        let device = volume.driverOptions["device"] ?? ""
        switch volume.driverOptions["type"] {
        case "nfs", "nfs4":
            let server = volume.mountOptions.first { $0.hasPrefix("addr=") }.map { String($0.dropFirst(5)) }
            let path = device.drop { $0 == ":" }
            guard let server, path.hasPrefix("/") else {
                self = .impossible("its options name no server and no path of NFS")
                return
            }
            self = .nfs(server: server, path: String(path), isReadOnly: volume.mountOptions.contains("ro"))
        case "tmpfs":
            let size = volume.mountOptions.first { $0.hasPrefix("size=") }.map { String($0.dropFirst(5)) }
            self = .memory(size: size.flatMap(Quantity.init(mountOption:))?.text)
        case nil where volume.driverOptions.isEmpty: self = .claim
        default:
            self = .impossible(
                volume.isBind
                    ? "it is the directory `\(device)` of this host" : "its options are those of mount(8) on this host")
        }
    }
}

/// Amounts as Kubernetes writes them.
struct Quantity {
    var text: String

    /// Bytes; in Mi where that is exact.
    static func bytes(_ count: Int) -> String {
        let mebibyte = 1 << 20
        return count > 0 && count % mebibyte == 0 ? "\(count / mebibyte)Mi" : "\(count)"
    }

    /// Processors; thousandths where it is no whole number.
    static func processors(_ count: Double) -> String {
        let thousandths = max(1, Int((count * 1000).rounded(.up)))
        return thousandths % 1000 == 0 ? "\(thousandths / 1000)" : "\(thousandths)m"
    }

    /// A size as mount(8) takes it: `100m`, `1g`, `65536`; `nil` for a share of the memory and other texts.
    init?(mountOption text: String) {
        let units: [Character: String] = ["k": "Ki", "m": "Mi", "g": "Gi"]
        guard let last = text.lowercased().last,
            let number = UInt64(units[last] == nil ? text : String(text.dropLast()))
        else { return nil }
        self.text = "\(number)\(units[last] ?? "")"
    }
}
