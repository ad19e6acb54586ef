internal import Containers
internal import Images
internal import LinuxSystem
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage
internal import Vocabulary
internal import Workspaces

/// Jobs that start by the clock.
extension ContainerOperations {
    /// Tells the supervisor which jobs it starts, and writes down what each is made of: the Envfile need not be there when
    /// one starts.
    func schedule(_ jobs: [DesiredJob]) throws {
        let program = try Installation().program.string
        var scheduled: [ScheduledJob] = []
        for job in jobs {
            let file = workspace.layout.jobDefinition(job.name.rawValue, of: workspace.id)
            try Files.createDirectory(file.removingLastComponent(), mode: 0o700)
            // Its variables may be secret.
            try Files.write(try JSONCoding.encode(job.container), to: file, mode: 0o600)
            scheduled.append(
                ScheduledJob(
                    name: job.name.rawValue, schedules: job.schedules, digest: job.digest,
                    command: [program, "run-job", workspace.id.text, job.name.rawValue]))
        }
        try workspace.supervisor().schedule(scheduled)
    }

    /// Starts the container of a job with nothing of what an earlier run has written into it.
    func startAnew(_ container: DesiredContainer) throws {
        let id = container.id
        let record = try record(of: id, in: workspace.records(of: id))
        if Files.exists(workspace.bundle(of: id).configuration) {
            try driver(of: record).delete(record.runtimeID, force: true)
            try RootFilesystem.unmount(workspace.rootfs(of: id))
            for name in ["upper", "work"] {
                try Files.removeTree(workspace.stateDirectory(of: id).appending(name))
            }
        }
        try start(container) {
            if let image = try workspace.host.images.image(id: record.imageID) { return image }
            throw EngineError(
                .image, "The image \(container.image) of job \(id.service) is gone. Bring it back with: trice up")
        }
    }
}
