internal import Builder
internal import Envfile
package import Workspaces

extension ImageBuilds {
    /// A failure of a build with the place in the Envfile of the key that it is about.
    func located(_ error: any Error) -> any Error {
        guard var failure = error as? BuildError, let subject = failure.subject, let place = place(of: subject) else {
            return error
        }
        failure.message = "\(place.file):\(place.line):\(place.column): \(subject.path): \(failure.message)"
        return failure
    }

    /// Where the Envfile says the key of a build that is the subject of a failure.
    private func place(of subject: BuildError.Subject) -> ValueHistory.Step? {
        // What the Envfile says has been read before; should it be gone by now, the failure itself says enough.
        guard let files = try? request.locate(),
            let inspection = try? Loader(processEnvironment: request.processEnvironment).inspect(
                files: files.files, projectDirectory: files.directory, projectName: request.projectName,
                options: LoadOptions().reading(files))
        else { return nil }
        return inspection.place(of: subject.path)
    }

    /// Looks whether the contexts and Dockerfiles of a project that are on this machine can be built. Nothing is changed.
    ///
    /// - Throws: `EnvfileError` with a place for each that cannot.
    package func checkSources(of project: Project) throws {
        let found = try Builder.problems(of: buildRequests(project)).map { failure in
            let place = failure.subject.flatMap(place)
            return Diagnostic(
                severity: .error, file: place?.file ?? project.file, line: place?.line ?? 1, column: place?.column ?? 1,
                path: failure.subject?.path ?? "", message: failure.message)
        }
        guard found.isEmpty else {
            throw EnvfileError(
                code: .invalid, message: "\(project.file) says what cannot be built.", diagnostics: found)
        }
    }
}

extension BuildError.Subject {
    /// The path of the key in an Envfile.
    fileprivate var path: String { "services.\(build).build.\(key)" }
}

extension Project {
    /// Refuses what the Envfile says of builds and no build can do.
    func checkBuilds() throws {
        let own = unsupported.filter { $0.path.contains(".build.") }
        guard own.isEmpty else {
            throw EnvfileError(
                code: .unsupported, message: "\(file) says what cannot be built.", diagnostics: own)
        }
    }
}
