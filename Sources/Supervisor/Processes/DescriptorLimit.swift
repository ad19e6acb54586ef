internal import Glibc

/// The limit on open descriptors: high for the supervisor, unchanged for its children; getrlimit(2).
struct DescriptorLimit: Sendable {
    private let original: rlimit
    /// The number of descriptors that this process may open.
    var count: Int { Int(clamping: original.rlim_max) }

    init() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        original = limit
    }

    /// Allows this process as much as the hard limit does.
    func raise() {
        var limit = original
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Runs `body` under the limit that this process was started with, for a child to inherit it.
    func whileOriginal<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        var limit = original
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        defer { raise() }
        return try body()
    }
}
