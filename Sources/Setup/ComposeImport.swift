internal import Envfile
internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// `trice init --from compose.yaml`: an Envfile beside a Compose file that means the same.
///
/// The text stays the author's own, with its comments; `ComposeText` says what is added. The result is written only
/// when it was read back and describes the same environment.
package struct ComposeImport: Sendable {
    /// How the import appears among the templates.
    package static let template = Templates.Entry(
        name: "compose-import",
        summary: "An Envfile from the Compose file that is here, with the same meaning (--from FILE names another).")

    /// What was written, and what the user should know about it.
    package struct Outcome: Sendable {
        /// The Envfile's absolute path.
        package var file: String
        package var warnings: [String]
    }

    private let request: ProjectRequest
    private let schema: SchemaLine

    package init(_ request: ProjectRequest) throws {
        self.request = request
        schema = SchemaLine(
            besideTemplates: try Installation().templates(processEnvironment: request.processEnvironment))
    }

    /// Writes the Envfile.
    ///
    /// - Parameter file: the Compose file as the user names it; `nil` means the one in the working directory.
    /// - Throws: `EnvfileError` with every problem of the Compose file, `EngineError` when there is no Compose file or an Envfile is
    ///   there already. Nothing was written then.
    package func write(from file: String?) throws -> Outcome {
        let place = ImportSource(try file ?? found(), request)
        try place.requireNoEnvfile()
        let source = place.file
        let override = try override(of: source)
        let original = try load(source, override)
        let (target, local) = (place.envfile, place.local)
        // The loader has taken the file: it is there, and it is UTF-8.
        let text = ComposeText(
            try Files.text(source) ?? "", name: source.lastComponent?.string ?? "", schemaLine: schema.text)
        let envfile = try [text.envfile(liftingExtras: true), text.envfile(liftingExtras: false)].first {
            try meansTheSame($0, as: original.environment, at: target, with: override.map { (local, $0) })
        }
        guard let envfile else {
            throw EngineError(
                .template,
                "\(source) is written in a form that cannot be taken over as it stands. Rename it to `Envfile` and add the line `compat: compose`. Nothing was written."
            )
        }
        if let override { try Files.write(try Files.read(override), to: local, keepsUmask: true) }
        try Files.write(Array(envfile.utf8), to: target, keepsUmask: true)
        var warnings = original.warnings.map(\.inOneLine)
        if let override {
            warnings.append(
                "`\(override.lastComponent?.string ?? "")` is now `\(EnvfileLocator.localNames[0])`, which is merged over "
                    + "the Envfile.")
        }
        return Outcome(file: target.string, warnings: warnings)
    }

    /// The Compose file of the working directory.
    private func found() throws(EngineError) -> String {
        let names = EnvfileLocator.names.filter { EnvfileLocator.dialect(ofFile: $0) == .compose }
        guard let name = names.first(where: { Files.exists(ImportSource($0, request).file) }) else {
            throw EngineError(
                .template, "There is no Compose file here. Name it: trice init --from FILE (or go where it is).")
        }
        return name
    }
}

// MARK: - Reading

extension ComposeImport {
    /// Reads the Compose file, whatever its name, as Compose does, with the file that is merged over it; with every
    /// profile, so that all of it is looked at.
    private func load(_ source: FilePath, _ override: FilePath?) throws -> Loaded {
        if EnvfileLocator.dialect(ofFile: source.string) == .compose {
            return try Loader(processEnvironment: request.processEnvironment).load(
                files: [source.string] + [override?.string].compactMap(\.self), profiles: ["*"])
        }
        let name = source.string
        let alias = source.removingLastComponent().appending("compose-\(source.lastComponent?.string ?? "")").string
        let loader = Loader(
            processEnvironment: request.processEnvironment,
            readFile: { FileContents.read($0 == alias ? name : $0) })
        do throws(EnvfileError) {
            var loaded = try loader.load(files: [alias], profiles: ["*"])
            loaded.warnings = loaded.warnings.map { $0.naming(name, insteadOf: alias) }
            return loaded
        } catch {
            throw error.naming(name, insteadOf: alias)
        }
    }

    /// - Parameter local: the file that will be merged over the Envfile, and what it is now.
    private func meansTheSame(
        _ envfile: String, as environment: Environment, at target: FilePath, with local: (FilePath, FilePath)?
    ) throws -> Bool {
        let path = target.string
        let other = local.map { (path: $0.0.string, source: $0.1.string) }
        let loader = Loader(
            processEnvironment: request.processEnvironment,
            readFile: { asked in
                if asked == path { return .bytes(Array(envfile.utf8)) }
                return FileContents.read(asked == other?.path ? other?.source ?? asked : asked)
            })
        do throws(EnvfileError) {
            let files = [path] + [other?.path].compactMap(\.self)
            return try loader.load(files: files, profiles: ["*"]).environment == environment
        } catch {
            guard error.code == .invalid else { throw error }
            return false
        }
    }

    /// The file that Compose merges unasked over one of these names.
    private func override(of source: FilePath) throws -> FilePath? {
        guard let name = source.lastComponent, EnvfileLocator.names.contains(name.string) else { return nil }
        return try EnvfileLocator().override(of: source.string).map { FilePath($0) }
    }
}

extension Diagnostic {
    fileprivate func naming(_ name: String, insteadOf alias: String) -> Diagnostic {
        var renamed = self
        if file == alias { renamed.file = name }
        return renamed
    }
}

extension EnvfileError {
    fileprivate func naming(_ name: String, insteadOf alias: String) -> EnvfileError {
        EnvfileError(
            code: code, message: message.replacing(alias, with: name), cause: cause,
            diagnostics: diagnostics.map { $0.naming(name, insteadOf: alias) })
    }
}
