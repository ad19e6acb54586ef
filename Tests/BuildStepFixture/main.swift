import Builder
import Containers
import Glibc
import LinuxSystem
import SystemPackage

// Runs one step, for tests that kill this program in the middle of it or need it on a terminal.
// Arguments: the build's directory, the runtime's root, the text for the step's shell, and layers, the uppermost first.
// With `--shell` at the end a shell is opened where the step failed.
var arguments = CommandLine.arguments
let opensShell = arguments.last == "--shell"
if opensShell { arguments.removeLast() }
guard arguments.count > 4 else {
    print("usage: build-step-fixture DIRECTORY ROOT COMMAND LAYER… [--shell]")
    exit(2)
}
do {
    let host = try HostFacts.observe()
    guard let facts = try RuntimeFacts.observe("crun", in: ProgramSearch(only: "/usr/bin:/usr/sbin"), cache: nil) else {
        exit(3)
    }
    let runner = try StepRunner(
        directory: FilePath(arguments[1]), runtime: facts.runtime(root: FilePath(arguments[2]), on: host), host: host,
        seccomp: .unconfined)
    var request = RunRequest(
        name: "RUN \(arguments[3])", lowers: arguments[4...].map { FilePath($0) },
        command: .program(["/bin/sh", "-c", arguments[3]]))
    request.keepsFailed = opensShell
    _ = try await runner.run(request) { line in
        let text = line.text + "\n"
        _ = write(1, text, text.utf8.count)
    }
} catch {
    guard opensShell, let failed = (error as? BuildError)?.failedStep else {
        print("\(error)")
        exit(1)
    }
    let status = try failed.openShell(.terminal)
    try failed.discard()
    exit(status.code)
}
