internal import Vocabulary

/// `blkio_config`: a container's share of block devices.
package struct BlockIOSettings: Hashable, Sendable {
    /// The relative weight of a container on one device.
    package struct DeviceWeight: Hashable, Sendable {
        package var path: String
        /// From 10 to 1000.
        package var weight: Int

        package init(path: String, weight: Int) {
            self.path = path
            self.weight = weight
        }
    }

    /// The limit of a rate on one device: bytes or operations per second.
    package struct DeviceRate: Hashable, Sendable {
        package var path: String
        /// Bytes or operations per second.
        package var rate: UInt64

        package init(path: String, rate: UInt64) {
            self.path = path
            self.rate = rate
        }
    }

    /// From 10 to 1000; `nil` for the kernel's default.
    package var weight: Int?
    package var deviceWeights: [DeviceWeight]
    /// In bytes per second.
    package var readRates: [DeviceRate]
    package var writeRates: [DeviceRate]
    /// In operations per second.
    package var readOperations: [DeviceRate]
    package var writeOperations: [DeviceRate]

    package init(
        weight: Int? = nil, deviceWeights: [DeviceWeight] = [], readRates: [DeviceRate] = [],
        writeRates: [DeviceRate] = [], readOperations: [DeviceRate] = [], writeOperations: [DeviceRate] = []
    ) {
        self.weight = weight
        self.deviceWeights = deviceWeights
        self.readRates = readRates
        self.writeRates = writeRates
        self.readOperations = readOperations
        self.writeOperations = writeOperations
    }
}

extension BlockIOSettings {
    static func decoded(from cursor: Cursor) -> BlockIOSettings? {
        var settings = BlockIOSettings()
        return table.decode(cursor, into: &settings) ? settings : nil
    }

    private static let table = AttributeTable<BlockIOSettings, BlockIOSettings>([
        .init(
            "device_read_bps", keys: .entries(DeviceRate.keys),
            decode: { $1.readRates = DeviceRate.decodedList(from: $0) },
            renderInContext: { model, context in .items(model.readRates) { $0.rendered(context.format) } }
        ).merged(.list(.field("path"))),
        .init(
            "device_read_iops", keys: .entries(DeviceRate.keys),
            decode: { $1.readOperations = DeviceRate.decodedList(from: $0) },
            renderInContext: { model, context in .items(model.readOperations) { $0.rendered(context.format) } }
        ).merged(.list(.field("path"))),
        .init(
            "device_write_bps", keys: .entries(DeviceRate.keys),
            decode: { $1.writeRates = DeviceRate.decodedList(from: $0) },
            renderInContext: { model, context in .items(model.writeRates) { $0.rendered(context.format) } }
        ).merged(.list(.field("path"))),
        .init(
            "device_write_iops", keys: .entries(DeviceRate.keys),
            decode: { $1.writeOperations = DeviceRate.decodedList(from: $0) },
            renderInContext: { model, context in .items(model.writeOperations) { $0.rendered(context.format) } }
        ).merged(.list(.field("path"))),
        .init(
            "weight", decode: { $1.weight = weight(from: $0) }, render: { model in model.weight.map { .integer($0) } }),
        .init(
            "weight_device", keys: .entries(DeviceWeight.keys),
            decode: { $1.deviceWeights = ($0.list() ?? []).compactMap(DeviceWeight.decoded) },
            renderInContext: { model, context in .items(model.deviceWeights) { $0.rendered(context.format) } }
        ).merged(.list(.field("path"))),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// 0 counts as absent.
    fileprivate static func weight(from cursor: Cursor) -> Int? {
        guard let weight = cursor.integer("a weight", in: 0...Int(UInt16.max)), weight != 0 else { return nil }
        if !(10...1000).contains(weight) {
            cursor.unusable("\(cursor.path) must be a weight from 10 to 1000, but is \(weight)")
        }
        return weight
    }

    func rendered(_ format: RenderingFormat) -> Value {
        Self.table.rendered(self, in: RenderingContext(format: format))
    }
}

extension BlockIOSettings.DeviceWeight {
    fileprivate static func decoded(from cursor: Cursor) -> Self? {
        var device = Self(path: "", weight: 0)
        guard table.decode(cursor, into: &device) else { return nil }
        cursor.requireKeys("path", "weight")
        return device
    }

    private static let table = DecodingTable<Self>([
        .init("path", decode: { $1.path = $0.string() ?? "" }),
        .init("weight", decode: { $1.weight = BlockIOSettings.weight(from: $0) ?? 0 }),
    ])

    static var keys: [AttributeKey] { table.keys }

    /// The JSON of Compose has these keys in capitals.
    fileprivate func rendered(_ format: RenderingFormat) -> Value {
        .object([
            (format == .json ? "Path" : "path", .string(path)),
            (format == .json ? "Weight" : "weight", .integer(weight)),
        ])
    }
}

extension BlockIOSettings.DeviceRate {
    fileprivate static func decodedList(from cursor: Cursor) -> [Self] {
        (cursor.list() ?? []).compactMap { item in
            var device = Self(path: "", rate: 0)
            guard table.decode(item, into: &device) else { return nil }
            item.requireKeys("path", "rate")
            return device
        }
    }

    private static let table = DecodingTable<Self>([
        .init("path", decode: { $1.path = $0.string() ?? "" }),
        .init("rate", decode: { $1.rate = ByteCount.decoded(from: $0)?.rawValue ?? 0 }),
    ])

    static var keys: [AttributeKey] { table.keys }

    fileprivate func rendered(_ format: RenderingFormat) -> Value {
        .object([
            (format == .json ? "Path" : "path", .string(path)),
            (format == .json ? "Rate" : "rate", .string(String(rate))),
        ])
    }
}
