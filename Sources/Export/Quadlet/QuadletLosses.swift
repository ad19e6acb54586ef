internal import Envfile
internal import Vocabulary

/// What services say and a unit does not have.
enum QuadletLosses {
    static func report(_ workload: Workload, _ report: inout LossReport) {
        let service = workload.service
        for (isWritten, name, reason, remedy) in lifecycle(workload) + surroundings(workload) where isWritten {
            report.loss(workload.key.key(name), reason, remedy)
        }
        report.reportPriorities(of: workload, "podman joins the networks in its own order")
        reportRestarts(service, workload.key, &report)
        report.reportBinds(of: workload, "the unit mounts the directory and what is below it")
        for attachment in service.networks
        where attachment.macAddress != nil || !attachment.linkLocalAddresses.isEmpty || attachment.interfaceName != nil
            || !attachment.driverOptions.isEmpty
        {
            report.loss(
                workload.key.key("networks", attachment.network.rawValue),
                "a unit gives a network aliases and addresses only",
                "see that the service does without it")
        }
    }

    private static func reportRestarts(_ service: Service, _ key: ConfigurationKey, _ report: inout LossReport) {
        let (reason, remedy) = (
            "the unit is started again without such a limit",
            "set `StartLimitBurst` and `StartLimitIntervalSec` in a drop-in of the unit"
        )
        if case .onFailure(let attempts)? = service.lifecycle.restart, (attempts ?? 0) > 0 {
            report.loss(key.key("restart"), reason, remedy)
        }
        if let policy = service.lifecycle.deployment?.restartPolicy, policy.attempts != nil || policy.window != nil {
            report.loss(key.key("deploy", "restart_policy"), reason, remedy)
        }
    }

    /// Whether a key is written, its name, why it is lost and what to do: how the container lives.
    private static func lifecycle(_ workload: Workload) -> [(Bool, String, String, String)] {
        let service = workload.service
        return [
            (
                workload.replicas > 1, service.lifecycle.scale == nil ? "deploy" : "scale",
                "a unit has one container", "write a template unit by hand"
            ),
            (
                service.tools.readiness != nil, "wait", "podman waits for health checks only",
                "write a `healthcheck` that asks the same"
            ),
            (
                !service.tools.provisioners.isEmpty && !workload.isBaked, "provision",
                "podman runs no steps inside of a container", "make an image of their result by `trice bake`"
            ),
            (
                !service.lifecycle.postStart.isEmpty, "post_start", "a unit runs no commands in its container",
                "let the program do it"
            ),
            (
                !service.lifecycle.preStop.isEmpty, "pre_stop", "a unit runs no commands in its container",
                "let the program do it"
            ),
            (
                service.naming.domainname != nil, "domainname", "podman has no such setting",
                "write the whole name under `hostname`"
            ),
            (
                !service.naming.externalLinks.isEmpty, "external_links", "podman has no links",
                "let both containers join one network"
            ),
            (
                !service.storage.models.isEmpty, "models", "language models belong to another engine",
                "run the model as a service"
            ),
        ]
    }

    /// The same for what is around the container.
    private static func surroundings(_ workload: Workload) -> [(Bool, String, String, String)] {
        let service = workload.service
        return [
            (
                !service.storage.driverOptions.isEmpty, "storage_opt", "it is for the storage of another engine",
                "set the size in storage.conf"
            ),
            (
                service.security.usesAPISocket, "use_api_socket", "the socket is one of Docker",
                "mount the socket of podman"
            ),
            (
                service.lifecycle.deployment?.reservations?.genericResources.isEmpty == false, "deploy",
                "generic resources are those of Swarm", "name the devices under `devices`"
            ),
            (
                service.lifecycle.provider != nil, "provider", "no unit starts what another program provides",
                "start it by a unit of its own"
            ),
            (
                service.lifecycle.healthCheck?.startInterval != nil, "healthcheck",
                "the units of podman have no `start_interval`", "let `interval` be short enough for the start"
            ),
            (
                service.lifecycle.logging?.options.keys.contains { !["max-size", "tag", "path"].contains($0) } == true,
                "logging", "podman has fewer options of logs", "look for the settings of podman's log driver"
            ),
            (
                service.naming.macAddress != nil, "mac_address", "the first network gives the address",
                "see that the service does without it"
            ),
            (
                service.limits.blockIO != nil, "blkio_config", "the unit has no limits of block devices",
                "set `IOWeight` in a drop-in of the unit"
            ),
            (
                !service.deviceRequests.isEmpty, "gpus", "podman gives GPUs by the Container Device Interface",
                "write `AddDevice=nvidia.com/gpu=all` into a drop-in of the unit"
            ),
            (
                service.platform.runtime != nil, "runtime", "podman chooses the runtime",
                "set it in containers.conf"
            ),
        ]
    }
}
