package import Execution
package import Workspaces

/// `jobs`, and the runs of jobs that the supervisor begins.
extension Engine {
    /// The jobs of an environment with their next and last runs.
    package func jobs(_ identity: EnvironmentTarget) throws -> [JobReport] {
        try environments.jobs(identity)
    }

    /// Runs a job to its end, as its schedule says.
    ///
    /// - Returns: its exit code; 1 where there is no such environment or job any more.
    package static func runJob(_ name: String, ofEnvironment environment: String, request: ProjectRequest) throws
        -> Int32
    {
        try Engine(request).environments.runJob(name, of: environment)
    }
}
