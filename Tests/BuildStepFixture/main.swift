import Builder
import Containers
import Glibc
import LinuxSystem
import SystemPackage

// Runs one step that never ends, for the tests to kill this program in the middle of it.
// Arguments: the build's directory, the runtime's root, the text for the step's shell, and layers, the uppermost first.
let arguments = CommandLine.arguments
guard arguments.count > 4 else {
    print("usage: build-step-fixture DIRECTORY ROOT COMMAND LAYER…")
    exit(2)
}
do {
    let host = try HostFacts.observe()
    guard let facts = try RuntimeFacts.observe("crun", searchPath: "/usr/bin:/usr/sbin", cache: nil) else { exit(3) }
    let runner = try StepRunner(
        directory: FilePath(arguments[1]), runtime: facts.runtime(root: FilePath(arguments[2]), on: host), host: host,
        seccomp: .unconfined)
    let request = RunRequest(
        name: "RUN \(arguments[3])", lowers: arguments[4...].map { FilePath($0) },
        command: .program(["/bin/sh", "-c", arguments[3]]))
    _ = try await runner.run(request) { line in
        let text = line.text + "\n"
        _ = write(1, text, text.utf8.count)
    }
} catch {
    print("\(error)")
    exit(1)
}
