package import Images
internal import LinuxSystem
package import Store
internal import Vocabulary

/// The records of images that were made here, in `trice.db`.
package struct RecordedImages: ImageRecords {
    package let durable: DurableStore

    package func image(named name: String) throws(ImageError) -> LocalImage? {
        let row = try recorded { () throws(StoreError) in try durable.localImage(reference: name) }
        guard let row else { return nil }
        return try decoded(LocalImage.self, row.document, "the record of image \(name)")
    }

    package func set(_ image: LocalImage, named name: String) throws(ImageError) {
        let document = try encoded(image)
        try recorded { () throws(StoreError) in
            try durable.save(
                LocalImageRow(reference: name, document: document, createdAt: WallClock.nanoseconds))
        }
    }

    @discardableResult
    package func removeImage(named name: String) throws(ImageError) -> Bool {
        try recorded { () throws(StoreError) in
            guard try durable.localImage(reference: name) != nil else { return false }
            return try durable.deleteLocalImage(reference: name)
        }
    }

    package func images() throws(ImageError) -> [String: LocalImage] {
        var images: [String: LocalImage] = [:]
        for row in try recorded({ () throws(StoreError) in try durable.localImages() }) {
            images[row.reference] = try decoded(LocalImage.self, row.document, "the record of image \(row.reference)")
        }
        return images
    }

    package func layer(named name: LayerName) throws(ImageError) -> LocalLayerRecord? {
        let row = try recorded { () throws(StoreError) in try durable.localLayer(name: name.text) }
        guard let row else { return nil }
        return try decoded(LocalLayerRecord.self, row.document, "the record of layer \(name)")
    }

    package func save(_ layer: LocalLayerRecord) throws(ImageError) {
        let document = try encoded(layer)
        try recorded { () throws(StoreError) in
            try durable.save(LocalLayerRow(name: layer.name.text, document: document))
        }
    }

    @discardableResult
    package func removeLayer(named name: LayerName) throws(ImageError) -> Bool {
        try recorded { () throws(StoreError) in try durable.deleteLocalLayer(name: name.text) }
    }

    package func layers() throws(ImageError) -> [LocalLayerRecord] {
        var layers: [LocalLayerRecord] = []
        for row in try recorded({ () throws(StoreError) in try durable.localLayers() }) {
            layers.append(try decoded(LocalLayerRecord.self, row.document, "the record of layer \(row.name)"))
        }
        return layers
    }
}

extension RecordedImages {
    private func recorded<Result>(_ body: () throws(StoreError) -> Result) throws(ImageError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw ImageError(.systemCall, error.message, cause: error)
        }
    }

    private func encoded(_ value: some Encodable) throws(ImageError) -> String {
        do {
            return try JSONCoding.text(value)
        } catch {
            throw ImageError(.invalidImage, "Could not write a record: \(error).", cause: error)
        }
    }

    private func decoded<Value: Decodable>(
        _ type: Value.Type, _ text: String, _ what: @autoclosure () -> String
    ) throws(ImageError) -> Value {
        do {
            return try JSONCoding.decode(type, from: text)
        } catch {
            throw ImageError(.invalidImage, "Could not read \(what()): \(error).", cause: error)
        }
    }
}
