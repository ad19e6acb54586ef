internal import Builder
internal import Glibc
internal import LinuxSystem
internal import Synchronization
internal import SystemPackage
internal import Workspaces

/// A process that stands by while commands of `RUN` run: when ours is killed it ends them at once and removes what is
/// left of them.
///
/// A container does not end with the process that started it, and nothing inside that process can take care of it.
final class BuildWatch: Sendable {
    private let layout: Layout
    private let process = Mutex<ChildProcess?>(nil)

    init(_ layout: Layout) {
        self.layout = layout
    }

    deinit {
        // Nothing is left to watch; killing and waiting for an own child cannot fail.
        guard let process = process.withLock({ $0 }) else { return }
        kill(process.pid, SIGKILL)
        _ = try? process.wait()
    }

    /// Starts the process, once.
    func begin() throws(SystemError) {
        try process.withLock { (process) throws(SystemError) in
            if process != nil { return }
            process = try ChildProcess.start(
                ChildProcess.Command(
                    "/proc/self/exe", ["watch-build", "\(getpid())", layout.state.string, layout.run.string],
                    // Neither the terminal's signals nor its end are meant for it.
                    startsSession: true))
        }
    }
}

/// Runs steps while a `BuildWatch` stands by.
struct WatchedRunner: StepExecutor {
    let runner: StepRunner
    let watch: BuildWatch

    func prepare() throws(BuildError) {
        try runner.prepare()
        do throws(SystemError) {
            try watch.begin()
        } catch {
            throw BuildError(
                .runtimeFailed, "Could not start a process that watches the build: \(error).", cause: error)
        }
    }

    func run<Result: Sendable>(
        _ request: RunRequest, output: @escaping @Sendable (OutputLine) -> Void,
        adopt: @Sendable (_ upper: FilePath) throws -> Result
    ) async throws -> Result {
        try await runner.run(request, output: output, adopt: adopt)
    }
}
