internal import Envfile
internal import LinuxSystem
internal import SystemPackage
internal import Vagrantfile
package import Workspaces

/// `trice init --from Vagrantfile`: an Envfile beside a Vagrantfile, as far as that has an equal; no Ruby is run.
package struct VagrantImport: Sendable {
    /// More bytes than this are no Vagrantfile.
    private static let maximumSize = 1 << 20

    /// What was written, and what was not.
    package struct Outcome: Sendable {
        /// The Envfile's absolute path.
        package var file: String
        /// Such as ``Vagrantfile, line 7: `config.vm.guest = :linux`: …``.
        package var leftOut: [String]
    }

    private let request: ProjectRequest
    private let source: ImportSource
    private let schema: SchemaLine

    /// - Parameter file: as the user names it.
    /// - Returns: `nil` for a file that is no Vagrantfile, by its name and by what it says.
    package init?(_ request: ProjectRequest, from file: String) throws {
        self.request = request
        source = ImportSource(file, request)
        schema = SchemaLine(
            besideTemplates: try Installation().templates(processEnvironment: request.processEnvironment))
        if source.name.lowercased().hasPrefix("vagrantfile") { return }
        // What cannot be read is reported by whoever reads it.
        guard let bytes = try? Files.readRegular(source.file, limit: Self.maximumSize),
            VagrantConversion.isVagrantfile(String(decoding: bytes, as: UTF8.self))
        else { return nil }
    }

    /// Writes the Envfile, which `trice validate` takes; what it would not take is among what is told.
    ///
    /// - Throws: `EngineError` when the file cannot be read or says no machine, and when an Envfile is there already.
    ///   Nothing was written then.
    package func write() throws -> Outcome {
        try source.requireNoEnvfile()
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readRegular(source.file, limit: Self.maximumSize)
        } catch {
            throw EngineError(
                .template, "`\(source.file)` cannot be read: \(error.errno). Name a Vagrantfile. Nothing was written.",
                causes: [error])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw EngineError(
                .template,
                "`\(source.file)` is not UTF-8. Convert it first, such as with iconv(1). Nothing was written.")
        }
        let conversion = VagrantConversion(
            text, named: source.name, comments: [schema.text].compactMap(\.self), host: entry)
        var leftOut = conversion.leftOut.map { "\(source.name), \($0.description)" }
        guard !conversion.services.isEmpty else {
            let said = leftOut.prefix(20).map { "\n  " + $0 }.joined()
            throw EngineError(
                .template,
                "`\(source.file)` says no machine that can be read without running Ruby. Nothing was written.\(said)")
        }
        leftOut += check(conversion.envfile)
        try Files.write(Array(conversion.envfile.utf8), to: source.envfile, keepsUmask: true)
        return Outcome(file: source.envfile.string, leftOut: leftOut)
    }

    /// What is at a path of the Vagrantfile.
    private func entry(_ path: String) -> HostEntry {
        var place = source.directory.pushing(FilePath(path))
        if path.hasPrefix("~/"), let home = request.processEnvironment["HOME"] {
            place = FilePath(home).pushing(FilePath(String(path.dropFirst(2))))
        }
        // What cannot be looked at is as good as missing.
        guard let found: Files.Status = try? Files.status(place, followingLinks: true) else { return .missing }
        return found.kind == .directory ? .directory : .file
    }

    /// What `validate` will say of the text.
    private func check(_ envfile: String) -> [String] {
        let path = source.envfile.string
        let loader = Loader(
            processEnvironment: request.processEnvironment,
            readFile: { $0 == path ? .bytes(Array(envfile.utf8)) : FileContents.read($0) })
        do throws(EnvfileError) {
            _ = try loader.load(files: [path], profiles: ["*"])
            return []
        } catch {
            return error.diagnostics.map(\.inOneLine)
        }
    }
}
