import Glibc
import Supervisor
import SystemPackage

// A supervisor for the tests.
//
//     supervisor-fixture RUN_DIRECTORY STATE_DIRECTORY              this release's
//     supervisor-fixture RUN_DIRECTORY --recorded CONVERSATION      another release's: answers from a recorded text
let arguments = CommandLine.arguments
if arguments.count == 4, arguments[2] == "--recorded" {
    exit(RecordedSupervisor.main(runDirectory: FilePath(arguments[1]), conversation: FilePath(arguments[3])))
}
guard arguments.count == 3 else { exit(2) }
exit(
    SupervisorProcess.main(
        SupervisorProcess.Configuration(
            runDirectory: FilePath(arguments[1]), stateDirectory: FilePath(arguments[2]), release: "1.2.3")))
