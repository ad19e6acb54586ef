internal import FoundationEssentials
internal import Images
internal import OCI
internal import Synchronization

/// The results of steps that the images of `cache_from` bring along.
///
/// An annotation of a layer says what the step did that made it, and the layers below say what it started from: together
/// that is the key, and the same on every machine that begins with the same base. The images are had when the cache of
/// this machine first lacks something.
final class CacheImports: Sendable {
    /// A layer of such an image.
    struct Layer: Sendable {
        var name: LayerName
        var operation: OCI.Digest
        /// As the registry has it; `nil` for one that was made here.
        var packed: LocalLayerRecord.Packed?
        /// In seconds since 1970, where the image says it.
        var createdAt: Int64?
    }

    private let host: BuildHost
    private let emit: @Sendable (BuildEvent) -> Void
    /// Whoever comes while images are being had waits for them.
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
                // A step that looks at nothing below it is found wherever it stands.
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
            // A text that is no digest was not written by us and says nothing.
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
