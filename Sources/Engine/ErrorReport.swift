internal import Builder
internal import Containers
internal import Dockerfile
public import Envfile
internal import Images
internal import LinuxSystem
internal import Netlink
internal import Networks
internal import OCI
internal import Planning
internal import Store
internal import Supervisor
internal import SupervisorProtocol
internal import SystemPackage

/// An error in the form in which it is shown: the only place where the modules' errors are brought together.
public struct ErrorReport: Sendable {
    /// One sentence for each failure, each on a line of its own.
    public var message: String
    /// From the outermost to the innermost, as text.
    public var causes: [String]
    /// Whether every problem in the message begins with its place in a file, as a compiler's do.
    public var isPlaced: Bool
    /// The problems of an Envfile; then `message` is only a summary.
    public var diagnostics: [Diagnostic]

    public init(of error: any Error) {
        message = Self.message(of: error)
        causes = []
        isPlaced = (error as? BuildError)?.dockerfileError != nil || error is DockerfileError
        diagnostics = (error as? EnvfileError)?.diagnostics ?? []
        collectCauses(of: error)
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let error as EngineError: error.message
        case let error as EnvfileError: error.message
        case let error as PlanningError: error.message
        case let error as ImageError: error.message
        case let error as BuildError: error.dockerfileError.map { message(of: $0) } ?? error.message
        case let error as FailedBuildStep: error.description
        case let error as DockerfileError: error.diagnostics.map { $0.text() }.joined(separator: "\n")
        case let error as NetworkError: error.message
        case let error as NetlinkError: error.message
        case let error as ContainersError: error.message
        case let error as StoreError: error.message
        case let error as SupervisorError: error.message
        case let error as OCIError: "\(error)"
        case let error as SystemError: sentence(for: error)
        default: "\(error)"
        }
    }

    private mutating func collectCauses(of error: any Error) {
        for cause in Self.causes(of: error) {
            causes.append("\(cause)")
            collectCauses(of: cause)
        }
    }

    private static func causes(of error: any Error) -> [any Error] {
        switch error {
        case let error as EngineError: error.causes
        case let error as EnvfileError: [error.cause].compactMap { $0 }
        case let error as PlanningError: [error.cause].compactMap { $0 }
        case let error as ImageError: [error.cause].compactMap { $0 }
        case let error as BuildError: [error.cause].compactMap { $0 }
        case let error as NetworkError: [error.cause].compactMap { $0 }
        case let error as NetlinkError: [error.cause].compactMap { $0 }
        case let error as ContainersError: [error.cause].compactMap { $0 }
        case let error as StoreError: [error.cause].compactMap { $0 }
        case let error as SupervisorError: [error.cause].compactMap { $0 }
        default: []
        }
    }

    /// A bare system error that no module has put into words, with the usual remedy.
    private static func sentence(for error: SystemError) -> String {
        let remedy =
            switch error.errno {
            case .noSpace: " Free some space on that file system."
            case .permissionDenied, .notPermitted: " Trice needs root at the moment; try again with sudo."
            case .readOnlyFileSystem: " The file system is mounted read-only."
            default: ""
            }
        return "Could not \(error.call) \(error.subject): \(error.errno).\(remedy)"
    }
}

extension BuildError {
    /// The problems of a Dockerfile, where these are the reason.
    fileprivate var dockerfileError: DockerfileError? {
        guard code == .invalidDockerfile, let error = cause as? DockerfileError, !error.diagnostics.isEmpty else {
            return nil
        }
        return error
    }
}
