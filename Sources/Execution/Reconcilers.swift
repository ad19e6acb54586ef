internal import Envfile
internal import Planning
internal import Vocabulary
internal import Workspaces

extension UpOptions {
    /// An Envfile's environment holds what the Envfile says; Compose keeps what it no longer says.
    func reconciler(for project: Project) -> Reconciler {
        var options = Reconciler.Options(
            services: Set(services),
            recreation: forceRecreate ? .always : noRecreate ? .never : .whenChanged,
            removesOrphans: removeOrphans || project.environment.dialect == .trice || project.orphans == .removed,
            renewsVolumes: renewAnonymousVolumes, starts: !noStart, inactiveServices: project.inactiveServices,
            pullPolicy: pullPolicy)
        options.mentionsOrphans = project.orphans != .ignored
        options.followsDependencies = followsDependencies
        options.recreatesDependencies = recreatesDependencies
        options.restartsRunning = restartsRunning
        options.oneOff = oneOff.map {
            Reconciler.Options.OneOffService(
                service: $0.service,
                kind: DesiredContainer.OneOff(
                    isInForeground: $0.streams != nil, terminalSize: $0.streams?.terminalSize))
        }
        options.scales = scales
        options.provisioning = provisioning
        return Reconciler(options: options)
    }
}

extension DownOptions {
    var reconciler: Reconciler { Reconciler(options: Reconciler.Options(removesVolumes: removesVolumes)) }
}
