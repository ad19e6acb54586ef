package import SystemPackage

/// Every name that Trice may create on a disk or on `/run`: nothing else in the code invents a path there.
///
/// `TRICE_STATE_DIRECTORY` and `TRICE_RUN_DIRECTORY` move the two roots; without them root uses `/var/lib/trice`
/// and `/run/trice`, others `$XDG_DATA_HOME/trice` and `$XDG_RUNTIME_DIR/trice` (XDG Base Directory Specification).
package struct Layout: Hashable, Sendable {
    /// What survives a reboot: images, volumes, logs, records.
    package let state: FilePath
    /// What describes kernel objects and dies with them; on tmpfs where the host has `/run` there.
    package let run: FilePath

    package init(environment: [String: String], userID: UInt32) {
        func root(_ override: String, _ system: FilePath, _ variable: String, _ fallback: String) -> FilePath {
            if let path = environment[override], !path.isEmpty { return FilePath(path) }
            if userID == 0 { return system }
            if let base = environment[variable], !base.isEmpty { return FilePath(base).appending("trice") }
            return FilePath(fallback)
        }
        let home = environment["HOME"] ?? "/"
        state = root("TRICE_STATE_DIRECTORY", "/var/lib/trice", "XDG_DATA_HOME", "\(home)/.local/share/trice")
        run = root("TRICE_RUN_DIRECTORY", "/run/trice", "XDG_RUNTIME_DIR", "/tmp/trice-\(userID)")
    }

    /// Durable records (SQLite).
    package var durableDatabase: FilePath { state.appending("trice.db") }
    /// The OCI image layout and the unpacked layers (`content/`, `layers/`); the Images module owns what is below.
    package var images: FilePath { state }
    /// Facts about runtimes that were asked once, and compiled seccomp filters.
    package var cache: FilePath { state.appending("cache") }
    /// What builds keep: cache mounts, what is known of contexts, unfinished steps; the Builder owns what is below.
    package var builds: FilePath { state.appending("builds") }
    /// What builds that run have not finished, beside the commands of `RUN`.
    package var buildWork: FilePath { builds.appending("work") }
    /// Named volumes, one directory per environment and volume.
    package func volumes(of environment: EnvironmentID) -> FilePath {
        state.appending("volumes").appending(environment.text)
    }
    /// Everything durable of one environment that `down` removes: upper directories and logs.
    package func environmentState(_ environment: EnvironmentID) -> FilePath {
        state.appending("environments").appending(environment.text)
    }
    /// `upper/`, `work/` and `volumes/` (volumes without a name) of one container.
    package func containerState(_ container: String, of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("containers").appending(container)
    }

    /// Records of kernel objects (SQLite).
    package var runtimeDatabase: FilePath { run.appending("run.db") }
    /// The state directory of the OCI runtimes, one below for each runtime's name.
    package func runtimeRoot(_ name: String) -> FilePath { run.appending("runtimes").appending(name) }
    /// The lock that is held while forwarding or another host-wide setting is read and changed.
    package var hostLock: FilePath { run.appending("host.lock") }
    /// What host-wide settings were before Trice changed them.
    package var hostSettings: FilePath { run.appending("host.json") }
    /// `lock`, `supervisor.sock`, `supervisor.log` and the containers of one environment.
    package func environmentRun(_ environment: EnvironmentID) -> FilePath {
        environments.appending(environment.text)
    }
    /// One directory for each environment that is up.
    package var environments: FilePath { run.appending("environments") }
    /// Held by the one command that may change an environment. It lies outside the environment's own directory, which
    /// is removed while the lock is held.
    package func lock(of environment: EnvironmentID) -> FilePath {
        locks.appending(environment.text)
    }
    /// The directory of those locks.
    package var locks: FilePath { run.appending("locks") }
    /// `bundle/`, `rootfs/`, `hosts`, `resolv.conf`, `hostname`, pid and exit records of one container.
    package func containerRun(_ container: String, of environment: EnvironmentID) -> FilePath {
        environmentRun(environment).appending("containers").appending(container)
    }

    /// All that entering one container takes.
    package func entryRecord(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("entry")
    }
}
