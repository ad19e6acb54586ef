internal import LinuxSystem
internal import Snapshots

/// A seed as `volume seeds` shows it.
package struct SeedReport: Codable, Sendable {
    /// Of all that decides what the service writes: 64 hexadecimal digits.
    package var digest: String
    /// The service of which it was kept.
    package var service: String
    /// The reference of its image.
    package var image: String
    /// The keys of the volumes.
    package var volumes: [String]
    /// Bytes of the files; volumes that began from it may lie upon them.
    package var size: Int64
    /// Seconds since 1970.
    package var createdAt: Int64
    /// Seconds since it was kept.
    package var ageSeconds: Int64
    /// Seconds since an environment has begun from it, or it was kept.
    package var unusedSeconds: Int64
}

extension SeedCatalog {
    /// What there is, the one that was used longest ago first.
    package func reports() throws -> [SeedReport] {
        let now = WallClock.nanoseconds
        return try complete().map { seed in
            SeedReport(
                digest: seed.digest, service: seed.service, image: seed.image, volumes: seed.volumes.map(\.name),
                size: seed.size, createdAt: seed.createdAt / 1_000_000_000,
                ageSeconds: (now - seed.createdAt) / 1_000_000_000, unusedSeconds: (now - seed.usedAt) / 1_000_000_000)
        }
    }
}
