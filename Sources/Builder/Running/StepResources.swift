internal import Containers
internal import LinuxSystem
internal import Synchronization
internal import SystemPackage

/// The resources of the host that a step has taken; they are released in the opposite order.
final class StepResources: Sendable {
    private let returns = Mutex<[@Sendable () throws -> Void]>([])

    /// Adds the release of a resource that was just taken.
    func add(_ giveBack: @escaping @Sendable () throws -> Void) {
        returns.withLock { $0.append(giveBack) }
    }

    /// Adds a mount that was just made, with all later mounts below it.
    ///
    /// It is detached: a process that is being started at that moment has the descriptors of this process until it
    /// executes its program, and the mount would be busy.
    func addMounts(below target: FilePath) {
        add { try Mounts.unmount(target, isLazy: true) }
    }

    /// Gives everything back that is still held; tries it all before it throws.
    func release() throws(BuildError) {
        let all = returns.withLock { returns in
            defer { returns = [] }
            return returns
        }
        var failures: [any Error] = []
        for giveBack in all.reversed() {
            do { try giveBack() } catch { failures.append(error) }
        }
        guard let first = failures.first else { return }
        throw BuildError(
            .systemCall, "Could not clean up after a step: " + failures.map { "\($0)" }.joined(separator: "; ") + ".",
            cause: first)
    }

    deinit {
        // Only after an earlier failure, which the user sees; the next build removes the rest.
        try? release()
    }
}

/// Turns a failure of the Containers module into one of this.
func preparing<Result>(
    _ name: String, _ body: () throws(ContainersError) -> Result
) throws(BuildError) -> Result {
    do throws(ContainersError) {
        return try body()
    } catch {
        switch error.code {
        case .unknownUser, .unknownGroup, .invalidUser, .invalidConfiguration:
            throw BuildError(.stepInvalid, "Could not run `\(name)`: \(error.message)", cause: error)
        default: throw BuildError(.runtimeFailed, "Could not run `\(name)`: \(error.message)", cause: error)
        }
    }
}
