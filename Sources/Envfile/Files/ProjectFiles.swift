/// The options that select the files of a project.
package struct ProjectFilesRequest: Sendable {
    /// `-f`, as given; `-` is standard input.
    package var files: [String]
    /// `--env-file`, as given.
    package var environmentFiles: [String]
    /// `--project-directory`, as given.
    package var projectDirectory: String?
    /// The base of relative options; absolute.
    package var workingDirectory: String
    package var processEnvironment: [String: String]

    package init(
        files: [String] = [], environmentFiles: [String] = [], projectDirectory: String? = nil,
        workingDirectory: String, processEnvironment: [String: String]
    ) {
        self.files = files
        self.environmentFiles = environmentFiles
        self.projectDirectory = projectDirectory
        self.workingDirectory = workingDirectory
        self.processEnvironment = processEnvironment
    }

    func absolute(_ path: String) -> String {
        path == FileContents.standardInput ? path : HostPath.absolute(path, in: workingDirectory)
    }
}

/// The files of a project, all absolute.
package struct ProjectFiles: Sendable, Equatable {
    /// Later ones are merged on top; `-` is standard input.
    package var files: [String]
    /// The project directory.
    package var directory: String
    /// Files of variables, later ones over earlier ones.
    package var environmentFiles: [String]
    /// Whether those were not asked for and may be missing.
    package var environmentFilesAreDefault: Bool
}

extension EnvfileLocator {
    /// Selects the files of a project.
    ///
    /// The given files, else those of `TRICE_FILE` or `COMPOSE_FILE` (in the environment, then in `.env` of the working
    /// directory), else the nearest Envfile with the file that is merged over it. The project directory is the given
    /// one, else that of the first file.
    ///
    /// - Throws: as `locate(from:)`.
    package func locate(_ request: ProjectFilesRequest) throws(EnvfileError) -> ProjectFiles {
        let given = request.projectDirectory.flatMap { $0.isEmpty ? nil : request.absolute($0) }
        var files = request.files.map(request.absolute)
        let start = given ?? Self.directory(of: files) ?? HostPath.absolute(request.workingDirectory, in: "/")
        let asked = Self.askedEnvironmentFiles(request)
        let defaults = HostPath.absolute(".env", in: start)
        var isNamedByVariable = false
        if files.isEmpty {
            files = named(request, in: asked ?? [defaults])
            isNamedByVariable = !files.isEmpty
        }
        if files.isEmpty, request.workingDirectory.unicodeScalars.contains("\u{FFFD}"), readFile(start) == .absent {
            throw EnvfileError(
                code: .unreadable,
                message: "The name of the working directory is not UTF-8 (\(start)), so no file can be found from it. "
                    + "Rename the directory.")
        }
        if files.isEmpty {
            let file = try locate(from: start)
            files = [file]
            if let override = try override(of: file) { files.append(override) }
        }
        let directory = given ?? Self.directory(of: files) ?? start
        var environmentFiles = asked ?? [HostPath.absolute(".env", in: directory)]
        // The `.env` that names the files is the project's too, and the nearer one.
        if asked == nil, isNamedByVariable, directory != start { environmentFiles.append(defaults) }
        return ProjectFiles(
            files: files, directory: directory, environmentFiles: environmentFiles,
            environmentFilesAreDefault: asked == nil)
    }

    private static func directory(of files: [String]) -> String? {
        files.first { $0 != FileContents.standardInput }.map(HostPath.parent)
    }

    private static func askedEnvironmentFiles(_ request: ProjectFilesRequest) -> [String]? {
        if !request.environmentFiles.isEmpty { return request.environmentFiles.map(request.absolute) }
        guard let text = request.processEnvironment["COMPOSE_ENV_FILES"], !text.isEmpty else { return nil }
        return text.split(separator: ",").map { request.absolute(String($0)) }
    }

    /// The files that a variable names.
    private func named(_ request: ProjectFilesRequest, in environmentFiles: [String]) -> [String] {
        let process = request.processEnvironment
        var variables = Variables(process: process)
        if process["TRICE_FILE"] == nil, process["COMPOSE_FILE"] == nil {
            for path in environmentFiles {
                // Problems of a file of variables are reported when the loader reads it.
                guard case .bytes(let bytes) = readFile(path) else { continue }
                variables = DotEnv.read(
                    SourceFile(path: path, bytes: bytes), after: variables, outer: Variables(process: process),
                    report: DiagnosticCollector())
            }
        }
        let text = variables.value("TRICE_FILE") ?? variables.value("COMPOSE_FILE") ?? ""
        let separator = variables.value("COMPOSE_PATH_SEPARATOR").flatMap { $0.isEmpty ? nil : $0 } ?? ":"
        return Self.split(text, by: separator).map(request.absolute)
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        var parts: [String] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return (parts + [String(rest)]).filter { !$0.isEmpty }
    }
}
