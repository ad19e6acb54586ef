internal import Envfile
internal import LinuxSystem
internal import SystemPackage

/// `trice init --from compose.yaml`: an Envfile beside a Compose file that means the same.
///
/// The text stays the author's own, with its comments; `ComposeText` says what is added. The result is written only
/// when it was read back and describes the same environment.
public struct ComposeImport: Sendable {
    /// How the import appears among the templates.
    public static let template = Templates.Entry(
        name: "compose-import",
        summary: "An Envfile from the Compose file that is here, with the same meaning (--from FILE names another).")

    /// What was written, and what the user should know about it.
    public struct Outcome: Sendable {
        /// The Envfile's absolute path.
        public var file: String
        public var warnings: [String]
    }

    private let request: ProjectRequest
    private let schema: SchemaLine

    public init(_ request: ProjectRequest) throws {
        self.request = request
        schema = SchemaLine(
            besideTemplates: try Installation().templates(processEnvironment: request.processEnvironment))
    }

    /// Writes the Envfile.
    ///
    /// - Parameter file: the Compose file as the user names it; `nil` means the one in the working directory.
    /// - Throws: `EnvfileError` with every problem of the Compose file, `EngineError` when there is none or an Envfile is
    ///   there already. Nothing was written then.
    public func write(from file: String?) throws -> Outcome {
        let source = try file.map(absolute) ?? found()
        let directory = source.removingLastComponent()
        for name in EnvfileLocator.names where EnvfileLocator.dialect(ofFile: name) == .trice {
            guard Files.exists(directory.appending(name)) else { continue }
            throw EngineError(
                .template, "`\(name)` is already here; `init` never writes over a file. Nothing was written.")
        }
        let original = try load(source)
        let target = directory.appending("Envfile")
        // The loader has taken the file: it is there, and it is UTF-8.
        let text = ComposeText(
            try Files.text(source) ?? "", name: source.lastComponent?.string ?? "", schemaLine: schema.text)
        let envfile = try [text.envfile(liftingExtras: true), text.envfile(liftingExtras: false)].first {
            try meansTheSame($0, as: original.environment, at: target)
        }
        guard let envfile else {
            throw EngineError(
                .template,
                "\(source) is written in a form that cannot be taken over as it stands. Rename it to `Envfile` and add the line `compat: compose`. Nothing was written."
            )
        }
        try Files.write(Array(envfile.utf8), to: target, keepsUmask: true)
        return Outcome(file: target.string, warnings: original.warnings.map(\.inOneLine) + overrides(of: source))
    }

    private func absolute(_ path: String) -> FilePath {
        let file = FilePath(request.workingDirectory).pushing(FilePath(path))
        guard let name = file.lastComponent, let directory = file.removingLastComponent().resolved() else {
            return file
        }
        return directory.appending(name)
    }

    /// The Compose file of the working directory.
    private func found() throws(EngineError) -> FilePath {
        let names = EnvfileLocator.names.filter { EnvfileLocator.dialect(ofFile: $0) == .compose }
        guard let name = names.first(where: { Files.exists(absolute($0)) }) else {
            throw EngineError(
                .template, "There is no Compose file here. Name it: trice init --from FILE (or go where it is).")
        }
        return absolute(name)
    }
}

// MARK: - Reading

extension ComposeImport {
    /// Reads the Compose file, whatever its name, as Compose does; with every profile, so that all of it is looked at.
    private func load(_ source: FilePath) throws -> Loaded {
        if EnvfileLocator.dialect(ofFile: source.string) == .compose {
            return try Loader(processEnvironment: request.processEnvironment).load(
                files: [source.string], profiles: ["*"])
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

    private func meansTheSame(_ envfile: String, as environment: Environment, at target: FilePath) throws -> Bool {
        let path = target.string
        let loader = Loader(
            processEnvironment: request.processEnvironment,
            readFile: { $0 == path ? .bytes(Array(envfile.utf8)) : FileContents.read($0) })
        do throws(EnvfileError) {
            return try loader.load(files: [path], profiles: ["*"]).environment == environment
        } catch {
            guard error.code == .invalid else { throw error }
            return false
        }
    }

    /// Compose merges these unasked; beside an Envfile they are not looked at.
    private func overrides(of source: FilePath) -> [String] {
        guard let name = source.lastComponent, EnvfileLocator.names.contains(name.string) else { return [] }
        let stem = name.stem
        return ["\(stem).override.yaml", "\(stem).override.yml"].filter {
            Files.exists(source.removingLastComponent().appending($0))
        }.map { "\($0) is not merged into an Envfile; what is in it belongs into `Envfile.local`" }
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
