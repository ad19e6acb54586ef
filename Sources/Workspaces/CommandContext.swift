internal import Envfile
package import LinuxSystem
internal import Store
internal import SystemPackage

/// What every command begins with: what was asked, where things lie, and what the user has set.
package struct CommandContext: Sendable {
    package let request: ProjectRequest
    package let layout: Layout
    package let settings: Settings

    /// Reads the settings; opens nothing else.
    package init(_ request: ProjectRequest) throws {
        self.request = request
        layout = Layout(environment: request.processEnvironment, userID: request.userID)
        settings = try Settings.load(processEnvironment: request.processEnvironment)
    }

    /// The Envfile, with the services named by the user activated whatever their profiles.
    package func project(selecting services: [String]) throws -> Project {
        try Project.load(request, selecting: services)
    }

    /// Opens the stores of this host.
    package func host() throws -> Host {
        try Host(layout: layout, request: request, settings: settings)
    }

    /// The lock that one command at a time holds to change an environment; its supervisor then has all features.
    package func lock(_ workspace: Workspace, _ sink: any EventSink) throws -> FileLock {
        let lock = try acquireLock(of: workspace, sink)
        try workspace.replaceOutdatedSupervisor()
        return lock
    }

    private func acquireLock(of workspace: Workspace, _ sink: any EventSink) throws -> FileLock {
        let path = layout.lock(of: workspace.id)
        if let lock = try FileLock.attempt(path) { return lock }
        sink.note("waiting for another trice to finish with this environment", isWarning: false)
        return try FileLock(waitingFor: path)
    }
}

// MARK: - Which environment

extension CommandContext {
    /// The environment that is up from the nearest Envfile's directory, when it is the only one; found by names alone.
    package func environmentOfDirectory() throws -> EnvironmentID? {
        if let name = request.projectName { return EnvironmentID(text: name) }
        let suffix = EnvironmentID.suffix(of: FilePath(try request.locate().directory))
        let found = try Files.names(in: layout.environments).filter { $0.hasSuffix(suffix) }
        return found.count == 1 ? EnvironmentID(text: found[0]) : nil
    }

    /// Which environment a command is about, also when its Envfile has become unreadable since it came up.
    package func identity(sink: any EventSink) throws -> EnvironmentTarget {
        do {
            let project = try project(selecting: [])
            return EnvironmentTarget(id: project.id, project: project)
        } catch let error as EnvfileError {
            guard let id = try recordedIdentity() else { throw error }
            sink.note("the Envfile cannot be used (\(error.message)); going by what is up", isWarning: true)
            return EnvironmentTarget(id: id, project: nil)
        }
    }

    /// The environment that was brought up from this directory, by its record.
    private func recordedIdentity() throws -> EnvironmentID? {
        guard Files.exists(layout.durableDatabase) else { return nil }
        let records = try DurableStore(path: layout.durableDatabase.string).environments()
        if let name = request.projectName { return records.first { $0.id == name }.map { EnvironmentID(text: $0.id) } }
        var directory = FilePath(request.workingDirectory)
        if let given = request.projectDirectory {
            directory = directory.pushing(FilePath(given))
        } else if let file = request.files.first(where: { $0 != FileContents.standardInput }) {
            directory = directory.pushing(FilePath(file)).removingLastComponent()
        }
        while true {
            let found = records.filter { $0.directory == directory.string }
            if found.count == 1 { return EnvironmentID(text: found[0].id) }
            if directory.components.isEmpty { return nil }
            directory.removeLastComponent()
        }
    }
}
