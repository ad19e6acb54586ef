/// How large the logs of a container may grow, for each of its two outputs.
package struct LogLimits: Hashable, Sendable, Codable {
    /// Bytes of one file: when it is that large, the next one begins.
    package var maximumSize: UInt64
    /// How many files there are at most; 1 or more.
    package var maximumFiles: Int

    package init(maximumSize: UInt64, maximumFiles: Int = 1) {
        self.maximumSize = maximumSize
        self.maximumFiles = maximumFiles
    }
}
