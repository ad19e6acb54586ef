internal import Envfile
internal import Vocabulary

/// Claims, files and secrets.
extension KubernetesWriter {
    /// One claim for each named volume, however many workloads mount it.
    mutating func claims() -> [KubernetesObject] {
        application.volumes.compactMap { shared in
            let key = ConfigurationKey("volumes", shared.volume.name.rawValue)
            switch VolumeForm(shared.volume) {
            case .nfs, .memory: return nil
            case .impossible(let reason):
                report.problem(
                    key, "the volume `\(shared.volume.name)` cannot be in a cluster: \(reason)",
                    "use a volume without a driver, or an external one that is there already")
                return nil
            case .claim where shared.volume.identity.isExternal:
                report.note(
                    key,
                    "the claim `\(claimName(ofVolume: shared.volume.name.rawValue))` has to be in the cluster before",
                    "make a PersistentVolumeClaim of that name")
                return nil
            case .claim: return claim(shared, key)
            }
        }
    }

    /// A volume of podman belongs to the whole host, so that its name begins with the project's.
    func claimName(ofVolume name: String) -> String {
        let label = names.volume(name)
        let isOfHost = options.target == .podman && volumesByName[name]?.volume.identity.isExternal != true
        return isOfHost ? DNSLabel.make("\(names.project)-\(label)") : label
    }

    private mutating func claim(_ shared: SharedVolume, _ key: ConfigurationKey) -> KubernetesObject {
        let name = claimName(ofVolume: shared.volume.name.rawValue)
        var annotations: [String: String] = [:]
        if shared.isShared {
            let users = shared.users.map { "`\($0)`" }.joined(separator: ", ")
            let reason = shared.users.count > 1 ? "\(users) mount it" : "\(users) has several pods"
            annotations["trice.dev/access-reason"] = reason.filter { $0 != "`" }
            report.note(
                key, "the claim asks for the access ReadWriteMany, because \(reason)",
                "name a class of storage that has it by --storage-class, or let one service mount the volume")
        }
        // A claim of which no pod makes use yet may never be bound, so that it comes with the first of them.
        let wave = shared.users.compactMap { wavesByName[$0] }.min() ?? 0
        return frame.object(
            "v1", "PersistentVolumeClaim", name, file: "volumes", label: name, wave: wave, annotations: annotations,
            [
                "spec": .fields([
                    "accessModes": .texts([shared.isShared ? "ReadWriteMany" : "ReadWriteOnce"]),
                    "storageClassName": .text(options.storageClass),
                    "resources": .fields(["requests": .fields(["storage": .string(options.volumeSize)])]),
                ])
            ])
    }

    /// One ConfigMap for each set of files, which never changes: another content has another name.
    func fileObjects() -> [KubernetesObject] {
        application.fileSets.map { set in
            let name = names.fileSet(set.id)
            let keys = DataKey.keys(of: set.files.map(\.path))
            var texts: [String: String] = [:]
            var binaries: [String: String] = [:]
            for file in set.files {
                let key = keys[file.path] ?? file.path
                if let text = String(validating: file.bytes, as: UTF8.self), !file.bytes.contains(0) {
                    texts[key] = text
                } else {
                    binaries[key] = Base64.text(file.bytes)
                }
            }
            return frame.object(
                "v1", "ConfigMap", name, file: "files", label: name,
                ["immutable": .bool(true), "data": .table(texts), "binaryData": .table(binaries)])
        }
    }

    /// The secrets themselves, where the user wants them written.
    mutating func secretObjects() -> [KubernetesObject] {
        application.secrets.compactMap { secret in
            let definition = secret.definition
            let key = ConfigurationKey("secrets", definition.key)
            let name = names.secret(definition.key)
            let file = DataKey.make(definition.key)
            switch options.secrets {
            case .omit: return nil
            case .plain, .sops:
                if definition.identity.isExternal { break }
                guard let bytes = secret.bytes else {
                    report.problem(
                        key, "the content of the secret `\(definition.key)` is not known here",
                        "give it by `file` or `environment`, or choose --secrets reference")
                    return nil
                }
                let data = Value.Member(file, .string(Base64.text(bytes)))
                var object = frame.object(
                    "v1", "Secret", name, file: "secrets", label: name,
                    ["type": .string("Opaque"), "data": .map([data])])
                object.isSecret = true
                return object
            case .reference: break
            }
            report.note(
                key, "the secret `\(name)` with the key `\(file)` has to be in the cluster before",
                "make it by `kubectl create secret generic \(name) --from-file=\(file)=FILE`")
            return nil
        }
    }
}
