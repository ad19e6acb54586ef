package import Clusters
internal import Envfile
package import Export
package import Workspaces

/// The engines that an environment can be written for.
package enum ExportForm: Sendable {
    case kubernetes, stack, quadlet, compose
}

/// `export` for other engines.
extension Engine {
    /// The environment in a form, with all that is lost; nothing is written.
    ///
    /// - Throws: `EnvfileError` for a lock that cannot be read, `EngineError` for a name that no registry can have.
    package func export(
        _ project: Project, as form: ExportForm, _ options: ExportOptions, _ choice: RegistryChoice
    ) throws -> ExportResult {
        let request = try ProjectExport(context, project).request(options, choice)
        var result =
            switch form {
            case .kubernetes: KubernetesExport.export(request)
            case .stack: StackExport.export(request)
            case .quadlet: QuadletExport.export(request)
            case .compose: ComposeExport.export(request)
            }
        if options.secrets == .sops { result.encryptsSecrets = true }
        return result
    }

    /// The stream, with secrets encrypted where they are to be.
    package func encryptedStream(of result: ExportResult, _ project: Project) throws -> String {
        guard result.encryptsSecrets else { return result.stream }
        let directory = project.environment.directory
        let encryption = SecretEncryption(context, directory: directory)
        let texts = try result.objects.map { object in
            guard object.isSecret else { return object.text }
            return try encryption.encrypted(object.text, as: "\(directory)/\(object.file).yaml")
        }
        return KubernetesExport.stream(of: texts)
    }

    /// Writes the files into a directory.
    ///
    /// - Returns: their paths relative to it.
    package func writeExport(_ result: ExportResult, _ project: Project, into directory: String) throws -> [String] {
        var files = result.files
        if result.encryptsSecrets {
            let encryption = SecretEncryption(context, directory: project.environment.directory)
            for index in files.indices where files[index].isSecret {
                let text = try encryption.encrypted(files[index].text, as: "\(directory)/\(files[index].path)")
                files[index].content = Array(text.utf8)
            }
        }
        return try ExportOutput(directory).write(files)
    }
}
