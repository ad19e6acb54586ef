internal import LinuxSystem
package import SystemPackage
package import Vocabulary

/// Every name that Trice may create on a disk or on `/run`: nothing else in the code invents a path there.
///
/// `TRICE_STATE_DIRECTORY` and `TRICE_RUN_DIRECTORY` move the two roots; without them root uses `/var/lib/trice`
/// and `/run/trice`, others `$XDG_DATA_HOME/trice` and `$XDG_RUNTIME_DIR/trice` (XDG Base Directory Specification). In
/// place of a directory that is not set, not absolute, not there or another user's, `/run/user/UID` counts, and without that
/// `run` in the first.
package struct Layout: Hashable, Sendable {
    /// What survives a reboot: images, volumes, logs, records.
    package let state: FilePath
    /// What describes kernel objects and dies with them; on tmpfs where the host has `/run` there.
    package let run: FilePath

    package init(environment: [String: String], userID: UInt32) {
        func value(_ name: String) -> FilePath? {
            environment[name].flatMap { $0.isEmpty ? nil : FilePath($0) }
        }
        let home = environment["HOME"] ?? "/"
        let data = environment.baseDirectory("XDG_DATA_HOME").map { FilePath($0) } ?? FilePath("\(home)/.local/share")
        state = value("TRICE_STATE_DIRECTORY") ?? (userID == 0 ? "/var/lib/trice" : data.appending("trice"))
        if let given = value("TRICE_RUN_DIRECTORY") {
            run = given
        } else if userID == 0 {
            run = "/run/trice"
        } else {
            let given = environment.baseDirectory("XDG_RUNTIME_DIR").map { FilePath($0) }
            let bases = [given, FilePath("/run/user/\(userID)")].compactMap(\.self)
            run = bases.first { Self.isOwn($0, userID) }?.appending("trice") ?? state.appending("run")
        }
    }

    /// Whether a directory is the user's own: su(1) keeps the variable of its caller, and without a login there may be no
    /// directory.
    private static func isOwn(_ directory: FilePath, _ userID: UInt32) -> Bool {
        // A directory that cannot be looked at is not the user's.
        guard let status = (try? Files.status(directory, followingLinks: true)) ?? nil else { return false }
        return status.kind == .directory && status.owner == userID
    }

    /// Durable records (SQLite; beside it its log, and `.reserve`, the space for records on a full disk).
    package var durableDatabase: FilePath { state.appending("trice.db") }
    /// The OCI image layout and the unpacked layers (`content/`, `layers/`); the Images module owns what is below.
    package var images: FilePath { state }
    /// The triggers that users have agreed to, one file for each user and digest.
    package var trust: FilePath { state.appending("trust") }
    /// Facts about runtimes that were asked once, and compiled seccomp filters.
    package var cache: FilePath { state.appending("cache") }
    /// What builds keep: cache mounts, what is known of contexts, unfinished steps; the Builder owns what is below.
    package var builds: FilePath { state.appending("builds") }
    /// What builds that run have not finished, beside the commands of `RUN`.
    package var buildWork: FilePath { builds.appending("work") }
    /// Archives that `cp` has unpacked and not copied yet, one directory for each process.
    package var copies: FilePath { state.appending("copies") }
    /// Named volumes, one directory per environment and volume.
    package func volumes(of environment: EnvironmentID) -> FilePath {
        state.appending("volumes").appending(environment.text)
    }
    /// Volumes with names of their own, one directory for each.
    package var namedVolumes: FilePath { state.appending("named-volumes") }
    /// What a restore exchanges, one directory for each environment: all that is new, and then all that was old.
    package func restoreWork(of environment: EnvironmentID) -> FilePath {
        state.appending("snapshots").appending("work").appending(environment.text)
    }
    /// The journal of a restore that has to be finished.
    package func restoreJournal(of environment: EnvironmentID) -> FilePath {
        restoreJournals.appending(environment.text)
    }
    /// The directory of those journals.
    package var restoreJournals: FilePath { state.appending("snapshots").appending("restores") }
    /// Seeds of volumes, one document for each; see `SeedDocument`. Their content is in layers.
    package var seeds: FilePath { state.appending("seeds") }
    /// Everything durable of one environment that `down` removes: upper directories and logs.
    package func environmentState(_ environment: EnvironmentID) -> FilePath {
        state.appending("environments").appending(environment.text)
    }
    /// What a job that starts by the clock is made of, one file for each.
    package func jobDefinition(_ job: String, of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("job-definitions").appending(job)
    }
    /// Exists while every host port of an environment that is taken is replaced by a free one: `up --auto-ports`.
    package func automaticPorts(of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("auto-ports")
    }
    /// The attributes that the user has been told to have no effect.
    package func ignoredAttributes(of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("ignored")
    }
    /// The files of the host, such as /etc/hosts, in which `trice hosts` has written the environment's names, one a line.
    package func hostsFiles(of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("hosts-files")
    }
    /// The keys by which OpenSSH's clients reach an environment; see `SSHKeys`. They outlive `down` where a user's OpenSSH has
    /// been told of the environment.
    package func sshKeys(of environment: EnvironmentID) -> FilePath {
        state.appending("ssh").appending(environment.text)
    }
    /// Which key exchanges the host's `sshd` has been found to know.
    package var keyExchanges: FilePath { cache.appending("key-exchanges") }
    /// Programs of the host with their libraries, for file transfers into images without them.
    package var transferTools: FilePath { cache.appending("transfer-tools") }
    /// `upper/`, `work/`, `volumes/` (volumes without a name) and `names/` (`hosts`, `resolv.conf`, `hostname`) of one
    /// container.
    package func containerState(_ container: String, of environment: EnvironmentID) -> FilePath {
        environmentState(environment).appending("containers").appending(container)
    }

    /// Records of kernel objects (SQLite, with the same files beside it).
    package var runtimeDatabase: FilePath { run.appending("run.db") }
    /// The state directory of the OCI runtimes, one below for each runtime's name.
    package func runtimeRoot(_ name: String) -> FilePath { runtimes.appending(name) }
    /// Their common parent.
    package var runtimes: FilePath { run.appending("runtimes") }
    /// The lock that is held while forwarding or another host-wide setting is read and changed.
    package var hostLock: FilePath { run.appending("host.lock") }
    /// What host-wide settings were before Trice changed them.
    package var hostSettings: FilePath { run.appending("host.json") }
    /// `supervisor.sock`, `supervisor.log`, `names.json` (the names that the resolver knows) and the containers of one
    /// environment.
    package func environmentRun(_ environment: EnvironmentID) -> FilePath {
        environments.appending(environment.text)
    }
    /// Where volumes with `driver_opts` are mounted, one directory for each.
    package func mountedVolumes(of environment: EnvironmentID) -> FilePath {
        environmentRun(environment).appending("volumes")
    }
    /// The cgroups above those of containers that an environment has made, one a line.
    package func cgroupParents(of environment: EnvironmentID) -> FilePath {
        environmentRun(environment).appending("cgroup-parents")
    }
    /// Which rules of the packet filter an environment is known to have; the Networks module owns the content.
    package func firewallSeal(of environment: EnvironmentID) -> FilePath {
        environmentRun(environment).appending("firewall")
    }
    /// One directory for each environment that is up.
    package var environments: FilePath { run.appending("environments") }
    /// Held by the one command that may change an environment. It lies outside the environment's own directory, which
    /// is removed while the lock is held.
    package func lock(of environment: EnvironmentID) -> FilePath {
        locks.appending(environment.text)
    }
    /// The names of all environments in a network that several use, by the network's bridge.
    package func sharedNames(onBridge bridge: String) -> FilePath {
        sharedNames.appending(bridge + ".json")
    }
    /// The directory of those files.
    package var sharedNames: FilePath { run.appending("shared-names") }
    /// The directory of those locks.
    package var locks: FilePath { run.appending("locks") }
    /// `bundle/`, `rootfs/` and the records of the process of one container.
    package func containerRun(_ container: String, of environment: EnvironmentID) -> FilePath {
        containersRun(of: environment).appending(container)
    }
    /// The directory of an environment's containers that lives until the machine restarts.
    package func containersRun(of environment: EnvironmentID) -> FilePath {
        environmentRun(environment).appending("containers")
    }

    /// What a command that the process `pid` runs in a container needs while it runs.
    package func entry(
        of pid: Int32, in container: String, of environment: EnvironmentID
    ) -> (pid: FilePath, log: FilePath, console: FilePath) {
        let directory = containerRun(container, of: environment)
        return (
            directory.appending("entry-\(pid).pid"), directory.appending("entry-\(pid).log"),
            directory.appending("entry-\(pid).sock")
        )
    }

    /// Exists while `commit` has paused a container: the next command resumes it where that one was killed.
    package func pauseMark(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("paused")
    }

    /// How one container is looked after while it runs, and the commands of its hooks.
    package func careRecord(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("care")
    }

    /// As whom, with which shell and where a user steps into one container; see `ShellSettings`.
    package func shellSettings(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("shell")
    }

    /// Which dotfiles a user inside has; see `dotfiles`.
    package func dotfileStamp(_ container: String, of environment: EnvironmentID, user: UInt32) -> FilePath {
        containerRun(container, of: environment).appending("dotfiles-\(user)")
    }
    /// The places inside of the dotfiles that were copied into a container, one a line: they are in no image.
    package func dotfiles(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerState(container, of: environment).appending("dotfiles")
    }

    /// The files of an `sshd` for one container: its configuration, and its own users.
    package func sshServer(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("ssh")
    }

    /// The socket by which a user who is not root reaches the containers of an environment with OpenSSH. It lies beside the
    /// run directory, which only root can enter.
    package func sshSocket(of environment: EnvironmentID, user: UInt32) -> FilePath {
        sshSockets.appending("\(environment.text).\(user)")
    }
    /// The directory of those sockets.
    package var sshSockets: FilePath {
        run.removingLastComponent().appending((run.lastComponent?.string ?? "trice") + "-ssh")
    }

    /// All that entering one container takes.
    package func entryRecord(_ container: String, of environment: EnvironmentID) -> FilePath {
        containerRun(container, of: environment).appending("entry")
    }
}
