internal import Dockerfile
internal import Glibc
internal import LinuxSystem
package import OCI
internal import SystemPackage

/// The Dockerfile of a build, read and parsed, once its context is on this machine.
struct BuildSource {
    let file: ParsedDockerfile
    let scope: GlobalScope
    let graph: StageGraph
    /// The stage that is built, as an index into the stages of `graph`.
    let target: Int

    /// - Parameter directory: where the context is.
    /// - Throws: `BuildError` for a context or a Dockerfile that is missing, and for one that is not valid.
    init(
        _ request: BuildRequest, in directory: FilePath, platform: Platform, sourceDateEpoch: Int64?
    ) throws(BuildError) {
        try Self.checkDirectory(directory, of: request)
        let source = try Self.dockerfile(of: request, in: directory)
        do throws(DockerfileError) {
            file = try ParsedDockerfile(parsing: source)
            scope = try GlobalScope(file, arguments: Self.arguments(of: request, platform, sourceDateEpoch))
            graph = try StageGraph(file, scope: scope)
            target = try graph.target(named: request.target)
        } catch {
            let code: BuildError.Code = error.code == .unknownStage ? .unknownStage : .invalidDockerfile
            throw BuildError(code, "Could not build `\(request.name)`: \(error)", cause: error)
        }
    }

    /// The key of a request that makes it fail while it is read.
    static func key(of failure: BuildError) -> String? {
        switch failure.code {
        case .contextMissing, .contextTooLarge, .gitFailed, .downloadFailed: "context"
        // An error in a Dockerfile contains its own places.
        case .invalidDockerfile: failure.cause is DockerfileError ? nil : "dockerfile"
        case .unknownStage: "target"
        case .platform: "platforms"
        default: nil
        }
    }
}

// MARK: - Checks

extension BuildSource {
    /// A context that is missing is no Dockerfile that is missing.
    private static func checkDirectory(_ directory: FilePath, of request: BuildRequest) throws(BuildError) {
        let status = try attempting("open the context \(directory)") { () throws(SystemError) in
            try Files.status(directory, followingLinks: true)
        }
        guard status?.kind != .directory else { return }
        let why = status == nil ? "there is no such directory" : "it is no directory"
        throw BuildError(
            .contextMissing, "Could not build `\(request.name)`: its context is \(directory), and \(why).")
    }

    static func checkPlatforms(_ request: BuildRequest, _ platform: Platform) throws(BuildError) {
        guard let foreign = request.platforms.first(where: { !$0.isBuildable(on: platform) }) else { return }
        throw BuildError(
            .platform,
            "Could not build `\(request.name)` for \(foreign): only images for \(platform) can be built here. Take the platform out of the list."
        )
    }

    private static func arguments(
        of request: BuildRequest, _ platform: Platform, _ sourceDateEpoch: Int64?
    ) -> BuildArguments {
        var values = request.arguments
        if let epoch = sourceDateEpoch, values["SOURCE_DATE_EPOCH"] == nil {
            values["SOURCE_DATE_EPOCH"] = String(epoch)
        }
        let platform = BuildPlatform(platform)
        return BuildArguments(
            values: values, buildPlatform: platform, targetPlatform: platform, targetStage: request.target)
    }
}

// MARK: - The Dockerfile

extension BuildSource {
    private static func dockerfile(of request: BuildRequest, in directory: FilePath) throws(BuildError)
        -> DockerfileSource
    {
        let shown = request.dockerfileName
        switch request.dockerfile {
        case .inline(let text): return DockerfileSource(name: shown, text: text)
        case .standardInput:
            let bytes = try attempting("read the Dockerfile from standard input") { () throws(SystemError) in
                try StandardInput.bytes()
            }
            return DockerfileSource(name: shown, bytes: bytes)
        case .path(let path):
            let place = directory.pushing(FilePath(path))
            do throws(SystemError) {
                return DockerfileSource(name: shown, bytes: try Files.readRegular(place, limit: maximumSize))
            } catch {
                let why: String
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory:
                    why = "there is no \(shown). \(hint(in: place))"
                case .isDirectory: why = "\(shown) is a directory. \(naming)"
                case .invalidArgument: why = "\(shown) is not a regular file. \(naming)"
                case .fileTooLarge: why = "\(shown) is larger than 16 MiB. \(naming)"
                default: why = "\(shown) cannot be read: \(error.errno)."
                }
                throw BuildError(.invalidDockerfile, "Could not build `\(request.name)`: \(why)", cause: error)
            }
        }
    }

    /// More bytes than this are no Dockerfile.
    private static let maximumSize = 16 << 20

    private static let naming = "Name the Dockerfile with `--file`, in an Envfile with `dockerfile:`."

    /// What may have been meant by a Dockerfile that is not there.
    private static func hint(in place: FilePath) -> String {
        // A directory that cannot be read has no hint.
        let names = (try? Files.names(in: place.removingLastComponent())) ?? []
        let similar = names.filter { name in
            ["dockerfile", "containerfile"].contains { name.lowercased().contains($0) }
                && !name.hasSuffix(".dockerignore")
        }
        guard !similar.isEmpty else { return naming }
        return "There is \(similar.prefix(5).map { "`\($0)`" }.joined(separator: ", ")). \(naming)"
    }
}

extension Builder {
    /// Reads the context directories and Dockerfiles of builds, as a build does at first. A source that is not a
    /// directory of this machine is left out. Nothing is changed.
    ///
    /// - Returns: what is wrong, one failure for each build at most.
    package static func problems(of requests: [BuildRequest], platform: Platform = .host) -> [BuildError] {
        requests.compactMap { request in
            do throws(BuildError) {
                try BuildSource.checkPlatforms(request, platform)
                guard case .directory(let directory) = request.context else { return nil }
                _ = try BuildSource(request, in: directory, platform: platform, sourceDateEpoch: nil)
                return nil
            } catch {
                var failure = error
                failure.subject = .init(build: request.name, key: BuildSource.key(of: error) ?? "dockerfile")
                return failure
            }
        }
    }
}
