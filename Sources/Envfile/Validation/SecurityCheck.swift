internal import Diagnostics

/// Checks what a service asks of the kernel and of the host: namespaces, parameters of the kernel, devices, profiles.
struct SecurityCheck {
    let services: [ServiceDraft]
    let context: DecodingContext
    let fileExists: @Sendable (String) -> Bool

    func check(_ service: ServiceDraft) {
        checkNamespaces(service)
        for (name, _) in service.service.namespaces.sysctls.sorted(by: { $0.key < $1.key }) {
            checkParameter(name, of: service)
        }
        for device in service.devices where device.value.source.hasPrefix("/") && !fileExists(device.value.source) {
            report.error(
                "\(service.path) uses the device `\(device.value.source)`, which does not exist on the host",
                at: device.mark, path: device.path)
        }
        for case .seccomp(.file(let path)) in service.service.security.options where !fileExists(path) {
            error(
                "\(service.path) has the seccomp profile `\(path)`, which does not exist", "security_opt", of: service)
        }
        checkBlockDevices(service)
    }

    private var report: DiagnosticCollector { context.dialect == .compose ? context.unsupported : context.report }

    private func error(_ message: String, _ key: String, of service: ServiceDraft, hint: String? = nil) {
        let mark = service.cursor.node[key]?.mark ?? service.mark
        report.error(message, at: mark, path: .key(service.path, key), hint: hint)
    }

    // MARK: - Namespaces

    private func checkNamespaces(_ service: ServiceDraft) {
        let namespaces = service.service.namespaces
        check(namespaces.pid, "pid", of: service, allows: [.host, .own])
        check(namespaces.ipc, "ipc", of: service, allows: [.host, .own, .shareable, .disabled])
        check(namespaces.uts, "uts", of: service, allows: [.host, .own])
        if let mode = namespaces.user, mode != .host {
            error(
                "\(service.path).userns_mode is `\(mode.text)`, and only `host` is known: containers have no user "
                    + "namespace of their own", "userns_mode", of: service)
        }
        if case .service(let name)? = namespaces.ipc, let other = services.first(where: { $0.name == name }),
            ![.shareable, .host].contains(other.service.namespaces.ipc)
        {
            error(
                "\(service.path) shares the memory of the service `\(name)`, which keeps it to itself", "ipc",
                of: service, hint: "write `ipc: shareable` for `\(name)`")
        }
    }

    private func check(
        _ mode: NamespaceMode?, _ key: String, of service: ServiceDraft, allows modes: [NamespaceMode]
    ) {
        guard let mode, !modes.contains(mode) else { return }
        switch mode {
        case .service(let name) where name != service.name: return
        case .service:
            error("\(service.path).\(key) names the service itself", key, of: service)
        case .container(let name):
            error(
                "\(service.path).\(key) names the container `\(name)`, which is outside of the environment", key,
                of: service, hint: "write `service:NAME` for a service of this file")
        case .host, .disabled, .own, .shareable, .named:
            let words = modes.map { "`\($0.text)`" }.joined(separator: ", ")
            error("\(service.path).\(key) must be \(words) or `service:NAME`, but is `\(mode.text)`", key, of: service)
        }
    }

    // MARK: - Parameters of the kernel

    /// What belongs to the IPC namespace; ipc_namespaces(7).
    private static let ofIPC: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ]
    /// What belongs to the UTS namespace.
    private static let ofUTS: Set<String> = ["kernel.domainname", "kernel.hostname"]

    private func checkParameter(_ name: String, of service: ServiceDraft) {
        let namespaces = service.service.namespaces
        let mark = service.cursor.node["sysctls"]?[name]?.mark ?? service.cursor.node["sysctls"]?.mark ?? service.mark
        let path = Path.key(.key(service.path, "sysctls"), name)
        func refuse(_ why: String, hint: String? = nil) {
            report.error("\(service.path) sets `\(name)`, \(why)", at: mark, path: path, hint: hint)
        }
        let isOfIPC = Self.ofIPC.contains(name) || name.hasPrefix("fs.mqueue.")
        guard name.hasPrefix("net.") || isOfIPC || Self.ofUTS.contains(name) else {
            let isThere = fileExists("/proc/sys/" + name.replacing(".", with: "/"))
            return isThere
                ? refuse("which holds for the whole host and not for a container", hint: "set it on the host")
                : refuse("which is no parameter of this kernel", hint: Suggestion.hint(for: name, in: Self.ofIPC))
        }
        let shared: (NamespaceMode?, String) =
            name.hasPrefix("net.")
            ? (namespaces.network, "network_mode") : isOfIPC ? (namespaces.ipc, "ipc") : (namespaces.uts, "uts")
        if let mode = shared.0, mode == .host || mode.isOfAnother {
            return refuse("which belongs to what `\(shared.1): \(mode.text)` shares", hint: "leave one of them out")
        }
        // Those of an interface are there only once the container has it.
        let isOfInterface = [".conf.", ".neigh."].contains { name.contains($0) }
        if !isOfInterface, !fileExists("/proc/sys/" + name.replacing(".", with: "/")) {
            refuse("which is no parameter of this kernel")
        }
    }

    // MARK: - Block devices

    private func checkBlockDevices(_ service: ServiceDraft) {
        guard let settings = service.service.limits.blockIO else { return }
        let paths =
            settings.deviceWeights.map(\.path)
            + (settings.readRates + settings.writeRates + settings.readOperations + settings.writeOperations)
            .map(\.path)
        for path in Set(paths).sorted() where !fileExists(path) {
            error(
                "\(service.path).blkio_config names the device `\(path)`, which does not exist on the host",
                "blkio_config", of: service)
        }
    }
}

extension NamespaceMode {
    /// Whether it is the one of another container.
    fileprivate var isOfAnother: Bool {
        switch self {
        case .service, .container: true
        case .host, .disabled, .own, .shareable, .named: false
        }
    }
}
