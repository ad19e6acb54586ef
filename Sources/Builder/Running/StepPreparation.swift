internal import Containers
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// A step that is ready to run: all is mounted, and its bundle is written.
struct PreparedStep: Sendable {
    let request: RunRequest
    let directory: StepDirectory
    let resources: StepResources
    let specification: RuntimeSpecification
    let cgroup: String
    let runtime: any OCIRuntime

    var id: String { directory.id }
}

/// Makes everything that one step needs of the host.
struct StepPreparation {
    let runner: StepRunner
    let request: RunRequest
    let directory: StepDirectory
    let resources: StepResources
    let interruption: Interruption

    func prepare() throws(BuildError) -> PreparedStep {
        let root = StepRoot(directory: directory, lowers: request.lowers)
        try attempting("mount the layers of `\(request.name)`") { () throws(SystemError) in
            try Files.createDirectory(directory.memory, mode: 0o700)
            try Mounts.privateMemory(at: directory.memory)
            resources.addMounts(below: directory.memory)
            try root.openImage()
        }
        let user = try preparing(request.name) { () throws(ContainersError) in
            try UserResolver(rootfs: root.image).resolve(request.user)
        }
        var sources = StepMountSources(request, directory, resources, runner.caches, interruption)
        try sources.prepare()
        var configuration = try configuration(user, sources)
        try connect(&configuration)
        let specification = try preparing(request.name) { () throws(ContainersError) in
            try configuration.specification(on: runner.host)
        }
        try root.mount(for: specification.mounts ?? [])
        try root.addWorkingDirectory(request.workingDirectory, mounts: sources.mounts)
        try preparing(request.name) { () throws(ContainersError) in
            try Bundle(directory.bundle).write(specification)
        }
        return PreparedStep(
            request: request, directory: directory, resources: resources, specification: specification,
            cgroup: cgroup, runtime: runner.runtime)
    }

    private var cgroup: String {
        let parent = request.cgroupParent ?? ""
        return (parent.hasPrefix("/") || parent.isEmpty ? parent : "/" + parent) + "/\(directory.id)"
    }

    private func configuration(
        _ user: ResolvedUser, _ sources: StepMountSources
    ) throws(BuildError) -> ContainerConfiguration {
        guard let program = request.command.arguments.first, !program.isEmpty else {
            throw BuildError(.stepInvalid, "Could not run `\(request.name)`: it names no program.")
        }
        let environment = ContainerEnvironment.assemble(
            image: request.environment, service: sources.environment, home: user.home, hostname: request.hostname,
            hasTerminal: false)
        var configuration = ContainerConfiguration(
            arguments: request.command.arguments, environment: environment,
            workingDirectory: request.workingDirectory, user: user, hostname: request.hostname,
            rootfs: directory.rootfs)
        configuration.mounts = sources.mounts
        configuration.sharedMemorySize = request.sharedMemorySize
        configuration.resourceLimits = request.resourceLimits
        configuration.resources = request.resources
        configuration.cgroupPath = cgroup
        configuration.isPrivileged = request.isPrivileged
        configuration.capabilities = request.isPrivileged ? .all : .standard
        configuration.seccomp = request.isPrivileged ? .unconfined : runner.seccomp
        return configuration
    }

    /// Network and name files.
    private func connect(_ configuration: inout ContainerConfiguration) throws(BuildError) {
        let texts: NameTexts
        switch request.network {
        case .none, .host:
            let usesHost = if case .host = request.network { true } else { false }
            configuration.namespaces.network = usesHost ? .host : .own
            texts = try attempting("read the host's resolver") { () throws(SystemError) in
                try NameTexts.plain(hostname: request.hostname, usesHost: usesHost)
            }
        case .attached(let attach):
            let attachment = try attach(directory.id)
            resources.add(attachment.detach)
            configuration.namespaces.network = .path(attachment.namespace)
            texts = NameTexts(hosts: attachment.hosts, resolvConf: attachment.resolvConf)
        }
        let files = [("hosts", texts.adding(request.extraHosts).hosts), ("resolv.conf", texts.resolvConf)]
        try attempting("write the name files of `\(request.name)`") { () throws(SystemError) in
            for (name, text) in files {
                let file = directory.memory.appending(name)
                try Files.write(text.utf8, to: file)
                try systemCall("chmod", file.string) { file.withPlatformString { chmod($0, 0o644) } }
            }
        }
        configuration.files = ContainerConfiguration.NameFiles(
            hosts: directory.memory.appending("hosts"), resolvConf: directory.memory.appending("resolv.conf"))
    }
}
