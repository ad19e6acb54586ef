package import Images
package import OCI
package import SystemPackage

/// The environment of a builder.
package struct BuildHost: Sendable {
    /// Where layers and images go.
    package var images: LocalImages
    package var bases: any BaseImages
    package var records: any BuildCacheRecords
    package var executor: any StepExecutor
    package var downloads: any FileDownloads
    /// Provides a `RUN` step with the network that it requests.
    package var network: @Sendable (BuildNetwork) throws -> StepNetwork
    /// For unfinished work, on the file system of the layer store; what dead processes left there is removed.
    package var workDirectory: FilePath
    /// The directory of the caches of contexts.
    package var statCacheDirectory: FilePath
    package var platform: Platform

    package init(
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

/// Provides the base images of builds.
package protocol BaseImages: Sendable {
    /// The image of a reference: of a registry, made on this machine, `bootstrap:…`, `oci:…`, `docker-archive:…`,
    /// `rootfs:…`.
    ///
    /// - Parameters:
    ///   - directory: The base of relative paths: the context, if it is a directory.
    ///   - pulls: Whether the source is asked even if the image is in the store.
    func image(
        named text: String, relativeTo directory: FilePath?, pulls: Bool
    ) async throws -> LocalImage

    /// An image whose layers may be reused: a local one, or the present one of its source.
    func cacheImage(named text: String, relativeTo directory: FilePath?) async throws -> LocalImage
}

/// Provides the files for `ADD`.
package protocol FileDownloads: Sendable {
    /// Downloads a file into a directory, with the server's modification time.
    ///
    /// - Returns: its path and the digest of its content.
    func download(_ address: String, into directory: FilePath) async throws -> DownloadedFile
}

/// A downloaded file.
package struct DownloadedFile: Sendable, Hashable {
    package var path: FilePath
    /// SHA-256 of the content.
    package var digest: Digest

    package init(path: FilePath, digest: Digest) {
        self.path = path
        self.digest = digest
    }
}

/// How a builder works.
package struct BuildOptions: Sendable, Hashable {
    /// How many `RUN` steps may run at once.
    package var runsAtOnce: Int
    /// For all requests: nothing is taken from the cache.
    package var skipsCache: Bool
    /// Seconds since 1970: with `skipsCache`, results from this time on are used nevertheless, so that a repeated build
    /// continues.
    package var acceptsSince: Int64?
    /// For all requests: sources are asked for images that are in the store.
    package var pullsBases: Bool
    /// The creation time of images in seconds since 1970; `nil` for the clock.
    package var sourceDateEpoch: Int64?
    /// Whether the directory of a failed step is kept for a shell in it.
    package var keepsFailedStep: Bool
    /// Whether nothing is done: the first thing that is not in the cache ends the build with `RebuildReason`.
    package var dryRun: Bool

    package init(
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
