public import Images
public import OCI
public import SystemPackage

/// What a builder is given by its surroundings.
public struct BuildHost: Sendable {
    /// Where layers and images go.
    public var images: LocalImages
    public var bases: any BaseImages
    public var records: any BuildCacheRecords
    public var executor: any StepExecutor
    public var downloads: any FileDownloads
    /// How a `RUN` step gets the network that it asks for.
    public var network: @Sendable (BuildNetwork) throws -> StepNetwork
    /// For unfinished work, on the file system of the layer store; what dead processes left there is removed.
    public var workDirectory: FilePath
    /// What is known of the files of contexts.
    public var statCacheDirectory: FilePath
    public var platform: Platform

    public init(
        images: LocalImages, bases: any BaseImages, records: any BuildCacheRecords, executor: any StepExecutor,
        downloads: any FileDownloads, network: @escaping @Sendable (BuildNetwork) throws -> StepNetwork,
        workDirectory: FilePath, statCacheDirectory: FilePath, platform: Platform = .host
    ) {
        self.images = images
        self.bases = bases
        self.records = records
        self.executor = executor
        self.downloads = downloads
        self.network = network
        self.workDirectory = workDirectory
        self.statCacheDirectory = statCacheDirectory
        self.platform = platform
    }
}

/// How images that builds start from are had.
public protocol BaseImages: Sendable {
    /// The image that a text names: of a registry, made here, `bootstrap:…`, `oci:…`, `docker-archive:…`, `rootfs:…`.
    ///
    /// - Parameters:
    ///   - directory: What paths are relative to: the context, where that is a directory.
    ///   - pulls: Whether its source is asked although it is here.
    func image(
        named text: String, relativeTo directory: FilePath?, pulls: Bool
    ) async throws -> LocalImage

    /// An image whose layers may be used again: one that was made here, or what its source has now.
    func cacheImage(named text: String, relativeTo directory: FilePath?) async throws -> LocalImage
}

/// How files for `ADD` are had.
public protocol FileDownloads: Sendable {
    /// Downloads a file into a directory, with the time that the server says as its modification time.
    ///
    /// - Returns: its path and the digest of its content.
    func download(_ address: String, into directory: FilePath) async throws -> DownloadedFile
}

/// What came from the network.
public struct DownloadedFile: Sendable, Hashable {
    public var path: FilePath
    /// SHA-256 of the content.
    public var digest: Digest

    public init(path: FilePath, digest: Digest) {
        self.path = path
        self.digest = digest
    }
}

/// How a builder works.
public struct BuildOptions: Sendable, Hashable {
    /// How many `RUN` steps may run at once.
    public var runsAtOnce: Int
    /// For all requests: nothing is taken from the cache.
    public var skipsCache: Bool
    /// Seconds since 1970: with `skipsCache`, results from then on are taken all the same, so that a build that is tried
    /// again goes on where it was.
    public var acceptsSince: Int64?
    /// For all requests: sources are asked for images that are here.
    public var pullsBases: Bool
    /// Seconds since 1970 that images say they were made at; `nil` for the clock.
    public var sourceDateEpoch: Int64?
    /// Whether the directory of a failed step is kept for a shell in it.
    public var keepsFailedStep: Bool
    /// Whether nothing is done: the first thing that is not in the cache ends the build with `RebuildReason`.
    public var dryRun: Bool

    public init(
        runsAtOnce: Int = 2, skipsCache: Bool = false, pullsBases: Bool = false,
        sourceDateEpoch: Int64? = CreationTime.sourceDateEpoch, keepsFailedStep: Bool = false,
        dryRun: Bool = false
    ) {
        self.dryRun = dryRun
        self.runsAtOnce = runsAtOnce
        self.skipsCache = skipsCache
        self.pullsBases = pullsBases
        self.sourceDateEpoch = sourceDateEpoch
        self.keepsFailedStep = keepsFailedStep
    }
}
