internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `bootstrap:debian/SUITE`: built from Debian's packages by mmdebstrap(1), as it streams its tar.
struct DebianSource: ImageSource {
    let reference: String
    let suite: String
    let include: [String]
    let variant: String

    /// Newer files get this time: 1980-01-01, the oldest time of all archive formats.
    private static let epoch = 315_532_800

    /// Once built, it stays until it is removed: the parameters are the key, not the day's packages.
    func fingerprint() throws(ImageError) -> String? {
        reference
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let progress = target.progress
        progress(.message("building \(reference) with mmdebstrap"))
        let writer = try target.content.writer()
        let build = try DebianBuild(arguments: arguments, epoch: Self.epoch, subject: reference) {
            progress(.message($0))
        }
        let layer: UnpackedLayer
        do throws(ImageError) {
            let source = CheckedBuildOutput(build: build)
            layer = try target.layers.unpack(source, LayerExpectation(), copy: .verbatim(writer)) {
                progress(.layer(LayerProgress(reference, .unpacking, completed: $0, total: nil)))
            }
        } catch {
            build.stop()
            throw error
        }
        return try target.compose(layer: layer, .layer, .plain(command: ["bash"]), createdBy: reference)
    }

    private var arguments: [String] {
        var arguments = ["--mode=auto", "--variant=\(variant)", "--format=tar"]
        if !include.isEmpty { arguments.append("--include=\(include.joined(separator: ","))") }
        return arguments + [suite, "-"]
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
