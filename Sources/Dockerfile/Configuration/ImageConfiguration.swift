/// The part of an image's configuration that a Dockerfile decides.
///
/// Source: OCI image-spec, "Image Configuration"; `onbuild`, `shell` and `healthcheck` are Docker's additions.
package struct ImageConfiguration: Hashable, Sendable {
    package var environment: [Variable] = []
    /// `nil` for no command; an empty one was set to empty.
    package var command: [String]?
    package var entrypoint: [String]?
    /// `USER[:GROUP]`; empty for root.
    package var user = ""
    /// Absolute, or empty for `/`.
    package var workingDirectory = ""
    /// By number, then protocol.
    package var exposedPorts: Set<String> = []
    package var volumes: Set<String> = []
    package var labels: [String: String] = [:]
    package var stopSignal: String?
    /// The shell for the shell form; `nil` for the default.
    package var shell: [String]?
    package var healthcheck: Healthcheck?
    /// The triggers for builds that start from the image.
    package var triggers: [String] = []
    package var author: String?

    /// The shell for the shell form without a `SHELL` instruction.
    package static let defaultShell = ["/bin/sh", "-c"]
    /// What `PATH` is in an image that sets none.
    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    package init() {}

    /// A command as a list of arguments, with the shell before its shell form.
    package func arguments(of command: CommandLine) -> [String] {
        switch command {
        case .exec(let words): words
        case .shell(let text): (shell ?? Self.defaultShell) + [text]
        }
    }

    /// The command line of a `RUN`. A script is an executable file in a directory that the builder mounts; its first
    /// line names its interpreter.
    /// - Parameter scripts: That directory.
    package func arguments(of command: RunStep.Command, scripts: String = "/dev/pipes") -> [String] {
        switch command {
        case .exec(let words): words
        case .shell(let text): arguments(of: .shell(text))
        case .script(let file): arguments(of: .shell("\(scripts)/\(file.name)"))
        }
    }
}

/// A health check as an image's configuration keeps it.
extension Healthcheck {
    /// `["NONE"]`, or `CMD` or `CMD-SHELL` with its arguments.
    package var test: [String] {
        switch command {
        case nil: ["NONE"]
        case .exec(let words): ["CMD"] + words
        case .shell(let text): ["CMD-SHELL", text]
        }
    }
}
