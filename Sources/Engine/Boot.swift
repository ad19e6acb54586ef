package import Setup
internal import SystemPackage
package import Workspaces

/// `boot`.
extension Engine {
    /// The unit that would bring the environment up when the machine starts.
    package func bootUnit(_ project: Project) throws -> BootUnit {
        try BootUnit(project.id, program: try Installation().program.string, request: context.request)
    }

    /// Makes the environment come up when the machine starts.
    package func enableBoot(_ project: Project) throws -> BootService.State {
        let service = BootService(context.request)
        try service.enable(try bootUnit(project))
        return try service.state(of: project.id)
    }

    /// - Returns: whether it was enabled.
    package func disableBoot(_ identity: EnvironmentTarget) throws -> Bool {
        try BootService(context.request).disable(identity.id)
    }

    /// Whether systemd brings the environment up, and what it says of the unit.
    package func bootState(_ identity: EnvironmentTarget) throws -> BootService.State {
        try BootService(context.request).state(of: identity.id)
    }
}
