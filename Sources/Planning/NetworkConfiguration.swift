public import Envfile

/// What of a network determines its bridge, and so what a changed network is recognised by. Names and labels are not
/// part of it.
///
/// A value that equals the default is left out of the encoded form: a network made by an earlier Trice, which did not
/// know some attribute, is equal to one that does not use the attribute.
public struct NetworkConfiguration: Hashable, Sendable {
    /// Whether containers reach nothing beyond the bridge and nothing beyond it reaches them.
    public var isInternal: Bool

    public init(isInternal: Bool = false) {
        self.isInternal = isInternal
    }

    public init(of network: Network) {
        self.init(isInternal: network.isInternal)
    }
}

extension NetworkConfiguration: Codable {
    private enum CodingKeys: CodingKey {
        case isInternal
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(isInternal: try container.decodeIfPresent(Bool.self, forKey: .isInternal) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if isInternal { try container.encode(true, forKey: .isInternal) }
    }
}
