import Foundation
import Synchronization
import TestSupport

/// Runs commands and looks meanwhile at the memory of their processes.
enum PeakMemory {
    /// How long a command that must succeed took, and the most memory that each of its processes ever had, summed.
    ///
    /// That is `VmHWM` of proc_pid_status(5), asked a hundred times a second. The processes need not have had their
    /// most at the same time, so the sum is an upper bound.
    static func measure(_ command: Command) throws -> (time: Duration, megabytes: Double) {
        let clock = ContinuousClock()
        let isOver = Mutex(false)
        let peaks = Mutex<[Int32: Double]>([:])
        let end = Mutex<(time: Duration, output: Command.Output)?>(nil)
        let start = clock.now
        let running = try command.start()
        DispatchQueue.concurrentPerform(iterations: 2) { worker in
            if worker == 0 {
                let output = running.waitWithoutLimit()
                end.withLock { $0 = (clock.now - start, output) }
                isOver.withLock { $0 = true }
            } else {
                while !isOver.withLock({ $0 }) {
                    let now = kilobytes(ofTree: running.process)
                    peaks.withLock { $0.merge(now) { max($0, $1) } }
                    usleep(10_000)
                }
            }
        }
        guard let end = end.withLock({ $0 }) else { throw TestError("the command did not end") }
        guard end.output.succeeded else { throw TestError(end.output.description) }
        return (end.time, peaks.withLock { $0.values.reduce(0, +) } / 1024)
    }

    private static func kilobytes(ofTree root: Int32) -> [Int32: Double] {
        var found: [Int32: Double] = [:]
        var rest = [root]
        while let process = rest.popLast() {
            guard let peak = kilobytes(of: process) else { continue }
            found[process] = peak
            rest += children(of: process)
        }
        return found
    }

    /// `nil` when the process has ended.
    private static func kilobytes(of process: Int32) -> Double? {
        let status = text("/proc/\(process)/status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) }
    }

    /// Each thread has a list of its own.
    private static func children(of process: Int32) -> [Int32] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []  // it ended
        return threads.flatMap { text("/proc/\(process)/task/\($0)/children").split(separator: " ") }
            .compactMap { Int32($0) }
    }

    /// Empty when the process has ended.
    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
