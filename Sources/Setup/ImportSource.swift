internal import Envfile
internal import LinuxSystem
internal import SystemPackage
internal import Workspaces

/// A file that an Envfile is made from, and the place of that Envfile beside it.
struct ImportSource {
    /// Absolute.
    let file: FilePath

    /// - Parameter path: as the user names it.
    init(_ path: String, _ request: ProjectRequest) {
        let whole = FilePath(request.workingDirectory).pushing(FilePath(path))
        guard let name = whole.lastComponent, let directory = whole.removingLastComponent().resolved() else {
            file = whole
            return
        }
        file = directory.appending(name)
    }

    var name: String { file.lastComponent?.string ?? "" }
    var directory: FilePath { file.removingLastComponent() }
    var envfile: FilePath { directory.appending("Envfile") }
    var local: FilePath { directory.appending(EnvfileLocator.localNames[0]) }

    /// - Throws: `EngineError` when the directory has an Envfile already.
    func requireNoEnvfile() throws(EngineError) {
        let own = EnvfileLocator.names.filter { EnvfileLocator.dialect(ofFile: $0) == .trice }
        for name in own + EnvfileLocator.localNames where Files.exists(directory.appending(name)) {
            throw EngineError(
                .template, "`\(name)` is already here; `init` never writes over a file. Nothing was written.")
        }
    }
}
