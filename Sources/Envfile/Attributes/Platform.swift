/// The requirements of a service for the host.
package struct ServicePlatform: Hashable, Sendable {
    /// `OS[/ARCHITECTURE[/VARIANT]]`.
    package var platform: String?
    /// The OCI runtime by name.
    package var runtime: String?
    /// Windows only.
    package var isolation: String?
    /// Windows only.
    package var credentialSpecification: CredentialSpecification?

    package init() {}

    /// The names of the host's processor, the usual one first.
    private static let processors: [String] = {
        #if arch(x86_64)
            ["amd64", "x86_64", "x86-64"]
        #elseif arch(arm64)
            ["arm64", "aarch64"]
        #elseif arch(riscv64)
            ["riscv64"]
        #elseif arch(s390x)
            ["s390x"]
        #else
            ["ppc64le"]
        #endif
    }()

    static var nameOfHost: String { "linux/\(processors[0])" }

    /// Whether programs of a platform run on this host, whatever its variant: `OS[/PROCESSOR[/VARIANT]]` or the processor
    /// alone.
    static func isOfHost(_ text: String) -> Bool {
        var parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.first == "linux" { parts.removeFirst() }
        return parts.isEmpty || processors.contains(parts[0]) && parts.count <= 2
    }
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
            "platform", .image, decode: { $1.service.platform.platform = $0.nonEmptyString() },
            render: { .text($0.platform.platform) }),
        .init(
            "runtime", .container, decode: { $1.service.platform.runtime = $0.nonEmptyString() },
            render: { .text($0.platform.runtime) }),
    ]
}
