internal import Envfile
internal import Vocabulary

/// Writes the model as objects of a cluster.
struct KubernetesWriter {
    let application: Application
    let options: ExportOptions
    let names: KubernetesNames
    let frame: ObjectFrame
    var report: LossReport
    let volumesByName: [String: SharedVolume]
    let wavesByName: [String: Int]
    let setsByID: [FileSet.ID: FileSet]
    /// The workloads that are containers in the pod of another, by the name of that one.
    let companions: [String: [Workload]]
    /// The workloads that alone write a claim.
    private let soleWriters: Set<String>
    /// Whether the networks keep workloads from each other.
    let separatesNetworks: Bool

    init(_ application: Application, _ options: ExportOptions, report: LossReport) {
        self.application = application
        self.options = options
        var report = report
        names = KubernetesNames(application, &report)
        frame = ObjectFrame(project: names.project, namespace: options.namespace)
        self.report = report
        volumesByName = Dictionary(
            application.volumes.map { ($0.volume.name.rawValue, $0) }, uniquingKeysWith: { first, _ in first })
        wavesByName = Dictionary(
            application.workloads.map { ($0.name, $0.wave) }, uniquingKeysWith: { first, _ in first })
        setsByID = Dictionary(application.fileSets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        companions = Dictionary(grouping: application.workloads.filter { $0.pod != nil }, by: \.podName)
        soleWriters = Set(
            application.volumes.filter { $0.writers.count == 1 && VolumeForm($0.volume) == .claim }.flatMap(\.writers))
        separatesNetworks = application.networks.count > 1 || application.networks.contains(where: \.isInternal)
    }

    /// Every object, in the order in which they are to be applied.
    mutating func objects() -> [KubernetesObject] {
        var objects = fileObjects() + secretObjects() + claims() + policies()
        for workload in application.workloads {
            KubernetesLosses.report(workload, options.target, &report)
            objects += services(of: workload)
            objects += controllers(of: workload)
        }
        objects += aliasServices() + exposures()
        reportTwins(objects)
        let order = [
            "ConfigMap", "Secret", "PersistentVolumeClaim", "NetworkPolicy", "Service", "Deployment", "StatefulSet",
            "Job", "CronJob",
        ]
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        return objects.enumerated().sorted { left, right in
            (left.element.wave, places[left.element.kind] ?? order.count, left.offset)
                < (right.element.wave, places[right.element.kind] ?? order.count, right.offset)
        }.map(\.element)
    }
}

// MARK: - Controllers

extension KubernetesWriter {
    /// Whether a workload is a StatefulSet: it alone writes a named volume, and two of its pods never do so at a time.
    func isStateful(_ workload: Workload) -> Bool {
        workload.kind == .service && soleWriters.contains(workload.name)
    }

    /// Names that the writer makes may be those that the files have, such as `web-public`.
    private mutating func reportTwins(_ objects: [KubernetesObject]) {
        var owners: [String: String] = [:]
        for object in objects {
            let owner = owners.updateValue(object.workload ?? "", forKey: "\(object.kind) \(object.name)")
            guard let owner else { continue }
            let names = Set([owner, object.workload ?? ""]).filter { !$0.isEmpty }.sorted()
            let workload = application.workloads.first { $0.name == names.last }
            report.problem(
                workload?.key ?? ConfigurationKey("services"),
                "the \(object.kind) `\(object.name)` is needed twice, by "
                    + names.map { "`\($0)`" }.joined(separator: " and "),
                "give one of them another name")
        }
    }

    private mutating func controllers(of workload: Workload) -> [KubernetesObject] {
        guard workload.pod == nil else { return [] }
        switch workload.kind {
        case .service: return [isStateful(workload) ? statefulSet(workload) : deployment(workload)]
        case .task: return [job(workload, isSuspended: false)]
        case .manual: return [job(workload, isSuspended: true)]
        case .scheduled(let schedules):
            return schedules.enumerated().map { cronJob(workload, $0.element, number: $0.offset + 1) }
        }
    }

    private func object(
        _ apiVersion: String, _ kind: String, _ name: String, _ workload: Workload, _ spec: Value
    ) -> KubernetesObject {
        let label = names.workload(workload.name)
        var object = frame.object(
            apiVersion, kind, name, file: label, label: label, wave: workload.wave, ["spec": spec])
        object.workload = workload.name
        object.workloadLabel = label
        object.isAwaited = workload.kind == .service || workload.kind == .task
        return object
    }

    private mutating func deployment(_ workload: Workload) -> KubernetesObject {
        let label = names.workload(workload.name)
        let mounts = ([workload] + (companions[workload.name] ?? [])).flatMap(\.mounts)
        let holdsClaim = mounts.contains { mount in
            guard case .volume(let name, _) = mount.source, let shared = volumesByName[name] else { return false }
            return !shared.isShared && VolumeForm(shared.volume) == .claim
        }
        return object(
            "apps/v1", "Deployment", label, workload,
            .fields([
                "replicas": .integer(workload.replicas),
                // Two pods on two nodes cannot mount a claim that one node may write.
                "strategy": holdsClaim ? .fields(["type": .string("Recreate")]) : rollingUpdate(workload),
                // As `delay` does, a pod that is ready has to stay so before the next is replaced.
                "minReadySeconds": workload.service.lifecycle.deployment?.update.flatMap { update in
                    update.delay == .zero ? nil : .integer(Self.seconds(update.delay))
                },
                "selector": .fields(["matchLabels": .table(frame.selector(label))]),
                "template": template(of: workload),
            ]))
    }

    private mutating func rollingUpdate(_ workload: Workload) -> Value? {
        guard let update = workload.service.lifecycle.deployment?.update else { return nil }
        if update.failureAction == "rollback" || update.failureRatio > 0 || update.monitor > .zero {
            report.loss(
                workload.key.key("deploy", "update_config"),
                "an update that fails stops where it is, and is not judged by `monitor` and `max_failure_ratio`",
                "use `kubectl rollout undo`")
        }
        let parallelism = update.parallelism ?? 1
        let count = parallelism == 0 ? Value.string("100%") : .integer(parallelism)
        let startsFirst = update.order == .startFirst
        return .fields([
            "type": .string("RollingUpdate"),
            "rollingUpdate": .fields([
                "maxSurge": startsFirst ? count : .integer(0), "maxUnavailable": startsFirst ? .integer(0) : count,
            ]),
        ])
    }

    /// What selects the pods of a workload.
    func selector(of workload: Workload) -> [String: String] { frame.selector(names.workload(workload.podName)) }

    private mutating func statefulSet(_ workload: Workload) -> KubernetesObject {
        let label = names.workload(workload.name)
        return object(
            "apps/v1", "StatefulSet", label, workload,
            .fields([
                "serviceName": .string(label), "replicas": .integer(workload.replicas),
                "selector": .fields(["matchLabels": .table(frame.selector(label))]),
                "template": template(of: workload),
            ]))
    }

    /// A Job never changes, so that another configuration is another Job: its name ends with the hash of the whole.
    private mutating func job(_ workload: Workload, isSuspended: Bool) -> KubernetesObject {
        let spec = jobSpec(workload, isSuspended: isSuspended)
        var hash = FNVHash<UInt64>()
        hash.combine(YAMLWriter.text(spec).utf8)
        let name = DNSLabel.make("\(names.workload(workload.name))-\(hash.shortText)", limit: 63)
        return object("batch/v1", "Job", name, workload, spec)
    }

    private mutating func jobSpec(_ workload: Workload, isSuspended: Bool = false) -> Value {
        let attempts: Int
        let restart: String
        switch workload.service.lifecycle.restart {
        case .onFailure(let maximum?): (attempts, restart) = (maximum, "Never")
        case .onFailure(nil), .always, .unlessStopped: (attempts, restart) = (6, "OnFailure")
        case .no, .unknown, nil:
            let policy = workload.service.lifecycle.deployment?.restartPolicy
            let repeats = policy.map { $0.condition != "none" } == true
            (attempts, restart) = repeats ? (policy?.attempts ?? 6, "OnFailure") : (0, "Never")
        }
        return .fields([
            "suspend": .flag(isSuspended), "backoffLimit": .integer(attempts),
            "template": template(of: workload, restart: restart),
        ])
    }

    private mutating func cronJob(
        _ workload: Workload, _ schedule: JobSchedule, number: Int
    ) -> KubernetesObject {
        let label = names.workload(workload.name)
        if schedule.concurrency == .queue {
            report.loss(
                workload.key.key("triggers", "schedule"),
                "a start while the job runs is left out, and does not wait for its end",
                "let the job take less time than there is between two starts")
        }
        return object(
            "batch/v1", "CronJob", number == 1 ? label : DNSLabel.make("\(label)-\(number)", limit: 52), workload,
            .fields([
                "schedule": .string(CronText.forKubernetes(schedule.cron.description)),
                "timeZone": .string(schedule.timezone ?? options.timeZone),
                "concurrencyPolicy": .string("Forbid"),
                // A start that is later than this is left out.
                "startingDeadlineSeconds": schedule.missedFires == .skip ? .integer(60) : nil,
                "jobTemplate": .fields(["spec": jobSpec(workload)]),
            ]))
    }
}
