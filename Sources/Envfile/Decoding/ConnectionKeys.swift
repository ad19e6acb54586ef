extension ServiceDraft {
    /// What a service has to do with the others and with the host's ports.
    static let connectionKeys: Keys = [
        "depends_on": { $1.dependencies = Dependency.decodedList(from: $0) },
        // What it stands for has been merged into the service by then.
        "extends": { _, _ in },
        "expose": { $1.service.exposedPorts = PortMapping.exposed(from: $0) },
        "networks": { $1.networks = NetworkAttachment.decodedList(from: $0) },
        "ports": { $1.ports = PortMapping.decodedList(from: $0) },
    ]

    /// Where its data lives.
    static let storageKeys: Keys = [
        "configs": { $1.configs = FileReference.decodedList(.config, from: $0) },
        "models": { $1.models = ModelBinding.decodedList(from: $0) },
        "secrets": { $1.secrets = FileReference.decodedList(.secret, from: $0) },
        "storage_opt": { $1.service.storage.driverOptions = Labels.decoded(from: $0) },
        "tmpfs": { $1.memoryMounts = Mount.decodedMemoryList(from: $0) },
        "volumes": { $1.mounts = Mount.decodedList(from: $0) },
        "volumes_from": { $1.service.storage.volumesFrom = $0.keyedStrings() },
    ]
}
