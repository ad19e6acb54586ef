internal import Glibc
internal import LinuxSystem
package import OCI
internal import SystemPackage
internal import Vocabulary

/// What a lock says of an image that is made of Debian's packages.
package struct DebianLock: Hashable, Sendable {
    /// The digest of the image's manifest.
    package var digest: Digest
    /// The moment at which the archive had the packages, such as `20260131T000000Z`; `nil` where no archive was asked for
    /// one.
    package var snapshot: String?
    /// The versions of all packages by name.
    package var packages: [String: String]

    package init(digest: Digest, snapshot: String? = nil, packages: [String: String]) {
        self.digest = digest
        self.snapshot = snapshot
        self.packages = packages
    }
}

/// `bootstrap:debian/SUITE`: built from Debian's packages by mmdebstrap(1), as it streams its tar.
struct DebianSource: ImageSource {
    let reference: String
    let suite: String
    let include: [String]
    let variant: String
    /// That of the image which is wanted; `nil` for what the archive has today.
    var digest: Digest?
    var lock: DebianLock?
    /// See `ImageStore.debianSnapshots`.
    var snapshots: String?

    /// Newer files get this time: 1980-01-01, the oldest time of all archive formats.
    private static let epoch = 315_532_800
    /// The annotation of an index entry with the moment of the archive.
    static let snapshotAnnotation = "dev.trice.debian-snapshot"

    /// Once built, it stays until it is removed: the parameters are the key, not the day's packages.
    func fingerprint() throws(ImageError) -> String? {
        digest == nil ? reference : nil
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let progress = target.progress
        progress(.message("building \(reference) with mmdebstrap"))
        // What a lock says of its archive holds where that can be asked; else its versions do.
        let moment = snapshots == nil ? nil : lock.map(\.snapshot) ?? Self.now()
        let pins = try lock.flatMap { lock throws(ImageError) in
            moment == nil ? try DebianPins(lock.packages, in: target.stateDirectory) : nil
        }
        defer { pins?.remove() }
        let layer = try unpack(arguments(moment, pins), into: target)
        let directory = target.layers.directory(of: layer.diffID)
        if let lock {
            let found = try DebianPackages.installed(in: directory)
            if let difference = DebianPackages.difference(locked: lock.packages, found: found) {
                throw ImageError(.sourceMissing, "\(name) \(difference). \(remedy)")
            }
        }
        var descriptor = try target.compose(layer: layer, .layer, .plain(command: ["bash"]), createdBy: name)
        if let digest, lock == nil, descriptor.digest != digest {
            throw ImageError(
                .sourceMissing,
                "\(name) is \(descriptor.digest) today, and \(digest) is wanted, which only a lock can tell the packages of."
            )
        }
        if let moment { descriptor.annotations[Self.snapshotAnnotation] = moment }
        return descriptor
    }

    /// The reference without a digest: the same for all that have the same packages.
    private var name: String { String(reference.prefix { $0 != "@" }) }

    private var remedy: String {
        "Move the lock to what the archive has now with `trice upgrade`"
            + (snapshots == nil
                ? ", or name an archive that keeps old packages: `debianSnapshots` in ~/.config/trice/settings.json."
                : ".")
    }

    private func unpack(_ arguments: [String], into target: ImageTarget) throws(ImageError) -> UnpackedLayer {
        let progress = target.progress
        let writer = try target.content.writer()
        let build = try DebianBuild(arguments: arguments, epoch: Self.epoch, subject: reference) {
            progress(.message($0))
        }
        do throws(ImageError) {
            let source = CheckedBuildOutput(build: build)
            return try target.layers.unpack(source, LayerExpectation(), copy: .verbatim(writer)) {
                progress(.layer(LayerProgress(reference, .unpacking, completed: $0, total: nil)))
            }
        } catch  where error.code == .programFailed && lock != nil {
            build.stop()
            throw ImageError(
                .programFailed,
                "\(error.message)\nThe archive may no longer have the versions that the lock names. \(remedy)",
                cause: error)
        } catch {
            build.stop()
            throw error
        }
    }

    private func arguments(_ moment: String?, _ pins: DebianPins?) -> [String] {
        var arguments = ["--mode=auto", "--variant=\(variant)", "--format=tar"]
        if !include.isEmpty { arguments.append("--include=\(include.joined(separator: ","))") }
        arguments += pins?.hooks ?? []
        arguments += [suite, "-"]
        if let moment, let snapshots {
            // The validity of an old list of packages has ended.
            let address = snapshots.replacing("{date}", with: moment)
            arguments.append("deb [check-valid-until=no] \(address) \(suite) main")
        }
        return arguments
    }

    /// The present moment in UTC, as addresses of snapshots have it.
    private static func now() -> String {
        let moment = CivilTime.digits(ofTime: Int64(time(nil)))
        return "\(moment.day)T\(moment.clock)Z"
    }
}

/// The tar of a build; its end is the end only of a build that succeeded.
private final class CheckedBuildOutput: ByteSource {
    let build: DebianBuild

    init(build: DebianBuild) {
        self.build = build
    }

    var subject: String { build.subject }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let count = try build.read(into: buffer)
        if count == 0 { try build.finish() }
        return count
    }
}
