internal import Builder
internal import Envfile
internal import Workspaces

extension ImageBuilds {
    /// A failure of a build with the place in the Envfile of the key that it is about.
    func located(_ error: any Error) -> any Error {
        // What the Envfile says has been read before; should it be gone by now, the failure itself says enough.
        guard var failure = error as? BuildError, let subject = failure.subject,
            let files = try? request.locate(),
            let inspection = try? Loader(processEnvironment: request.processEnvironment).inspect(
                files: files.files, projectDirectory: files.directory, projectName: request.projectName,
                options: LoadOptions().reading(files)),
            let place = inspection.place(of: "services.\(subject.build).build.\(subject.key)")
        else { return error }
        failure.message =
            "\(place.file):\(place.line):\(place.column): services.\(subject.build).build.\(subject.key): "
            + failure.message
        return failure
    }
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
