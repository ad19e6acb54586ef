internal import Envfile
package import LinuxSystem
internal import Store
internal import SystemPackage
package import Vocabulary

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
    ///
    /// A project whose directory was moved keeps the environment that it had.
    package func project(selecting services: [String]) throws -> Project {
        var project = try Project.load(request, selecting: services)
        if request.projectName == nil, let former = try formerIdentity(of: project) { project.id = former }
        if Files.exists(layout.automaticPorts(of: project.id)) { project.correctPorts() }
        return project
    }

    /// Opens the stores of this host.
    package func host() throws -> Host {
        try Host(layout: layout, request: request, settings: settings)
    }

    /// The lock that one command at a time holds to change an environment; its supervisor then has all features.
    package func lock(_ workspace: Workspace, _ sink: any EventSink) throws -> FileLock {
        let lock = try acquireLock(of: workspace, sink)
        try workspace.replaceOutdatedSupervisor()
        try workspace.resumePaused()
        return lock
    }

    /// Resumes what a killed `commit` left paused; does nothing while a command changes the environment.
    package func resumePaused(_ container: ContainerID, of id: EnvironmentID) throws {
        guard Files.exists(layout.pauseMark("\(container)", of: id)),
            let lock = try FileLock.attempt(layout.lock(of: id))
        else { return }
        try Workspace(id: id, host: try host()).resumePaused()
        _ = consume lock
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
        if let name = request.projectName { return EnvironmentID(recorded: name) }
        let files = try request.locate()
        let suffix = EnvironmentID.suffix(of: FilePath(files.directory))
        let found = try Files.names(in: layout.environments).filter { $0.hasSuffix(suffix) }
        guard found.count == 1, arePlainly(files, named: found[0].dropLast(suffix.count)) else { return nil }
        return EnvironmentID(recorded: found[0])
    }

    /// Whether files give their project this name, as far as it can be seen without reading all of them as YAML.
    private func arePlainly(_ files: ProjectFiles, named name: Substring) -> Bool {
        guard request.processEnvironment[Self.nameVariable] == nil else { return false }
        for file in files.environmentFiles {
            // What is missing names nothing, and what cannot be read is for the loader to judge.
            if let text = (try? Files.text(FilePath(file))) ?? nil, text.contains(Self.nameVariable) { return false }
        }
        var written = ProjectName.ofDirectory(files.directory)
        for file in files.files {
            // What cannot be read is for the loader to judge.
            guard let text = (try? Files.text(FilePath(file))) ?? nil else { return false }
            let key = "name:"
            guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix(key) }) else { continue }
            let value = line.dropFirst(key.count).drop(while: \.isWhitespace)
            written = String(value.reversed().drop { $0.isWhitespace }.reversed())
        }
        return written == String(name)
    }

    private static let nameVariable = "COMPOSE_PROJECT_NAME"

    /// Which environment a command is about, also when its Envfile has become unreadable since it came up.
    package func identity(sink: any EventSink) throws -> EnvironmentTarget {
        do {
            let project = try project(selecting: [])
            return EnvironmentTarget(id: project.id, project: project)
        } catch let error as EnvfileError {
            guard let id = try recordedIdentity() else { throw error }
            let reason = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
            sink.note("the Envfile cannot be used (\(reason)); going by what is up", isWarning: true)
            return EnvironmentTarget(id: id, project: nil)
        }
    }

    /// The environment that the project's directory had under its former path; `nil` when it was not moved.
    private func formerIdentity(of project: Project) throws -> EnvironmentID? {
        guard !Files.exists(layout.environmentRun(project.id)), Files.exists(layout.durableDatabase) else { return nil }
        let store: DurableStore
        do throws(StoreError) {
            store = try DurableStore(path: layout.durableDatabase.string)
        } catch {
            // Commands that only read the Envfile need no records.
            return nil
        }
        if try store.environment(id: project.id) != nil { return nil }
        let environment = project.environment
        let directory = FilePath(environment.directory)
        let moved = try store.environments().filter { $0.isFormer(of: environment.name, in: directory) }
        return moved.count == 1 ? moved[0].id : nil
    }

    /// The environment that was brought up from this directory, by its record.
    private func recordedIdentity() throws -> EnvironmentID? {
        guard Files.exists(layout.durableDatabase) else { return nil }
        let records = try DurableStore(path: layout.durableDatabase.string).environments()
        if let name = request.projectName {
            if let record = records.first(where: { $0.id.text == name }) { return record.id }
            // The name that the Envfile had will do as well, where only one environment has it; first of those that are up.
            let named = records.filter { $0.name == name }
            let up = named.filter { Files.exists(layout.environmentRun($0.id)) }
            let found = up.isEmpty ? named : up
            return found.count == 1 ? found[0].id : nil
        }
        var directory = FilePath(request.workingDirectory)
        if let given = request.projectDirectory {
            directory = directory.pushing(FilePath(given))
        } else if let file = request.files.first(where: { $0 != FileContents.standardInput }) {
            directory = directory.pushing(FilePath(file)).removingLastComponent()
        }
        while true {
            let found = records.filter { $0.directory == directory.string }
            if found.count == 1 { return found[0].id }
            if directory.components.isEmpty { return nil }
            directory.removeLastComponent()
        }
    }
}
