/// The requirements of a service for the host.
public struct ServicePlatform: Hashable, Sendable {
    /// `OS[/ARCHITECTURE[/VARIANT]]`.
    public var platform: String?
    /// The OCI runtime by name.
    public var runtime: String?
    /// Windows only.
    public var isolation: String?
    /// Windows only.
    public var credentialSpecification: CredentialSpecification?

    public init() {}
}

extension ServiceDraft {
    /// The requirements for the host.
    static let platformKeys: Keys = [
        .init(
            "credential_spec", .none(.windows), keys: .fields(CredentialSpecification.keys),
            decode: {
                $1.service.platform.credentialSpecification = CredentialSpecification.decoded(from: $0)
            }, render: { $0.platform.credentialSpecification?.rendered() }),
        .init(
            "isolation", .none(.windows), decode: { $1.service.platform.isolation = $0.nonEmptyString() },
            render: { .text($0.platform.isolation) }),
        .init(
            "platform", .none(.notYet), decode: { $1.service.platform.platform = $0.nonEmptyString() },
            render: { .text($0.platform.platform) }),
        .init(
            "runtime", .none(.notYet), decode: { $1.service.platform.runtime = $0.nonEmptyString() },
            render: { .text($0.platform.runtime) }),
    ]
}
