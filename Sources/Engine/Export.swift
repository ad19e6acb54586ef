package import Clusters
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
    package func encryptedStream(of result: ExportResult) throws -> String {
        guard result.encryptsSecrets else { return result.stream }
        let encryption = SecretEncryption(context)
        let texts = try result.objects.map { $0.isSecret ? try encryption.encrypted($0.text) : $0.text }
        return KubernetesExport.stream(of: texts)
    }

    /// Writes the files into a directory.
    ///
    /// - Returns: their paths relative to it.
    package func writeExport(_ result: ExportResult, into directory: String) throws -> [String] {
        var files = result.files
        if result.encryptsSecrets {
            let encryption = SecretEncryption(context)
            for index in files.indices where files[index].isSecret {
                files[index].content = Array(try encryption.encrypted(files[index].text).utf8)
            }
        }
        return try ExportOutput(directory).write(files)
    }
}
