internal import Diagnostics
internal import Vocabulary

/// Checks the volumes that services mount, and those that they take from each other.
struct VolumeCheck {
    let project: ProjectDraft
    let report: DiagnosticCollector
    let fileExists: @Sendable (String) -> Bool

    func check(_ services: [ServiceDraft]) {
        let mounted = Set(
            services.flatMap(\.mounts).compactMap { mount in
                if case .volume(let name) = mount.value.source { name } else { nil }
            })
        for volume in project.volumes where mounted.contains(volume.name) { check(volume) }
        for service in services { checkOrigins(of: service) }
    }

    private func error(_ message: String, _ volume: Volume, _ key: String, hint: String? = nil) {
        let node = project.cursor.node["volumes"]?[volume.name.rawValue]
        report.error(
            "volumes.\(volume.name) \(message)", at: (node?[key] ?? node ?? project.cursor.node).mark,
            path: .key(.key(.key(.root, "volumes"), volume.name.rawValue), key), hint: hint)
    }

    private static let options = ["device", "o", "type"]

    private func check(_ volume: Volume) {
        if let name = volume.identity.customName, !VolumeName.isValid(name) {
            error(
                "has the name `\(name)`, which is not valid for a volume", volume, "name",
                hint: VolumeName.remedy(for: name))
        }
        if let driver = volume.driver, driver != "local" {
            error("has the driver `\(driver)`, and only `local` is known", volume, "driver")
        }
        guard !volume.driverOptions.isEmpty else { return }
        for name in volume.driverOptions.keys.sorted() where !Self.options.contains(name) {
            error(
                "has the option `\(name)`, which the driver `local` does not know", volume, "driver_opts",
                hint: Suggestion.hint(for: name, in: Self.options) ?? "it knows `type`, `o` and `device`")
        }
        guard let device = volume.driverOptions["device"], !device.isEmpty else {
            return error("does not say what is mounted", volume, "driver_opts", hint: "add `device`")
        }
        if volume.isBind {
            if !device.hasPrefix("/") {
                error("binds `\(device)`, which is no absolute path", volume, "driver_opts")
            } else if !fileExists(device) {
                error("binds `\(device)`, which does not exist on the host", volume, "driver_opts")
            }
        } else if volume.driverOptions["type"]?.isEmpty != false {
            error("does not say the type of the file system", volume, "driver_opts", hint: "add `type`")
        }
    }

    private func checkOrigins(of service: ServiceDraft) {
        for text in service.service.storage.volumesFrom {
            let origin = VolumeOrigin(text)
            guard origin.isContainer || !origin.isValid else { continue }
            report.error(
                origin.isValid
                    ? "\(service.path) takes the volumes of the container `\(origin.service)`, which is outside of the "
                        + "environment"
                    : "`\(text)` does not say whose volumes \(service.path) takes",
                at: (service.cursor.node["volumes_from"] ?? service.cursor.node).mark,
                path: .key(service.path, "volumes_from"), hint: "write `SERVICE` or `SERVICE:ro`")
        }
    }
}
