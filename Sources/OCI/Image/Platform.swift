/// The operating system and processor of an image; image-spec image-index.md `platform`.
public struct Platform: Hashable, Sendable, Codable {
    /// Go's name of the processor, such as `amd64`.
    public var architecture: String
    public var os: String
    public var variant: String?
    public var osVersion: String?

    private enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
    }

    public init(architecture: String, os: String = "linux", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// The platform that this program was compiled for.
    public static var host: Platform {
        #if arch(x86_64)
            Platform(architecture: "amd64")
        #elseif arch(arm64)
            Platform(architecture: "arm64", variant: "v8")
        #elseif arch(riscv64)
            Platform(architecture: "riscv64")
        #elseif arch(s390x)
            Platform(architecture: "s390x")
        #else
            Platform(architecture: "ppc64le")
        #endif
    }

    /// How well an image for `self` runs on `host`: `nil` is not at all, and the larger number is the better.
    public func fitness(on host: Platform) -> Int? {
        guard os == host.os, architecture == host.architecture else { return nil }
        let wanted = Self.level(host.variant, of: architecture)
        let offered = Self.level(variant, of: architecture)
        return offered > wanted ? nil : offered
    }

    /// The number in a variant such as `v8`; an absent variant is the architecture's first.
    private static func level(_ variant: String?, of architecture: String) -> Int {
        if let variant, variant.first == "v", let number = Int(variant.dropFirst()) { return number }
        switch architecture {
        case "arm64": return 8
        case "arm": return 7
        default: return 1
        }
    }
}

extension Platform: CustomStringConvertible {
    public var description: String { [os, architecture, variant].compactMap { $0 }.joined(separator: "/") }
}
