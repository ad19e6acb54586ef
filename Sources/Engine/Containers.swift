package import Execution
package import Sessions
package import Workspaces

/// `top`, `stats`, `wait`, `images`, `volumes`, `cp`, `export`, `attach` and `events`.
extension Engine {
    /// The processes of the services that run.
    package func processes(_ identity: EnvironmentTarget, services: [String]) throws -> [ContainerProcesses] {
        try environments.processes(identity, services: services)
    }

    /// Measures what the services use. The Envfile is read only where the environment is not plain without it.
    package func usageMeter(services: [String], sink: any EventSink) -> UsageMeter {
        UsageMeter(environments, services: services, sink: sink)
    }

    /// Waits until the containers of services have ended.
    package func waitForEnds(
        _ identity: EnvironmentTarget, services: [String], onEnd: (ContainerEnd) -> Void
    ) throws {
        try environments.waitForEnds(identity, services: services, onEnd: onEnd)
    }

    /// The images of the containers that are there.
    package func containerImages(_ identity: EnvironmentTarget, services: [String]) throws -> [ContainerImage] {
        try environments.containerImages(identity, services: services)
    }

    /// The named volumes of the environment that are there.
    package func volumeNames(_ identity: EnvironmentTarget) throws -> [String] {
        try environments.volumeNames(identity)
    }

    /// Copies files between the host and a container.
    package func copy(_ request: CopyRequest, _ identity: EnvironmentTarget) throws {
        try sessions.copy(request, identity)
    }

    /// Connects to what a container reads and writes until it ends.
    ///
    /// - Returns: its exit code.
    package func attach(
        _ request: AttachRequest, _ identity: EnvironmentTarget, note: (String) -> Void,
        show: ([LogStream.Line]) -> Void
    ) throws -> Int32 {
        try sessions.attach(request, identity, note: note, show: show)
    }

    /// Shows what services write, until `whenIdle` says that it is enough.
    package func follow(
        _ identity: EnvironmentTarget, services: [String], show: ([LogStream.Line], [String]) -> Void,
        whenIdle: (Int) throws -> Bool
    ) throws {
        try sessions.follow(identity, services: services, show: show, whenIdle: whenIdle)
    }

    /// Tells what happens to the containers, until `body` says that it is enough.
    package func watch(
        _ identity: EnvironmentTarget, services: [String], _ body: (ContainerEvent) -> Bool
    ) throws {
        try environments.watch(identity, services: services, body)
    }
}
