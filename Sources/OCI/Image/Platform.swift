/// The operating system and processor of an image; image-spec image-index.md `platform`.
package struct Platform: Hashable, Sendable, Codable {
    /// Go's name of the processor, such as `amd64`.
    package var architecture: String
    package var os: String
    package var variant: String?
    package var osVersion: String?

    private enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
    }

    package init(architecture: String, os: String = "linux", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// The platform that this program was compiled for.
    package static var host: Platform {
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
    package func fitness(on host: Platform) -> Int? {
        guard os == host.os, architecture == host.architecture else { return nil }
        let wanted = Self.level(host.variant, of: architecture)
        let offered = Self.level(variant, of: architecture)
        return offered > wanted ? nil : offered
    }

    /// Whether stages and images of this platform can be made on `host`. Which level of amd64 (`v2`) its processor has
    /// is not known here: the programs of the image find it out.
    package func isBuildable(on host: Platform) -> Bool {
        if fitness(on: host) != nil { return true }
        return (os, architecture, host.architecture) == (host.os, "amd64", "amd64")
            && ["v1", "v2", "v3", "v4"].contains(variant)
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
    package var description: String { [os, architecture, variant].compactMap { $0 }.joined(separator: "/") }
}
