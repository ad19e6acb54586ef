internal import Dockerfile
package import OCI

/// Instructions of a Dockerfile that change how containers of an image are run, as `--change` of `commit` and `import`
/// takes them: `CMD`, `ENTRYPOINT`, `ENV`, `EXPOSE`, `HEALTHCHECK`, `LABEL`, `ONBUILD`, `STOPSIGNAL`, `USER`, `VOLUME` and
/// `WORKDIR`.
package struct ConfigurationChanges: Sendable {
    private let file: ParsedDockerfile

    /// - Throws: `.stepInvalid` for an invalid instruction, or one that changes files.
    package init(_ texts: [String]) throws(BuildError) {
        let source = DockerfileSource(name: "--change", text: (["FROM scratch"] + texts).joined(separator: "\n"))
        do throws(DockerfileError) {
            file = try ParsedDockerfile(parsing: source)
        } catch {
            throw Self.failure(error)
        }
        for instruction in file.stages[0].instructions where Self.changesFiles(instruction) {
            throw BuildError(
                .stepInvalid,
                "`\(instruction.text)` cannot be a --change: it is for files. Instructions of the configuration can, such as "
                    + "CMD, ENV or USER.")
        }
        guard file.stages.count == 1 else {
            throw BuildError(.stepInvalid, "FROM cannot be a --change: the image is what is changed.")
        }
    }

    /// The configuration with the changes.
    package func applied(
        to configuration: OCI.ImageConfiguration
    ) throws(BuildError) -> OCI.ImageConfiguration.Execution {
        let base = Dockerfile.ImageConfiguration(configuration)
        var result = StageConfiguration(base: base)
        var hasCommand = false
        do throws(DockerfileError) {
            let platform = BuildPlatform(architecture: configuration.platform.architecture)
            let global = try GlobalScope(
                file, arguments: BuildArguments(values: [:], buildPlatform: platform, targetPlatform: platform))
            var scope = StageScope(environment: base.environment, global: global)
            for instruction in file.stages[0].instructions {
                let step = try scope.expand(instruction)
                result.apply(step, scope: scope)
                scope.apply(step)
                if case .cmd = step.action { hasCommand = true }
            }
        } catch {
            throw Self.failure(error)
        }
        return OCI.ImageConfiguration.Execution(
            result.image, base: configuration.config, labels: [:], hasCommand: hasCommand)
    }

    private static func changesFiles(_ instruction: Instruction) -> Bool {
        switch instruction.kind {
        case .run, .copy, .add: true
        default: false
        }
    }

    private static func failure(_ error: DockerfileError) -> BuildError {
        BuildError(
            .stepInvalid, error.diagnostics.map { $0.message }.joined(separator: "; "), cause: error)
    }
}
