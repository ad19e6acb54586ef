package import Containers
internal import Images
internal import LinuxSystem
package import Store
internal import SystemPackage

/// What commands work with on this host: directories, records, images and the OCI runtime.
package struct Host: Sendable {
    package let layout: Layout
    package let durable: DurableStore
    package let runtime: RuntimeStore
    package let images: ImageLibrary
    package let facts: HostFacts
    private let runtimeName: String?
    private let searchPath: String

    /// Opens the stores, making their directories when missing.
    ///
    /// - Throws: `EngineError.unsupportedHost` without the privilege to use them.
    package init(layout: Layout, request: ProjectRequest, settings: Settings) throws {
        self.layout = layout
        runtimeName = request.runtime ?? settings.runtime
        // Runtimes and tools of administration lie in directories that a user's PATH may lack.
        searchPath = (request.processEnvironment["PATH"] ?? "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
        try Self.createDirectories(layout)
        durable = try DurableStore(path: layout.durableDatabase.string)
        runtime = try RuntimeStore(path: layout.runtimeDatabase.string, bootID: try ProcessFacts.bootID())
        images = try ImageLibrary(
            ImageStore(
                layout.images, limits: settings.limits ?? ExtractionLimits(),
                remote: RemoteProgram(
                    registries: settings.registries, forbiddenBy: request.isOffline ? "--offline" : nil
                ) { try Installation().remoteProgram() }),
            durable)
        facts = try HostFacts.observe()
    }

    private static func createDirectories(_ layout: Layout) throws(EngineError) {
        let wanted: [(FilePath, UInt32)] = [
            (layout.state, 0o711), (layout.run, 0o711), (layout.locks, 0o700),
        ]
        for (path, mode) in wanted {
            do throws(SystemError) {
                try Files.createDirectory(path, mode: mode)
            } catch {
                let isForbidden = error.errno == .permissionDenied || error.errno == .notPermitted
                let remedy = isForbidden ? " Trice needs root at the moment; try again with sudo." : ""
                throw EngineError(
                    .unsupportedHost, "\(error.subject) cannot be made: \(error.errno).\(remedy)", causes: [error])
            }
        }
    }

    /// The runtime that new containers use.
    ///
    /// - Throws: `EngineError.unsupportedHost` when there is none of that name, or none at all.
    package func chosenRuntime() throws -> RuntimeFacts {
        if let runtimeName {
            if let found = try facts(of: runtimeName) { return found }
            throw EngineError(
                .unsupportedHost, "The runtime `\(runtimeName)` is not installed. Install it, or leave --runtime out.")
        }
        for name in ["crun", "runc"] {
            if let found = try facts(of: name) { return found }
        }
        throw EngineError(
            .unsupportedHost,
            "No OCI runtime is installed; neither crun nor runc was found. Install one: apt install crun")
    }

    package func facts(of runtime: String) throws -> RuntimeFacts? {
        try RuntimeFacts.observe(runtime, searchPath: searchPath, cache: layout.cache)
    }

    /// The driver of a runtime, with a state directory of its own.
    package func driver(for runtime: RuntimeFacts) -> any OCIRuntime {
        let name = runtime.path.lastComponent?.string ?? "runtime"
        return runtime.runtime(root: layout.runtimeRoot(name), on: facts)
    }

    /// The driver of the runtime that a container was made with.
    package func driver(named program: String) throws -> any OCIRuntime {
        guard let found = try facts(of: program) else {
            throw EngineError(
                .unsupportedHost,
                "The runtime `\(program)`, with which containers of this environment were made, is gone. "
                    + "Install it again.")
        }
        return driver(for: found)
    }
}
