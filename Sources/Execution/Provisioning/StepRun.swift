internal import Containers
internal import Diagnostics
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Runs a program inside a container and hands on what it writes, line by line, until it has ended. It has no input.
struct StepRun {
    let entry: EntryRecord
    let request: ExecRequest
    let files: LaunchFiles
    /// A script that the program finds as `scriptPath`; `nil` for none.
    let script: [UInt8]?
    /// Takes each line, without its end.
    let output: (String) -> Void

    /// Where a program finds the script: nothing is written in the container, and it need not be executable.
    static let scriptPath = "/proc/self/fd/3"
    private static let scriptNumber: Int32 = 3

    enum Ending: Hashable, Sendable {
        case exited(code: Int32)
        /// The program could not be started; why in words.
        case refused(String)
    }

    /// - Throws: ECANCELED when the work was cancelled; the program and its process group are killed then.
    func run() throws -> Ending {
        let document = try entry.document(for: request)
        var command = entry.command(
            document: document, files: files, preservedDescriptors: script == nil ? 0 : 1)
        let pipe = try Pipe()
        let memory = try OwnedDescriptor.memoryFile("script")
        if let script {
            try memory.write(script)
            command.descriptors[Self.scriptNumber] = memory.rawValue
        }
        command.descriptors[0] = nil
        // One pipe for both, so that the lines come in the order in which they were written.
        command.descriptors[1] = pipe.writer.rawValue
        command.descriptors[2] = pipe.writer.rawValue
        let launcher = Launcher(command, files: files)
        let child = try launcher.start(startsSession: true)
        _ = consume document
        do {
            try OutputLines(program: request.arguments[0], output: output).follow(child, pipe.closingWriter())
        } catch {
            // The failure that is thrown says more than that of the end.
            try? end(child, launcher)
            throw error
        }
        let status = try child.wait()
        let refusal = status.isSuccess ? nil : try launcher.refusal()
        try files.remove()
        return refusal.map { .refused($0.words) } ?? .exited(code: status.code)
    }

    private func end(_ child: ChildProcess, _ launcher: Launcher) throws(SystemError) {
        try launcher.signal(SIGKILL, to: ProcessDescriptor(pid: child.pid))
        try launcher.kill(child)
        try files.remove()
    }
}
