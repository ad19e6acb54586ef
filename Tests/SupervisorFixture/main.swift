import Glibc
import Supervisor
import SystemPackage

// A supervisor for the tests: `supervisor-fixture RUN_DIRECTORY STATE_DIRECTORY`.
guard CommandLine.arguments.count == 3 else { exit(2) }
exit(
    SupervisorProcess.main(
        SupervisorProcess.Configuration(
            runDirectory: FilePath(CommandLine.arguments[1]), stateDirectory: FilePath(CommandLine.arguments[2]))))
