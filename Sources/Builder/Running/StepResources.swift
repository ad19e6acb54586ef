internal import Containers
internal import LinuxSystem
internal import Synchronization
internal import SystemPackage

/// What a step has taken of the host; it is given back in the opposite order.
final class StepResources: Sendable {
    private let returns = Mutex<[@Sendable () throws -> Void]>([])

    /// Says how something that was just taken is given back.
    func add(_ giveBack: @escaping @Sendable () throws -> Void) {
        returns.withLock { $0.append(giveBack) }
    }

    /// Notes a mount that was just made, with all that will be mounted below it.
    ///
    /// It is detached: a process that somebody starts at that moment has our descriptors until it becomes its program, and
    /// with them the mount would be busy.
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
        // Only where an earlier failure is on its way to the user; the next build finds what is left.
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
