internal import Containers
internal import Diagnostics
package import Envfile
internal import LinuxSystem
internal import SystemPackage
package import Vocabulary
package import Workspaces

/// Runs the commands of `post_start`, `pre_stop`, `pre_snapshot` and `sync+exec` inside a container that runs, one after the
/// other.
package struct ContainerHooks {
    let workspace: Workspace
    let id: ContainerID
    /// The key in the file, for messages.
    let name: String

    package init(workspace: Workspace, id: ContainerID, name: String) {
        self.workspace = workspace
        self.id = id
        self.name = name
    }

    /// How many of the last lines of a command are told.
    private static let shownLines = 5

    /// - Throws: `EngineError.hookFailed` for the first command that does not end with code 0; the others are not run.
    package func run(_ hooks: [LifecycleHook]) throws {
        for (index, hook) in hooks.enumerated() { try run(hook, number: index + 1, of: hooks.count) }
    }

    private func run(_ hook: LifecycleHook, number: Int, of count: Int) throws {
        guard var entry = EntryRecord(decoding: try Files.read(workspace.entryRecord(of: id))) else {
            throw EngineError(.planFailed, "The record of how to enter \(id) cannot be read.")
        }
        if hook.isPrivileged { entry = entry.privileged(workspace.host.facts.capabilities) }
        let user = try hook.user.map { try UserResolver(rootfs: workspace.rootfs(of: id)).resolve($0) }
        let variables = hook.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let document = try entry.document(
            for: ExecRequest(
                hook.command, workingDirectory: hook.workingDirectory, environment: variables, user: user))
        let directory = workspace.runDirectory(of: id)
        let files = LaunchFiles(
            pid: directory.appending("\(name)-\(number).pid"), log: directory.appending("\(name)-\(number).log"))
        try files.remove()
        var command = entry.command(document: document, files: files)
        command.descriptors[0] = NullDevice.descriptor
        command.descriptors[2] = nil
        command.startsSession = true
        let output = try ProcessOutput.of(command)
        _ = consume document
        let refusal = output.status.isSuccess ? nil : try Launcher(command, files: files).refusal()
        try files.remove()
        guard !output.status.isSuccess else { return }
        let step = count == 1 ? "`\(name)`" : "Step \(number) of `\(name)`"
        let words = hook.command.joined(separator: " ").visibleInLine
        let reason = refusal.map(\.words) ?? "it ended with code \(output.status.code)"
        throw EngineError(
            .hookFailed,
            "\(step) of service \(id.service) failed: `\(words)`: \(reason).\(Self.said(output))")
    }

    private static func said(_ output: ProcessOutput) -> String {
        let text = String(decoding: output.standardOutput + output.standardError, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).suffix(shownLines).map(String.init)
        return lines.isEmpty ? "" : lines.toldAtLast
    }
}
