/// Checks what services share: networks, volumes, host paths, mount targets and host ports.
struct ResourceCheck {
    let project: ProjectDraft
    let semantics: Semantics
    let fileExists: @Sendable (String) -> Bool
    let report: DiagnosticCollector

    func check(_ services: [ServiceDraft]) {
        checkPorts(services)
        for service in services {
            checkNetworks(service)
            checkMounts(service)
        }
    }

    private func checkNetworks(_ service: ServiceDraft) {
        let names = project.networks.map(\.value.name)
        for attachment in service.networks where attachment.value.network != "default" {
            let name = attachment.value.network
            if names.contains(name) { continue }
            report.error(
                "\(service.path) joins the network `\(name)`, which is not defined", at: attachment.mark,
                path: attachment.path,
                hint: Suggestion.hint(for: name, in: names) ?? "define it under the top-level `networks:`")
        }
    }

    private func checkMounts(_ service: ServiceDraft) {
        let volumes = project.volumes.map(\.value.name)
        var targets: [String: Mark] = [:]
        for mount in service.mounts + service.memoryMounts {
            if let first = targets.updateValue(mount.mark, forKey: mount.value.target) {
                report.error(
                    "\(service.path) mounts two things on `\(mount.value.target)`", at: mount.mark, path: mount.path,
                    hint: "the first is in line \(first.line)")
            }
            switch mount.value.source {
            case .volume(let name) where !volumes.contains(name):
                report.error(
                    "\(service.path) mounts the volume `\(name)`, which is not defined", at: mount.mark,
                    path: mount.path, hint: Suggestion.hint(for: name, in: volumes) ?? volumeHint(name))
            case .bind(let path, createsSource: false) where !fileExists(path):
                report.error(
                    "\(service.path) mounts `\(path)`, which does not exist on the host", at: mount.mark,
                    path: mount.path,
                    hint: "create it, or let it be created with the long form and `bind: { create_host_path: true }`")
            default: continue
            }
        }
    }

    private func volumeHint(_ name: String) -> String {
        "define it under the top-level `volumes:`, or write `./\(name)` for a folder"
    }

    private func checkPorts(_ services: [ServiceDraft]) {
        struct Claim: Hashable {
            var address: PortMapping.HostAddress
            var port: UInt16
            var transportProtocol: PortMapping.TransportProtocol
        }
        var claims: [Claim: (service: String, mark: Mark)] = [:]
        for service in services {
            for port in service.ports {
                // A range is a choice, and need not meet anybody.
                guard let published = port.value.published, published.count == 1 else { continue }
                let claim = Claim(
                    address: port.value.hostAddress, port: published.lowerBound,
                    transportProtocol: port.value.transportProtocol)
                if let first = claims[claim] {
                    report.error(
                        "the host port \(claim.port)/\(claim.transportProtocol.rawValue) is published twice",
                        at: port.mark, path: port.path,
                        hint: "`\(first.service)` publishes it in line \(first.mark.line)")
                } else {
                    claims[claim] = (service.name, port.mark)
                }
            }
        }
    }
}
