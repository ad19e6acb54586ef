internal import FoundationEssentials
internal import Images
internal import OCI
internal import Synchronization

/// The results of steps that are in the images of `cache_from`.
///
/// An annotation of a layer is the digest of the step that made it, and the layers below it are the step's root:
/// together they are the key, which is the same on every machine with the same base. The images are pulled when the
/// cache of this machine first misses.
final class CacheImports: Sendable {
    /// A layer of such an image.
    struct Layer: Sendable {
        var name: LayerName
        var operation: OCI.Digest
        /// The packed form in the registry; `nil` for an image that was made on this machine.
        var packed: LocalLayerRecord.Packed?
        /// In seconds since 1970, if the image contains it.
        var createdAt: Int64?
    }

    private let host: BuildHost
    private let emit: @Sendable (BuildEvent) -> Void
    /// Callers wait while another one pulls the images.
    private let turn = Slots(1)
    private let known = Mutex<[ImageKey: [OCI.Digest: Layer]]>([:])

    init(_ host: BuildHost, _ emit: @escaping @Sendable (BuildEvent) -> Void) {
        self.host = host
        self.emit = emit
    }

    /// What one of a build's images has for a key.
    func layer(for key: OCI.Digest, of build: LoadedBuild) async throws -> Layer? {
        for text in build.request.cacheSources {
            let image = ImageKey(text: text, directory: build.directory)
            if let found = try await layers(of: image, for: build.request.name)[key] { return found }
        }
        return nil
    }

    private func layers(of image: ImageKey, for build: String) async throws -> [OCI.Digest: Layer] {
        try await turn.whileHeld {
            if let layers = known.withLock({ $0[image] }) { return layers }
            var layers: [OCI.Digest: Layer] = [:]
            do {
                layers = try Self.layers(of: try await load(image))
                if layers.isEmpty {
                    note("it says of no layer which step made it: it was not built and pushed by Trice", image, build)
                }
            } catch let error as CancellationError {
                throw error
            } catch {
                // As everywhere, a cache that is not there makes a build slower and nothing else.
                note("\(error)", image, build)
            }
            known.withLock { $0[image] = layers }
            return layers
        }
    }

    private func load(_ image: ImageKey) async throws -> LocalImage {
        let found = try await host.bases.cacheImage(named: image.text, relativeTo: image.directory)
        // Layers that only their blobs are left of are unpacked now.
        _ = try host.images.view(found, image.text)
        return found
    }

    private func note(_ why: String, _ image: ImageKey, _ build: String) {
        emit(.warning(build: build, .text("cache_from \(image.text) is of no use: \(why)")))
    }
}

extension CacheImports {
    /// The layers of an image by the keys of their steps.
    private static func layers(of image: LocalImage) throws -> [OCI.Digest: Layer] {
        var found: [OCI.Digest: Layer] = [:]
        var root = try StageRoot()
        let times = image.configuration.history.filter { $0.emptyLayer != true }.map { $0.created.flatMap(seconds) }
        for (number, layer) in layers(below: image).enumerated() {
            if let operation = layer.operation {
                let made = Layer(
                    name: layer.name, operation: operation, packed: layer.packed,
                    createdAt: times.indices.contains(number) ? times[number] : nil)
                found[try StepComponents.key(of: operation, on: root.key)] = made
                // A step that does not depend on its root is found with any root.
                found[try StepComponents.key(of: operation, on: nil)] = made
            }
            try root.count(layer.name)
        }
        return found
    }

    private static func layers(
        below image: LocalImage
    ) -> [(name: LayerName, operation: OCI.Digest?, packed: LocalLayerRecord.Packed?)] {
        image.baseLayers.map { layer in
            let text = layer.blob.annotations[Descriptor.stepAnnotation]
            // A text that is not a digest was not written by Trice and is ignored.
            let operation = text.flatMap { try? OCI.Digest($0[...]) }
            return (
                LayerName(diffID: layer.diffID), operation,
                LocalLayerRecord.Packed(diffID: layer.diffID, blob: layer.blob)
            )
        } + image.layers.map { ($0.name, $0.step, nil) }
    }

    /// `nil` for a time in another form.
    private static func seconds(_ text: String) -> Int64? {
        // What cannot be read is no time that a layer could have.
        (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }
}
