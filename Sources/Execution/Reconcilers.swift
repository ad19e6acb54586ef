internal import Envfile
internal import Planning
internal import Workspaces

extension UpOptions {
    /// An Envfile's environment holds what the Envfile says; Compose keeps what it no longer says.
    func reconciler(for project: Project) -> Reconciler {
        Reconciler(
            options: Reconciler.Options(
                services: Set(services),
                recreation: forceRecreate ? .always : noRecreate ? .never : .whenChanged,
                removesOrphans: removeOrphans || project.environment.dialect == .trice, starts: !noStart,
                inactiveServices: project.inactiveServices))
    }
}

extension DownOptions {
    var reconciler: Reconciler { Reconciler(options: Reconciler.Options(removesVolumes: removesVolumes)) }
}
