internal import Containers
internal import Envfile
internal import LinuxSystem
internal import Planning
internal import SystemPackage
internal import Workspaces

internal import enum Vocabulary.JSONCoding

/// The devices that files of this host describe by the Container Device Interface.
struct HostDeviceInterfaces: Sendable {
    /// Where the files lie; a later directory wins.
    static let directories: [FilePath] = ["/etc/cdi", "/var/run/cdi"]
    /// No file is longer.
    private static let limit = 4 << 20

    let interfaces: [DeviceInterface]

    init(interfaces: [DeviceInterface]) {
        self.interfaces = interfaces
    }

    /// Reads the files. One that cannot be read or understood describes no device.
    static func observe() -> HostDeviceInterfaces {
        var found: [DeviceInterface] = []
        for directory in directories.reversed() where Files.exists(directory) {
            for name in ((try? Files.names(in: directory)) ?? []).sorted() {
                guard [".json", ".yaml", ".yml"].contains(where: name.hasSuffix),
                    let bytes = try? Files.readRegular(directory.appending(name), limit: limit),
                    let text = DataDocument.json(of: bytes, path: name),
                    let interface = try? JSONCoding.decode(DeviceInterface.self, from: text)
                else { continue }
                found.append(interface)
            }
        }
        return HostDeviceInterfaces(interfaces: found)
    }

    /// What the devices of a container add to it; nothing for one that names none.
    ///
    /// - Throws: `unsupportedHost` for a device that no file describes.
    func edits(for security: DesiredContainer.Security, of service: String) throws(EngineError) -> DeviceEdits {
        var names = security.devices.map(\.source).filter { !$0.hasPrefix("/") }
        for request in security.deviceRequests { names += try self.names(of: request, service) }
        var edits = DeviceEdits()
        var kinds: Set<String> = []
        for name in names {
            let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
            let kind = parts.first ?? ""
            guard parts.count == 2,
                let interface = interfaces.first(where: { interface in
                    interface.kind == kind && interface.devices?.contains { $0.name == parts[1] } == true
                }), let device = interface.devices?.first(where: { $0.name == parts[1] })
            else { throw missing("the device `\(name)`", kind, service) }
            if kinds.insert(kind).inserted { edits.add(interface.containerEdits) }
            edits.add(device.containerEdits)
        }
        return edits
    }

    /// The vendors' kinds of what drivers are called.
    private static let kinds = ["nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu", "intel": "intel.com/gpu"]

    /// What a driver of NVIDIA offers, which chooses no device.
    private static let services: Set<String> = [
        "all", "compat32", "compute", "display", "graphics", "ngx", "utility", "video",
    ]

    /// The classes of devices that may be meant: the capabilities, and a GPU where they name none.
    private static func classes(of request: DesiredContainer.Security.DeviceRequest) -> [String] {
        let named = request.capabilities.filter { !services.contains($0) && kinds[$0] == nil }
        return named.isEmpty ? ["gpu"] : named
    }

    private func names(
        of request: DesiredContainer.Security.DeviceRequest, _ service: String
    ) throws(EngineError) -> [String] {
        // Its ids are whole names.
        if request.driver == "cdi" { return request.ids }
        let classes = Self.classes(of: request)
        let kind =
            request.driver.map { Self.kinds[$0] ?? $0 }
            ?? interfaces.first { interface in classes.contains { interface.kind.hasSuffix("/\($0)") } }?.kind
            ?? (classes.contains("gpu") ? "nvidia.com/gpu" : classes[0])
        let known = interfaces.filter { $0.kind == kind }.flatMap { $0.devices ?? [] }.map(\.name)
        guard !known.isEmpty else {
            throw missing(kind.hasSuffix("/gpu") || request.driver != nil ? "a GPU" : "a device", kind, service)
        }
        if !request.ids.isEmpty { return request.ids.map { "\(kind)=\($0)" } }
        guard let count = request.count else {
            return (known.contains("all") ? ["all"] : known).map { "\(kind)=\($0)" }
        }
        let single = known.filter { $0 != "all" }
        guard single.count >= count else {
            throw EngineError(
                .unsupportedHost,
                "Service `\(service)` asks for \(count) devices of the kind `\(kind)`, and this host describes "
                    + "\(single.count).")
        }
        return single.prefix(count).map { "\(kind)=\($0)" }
    }

    private func missing(_ what: String, _ kind: String, _ service: String) -> EngineError {
        let remedy =
            kind == "nvidia.com/gpu" ? " For NVIDIA run: nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml" : ""
        let places = Self.directories.map(\.string).joined(separator: " or ")
        return EngineError(
            .unsupportedHost,
            "Service `\(service)` asks for \(what) of the kind `\(kind)`, which no file in \(places) describes (Container "
                + "Device Interface).\(remedy)")
    }
}
