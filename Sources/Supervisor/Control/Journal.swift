internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The file supervisor.log, which is the standard error of the process.
enum Journal {
    /// Writes a line.
    static func note(_ text: String) {
        let line = Array("\(UInt64(WallClock.nanoseconds) / 1_000_000_000) \(text)\n".utf8)
        // There is nowhere to report a log that cannot be written.
        _ = write(2, line, line.count)
    }

    /// Performs one piece of work; its failure goes to the journal and stops nothing else.
    static func perform(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            note("Could not \(what): \(error)")
        }
    }
}
