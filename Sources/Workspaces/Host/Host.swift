package import Containers
internal import Images
package import LinuxSystem
package import Store
internal import SystemPackage
package import Vocabulary

/// What commands work with on this host: directories, records, images and the OCI runtime.
package struct Host: Sendable {
    package let layout: Layout
    package let durable: DurableStore
    package let runtime: RuntimeStore
    package let images: ImageLibrary
    package let facts: HostFacts
    /// Ranges of the settings that subnets come from; `nil` lets Trice choose.
    package let addressPools: [IPv4Network]?
    /// The host ports of the settings for what may be any; `nil` lets Trice choose.
    package let usablePortRange: PortRange?
    /// How many bytes seeds of volumes may have altogether.
    package let seedLimit: Int64
    private let runtimeName: String?
    /// Where this host's programs are looked up.
    package let programs: ProgramSearch

    private static let usualSeedLimit: Int64 = 5 << 30

    /// The host ports for what may be any. Where the kernel hands out ports by itself they would be gone sooner or later.
    package var usablePorts: [Port] {
        usablePortRange.map { Array($0) } ?? (20_000...32_000).compactMap { Port(exactly: $0) }
    }

    /// Opens the stores, making their directories when missing.
    ///
    /// - Throws: `EngineError.unsupportedHost` without the privilege to use them.
    package init(layout: Layout, request: ProjectRequest, settings: Settings) throws {
        self.layout = layout
        runtimeName = request.runtime ?? settings.runtime
        addressPools = settings.addressPools
        usablePortRange = settings.usablePortRange
        seedLimit = settings.seedLimit.map { Int64(clamping: $0.rawValue) } ?? Self.usualSeedLimit
        programs = ProgramSearch(path: request.processEnvironment["PATH"])
        try Self.createDirectories(layout)
        durable = try DurableStore(path: layout.durableDatabase.string)
        runtime = try RuntimeStore(
            path: layout.runtimeDatabase.string, bootID: try ProcessFacts.bootID(),
            forgetting: { try Self.removeEarlierBoot(layout) })
        var store = try ImageStore(
            layout.images, limits: settings.limits ?? ExtractionLimits(),
            remote: RemoteProgram(
                registries: settings.registries, forbiddenBy: request.isOffline ? "--offline" : nil
            ) { try Installation().remoteProgram() },
            additional: settings.additionalStores ?? [])
        store.debianSnapshots = settings.debianSnapshots
        images = try ImageLibrary(store, durable)
        facts = try HostFacts.observe()
    }

    /// Removes what a run directory that is not in memory has of the time before the machine restarted: bundles and the
    /// runtime's records would be taken for those of containers with the same names.
    private static func removeEarlierBoot(_ layout: Layout) throws {
        // A mount says that the kernel has not restarted, whatever its boot id.
        guard try Mounts.list(below: layout.run).allSatisfy({ $0 == layout.run }) else { return }
        for path in [layout.environments, layout.runtimes, layout.sharedNames] { try Files.removeTree(path) }
        try Files.remove(layout.hostSettings)
    }

    private static func createDirectories(_ layout: Layout) throws(EngineError) {
        // The namespaces of a user hide the owners of the host; the command has looked before it entered them.
        if !OutsideHost.isAway { try checkDirectories(of: layout) }
        let isNew = !Files.exists(layout.durableDatabase)
        for path in [layout.state, layout.run, layout.locks] {
            do throws(SystemError) {
                try Files.createDirectory(path, mode: 0o700)
                try PrivateDirectory.secure(path)
            } catch  where error.call == PrivateDirectory.check {
                throw Self.unsafe(path, error)
            } catch {
                let isForbidden = error.errno == .permissionDenied || error.errno == .notPermitted
                let remedy = isForbidden ? " \(OutsideHost.remedy)" : ""
                throw EngineError(
                    .unsupportedHost, "\(error.subject) cannot be made: \(error.errno).\(remedy)", causes: [error])
            }
        }
        if isNew, OutsideHost.isAway, !PrivateDirectory.hasUserAttributes(layout.state) {
            throw EngineError(
                .unsupportedHost,
                "The file system of `\(layout.state)` has no extended attributes (`user.*`), by which containers without root "
                    + "remember what they have removed of their images. Name a directory on another file system with "
                    + "XDG_DATA_HOME, or mount it with `user_xattr`.")
        }
    }

    private static func unsafe(_ path: FilePath, _ error: SystemError) -> EngineError {
        let what =
            error.subject == path.string
            ? "it is a link, belongs to another user or is open to all"
            : "`\(error.subject)` belongs to another user or is open to all"
        return EngineError(
            .unsupportedHost,
            "`\(path)` cannot be used: \(what), so that others could exchange what Trice keeps there. Remove it, or name "
                + "another directory with TRICE_STATE_DIRECTORY or TRICE_RUN_DIRECTORY.",
            causes: [error])
    }

    /// Looks whether the directories of a layout are absolute, and they and all above them safe from other users, before
    /// anything is made there.
    ///
    /// - Throws: `EngineError.unsupportedHost` with the one that is not.
    package static func checkDirectories(of layout: Layout) throws(EngineError) {
        for path in [layout.state, layout.run] {
            guard path.isAbsolute else {
                throw EngineError(
                    .unsupportedHost,
                    "`\(path)` cannot be used: it is not absolute, so that it would be another place for each directory in "
                        + "which Trice is called. Name an absolute one with TRICE_STATE_DIRECTORY or TRICE_RUN_DIRECTORY; "
                        + "HOME has to be absolute, too.")
            }
            do throws(SystemError) {
                try PrivateDirectory.checkAncestors(of: path)
            } catch {
                throw unsafe(path, error)
            }
        }
    }

    /// The runtime that new containers use.
    ///
    /// - Throws: `EngineError.unsupportedHost` when no runtime has that name, or no runtime is installed.
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

    /// What is known of an OCI runtime of this host; `nil` where it is not installed.
    package func facts(of runtime: String) throws -> RuntimeFacts? {
        try RuntimeFacts.observe(runtime, in: programs, cache: layout.cache)
    }

    /// The driver of a runtime, with a state directory of its own.
    package func driver(for runtime: RuntimeFacts) -> any OCIRuntime {
        let name = runtime.path.lastComponent?.string ?? "runtime"
        return runtime.runtime(root: layout.runtimeRoot(name), on: facts)
    }

    /// The runtime that a container was made with.
    package func facts(named program: String) throws -> RuntimeFacts {
        if let found = try facts(of: program) { return found }
        throw EngineError(
            .unsupportedHost,
            "The runtime `\(program)`, with which containers of this environment were made, is gone. Install it again.")
    }

    /// The driver of the runtime that a container was made with.
    package func driver(named program: String) throws -> any OCIRuntime {
        driver(for: try facts(named: program))
    }

    /// Why containers of a runtime cannot be made to stand still, for the user: they have no control group; `nil` where they
    /// have.
    package func pauseProblem(named program: String) throws -> String? {
        if case .disabled(let reason) = facts.cgroupManager(for: try facts(named: program)) { reason } else { nil }
    }
}
