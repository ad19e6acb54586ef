internal import Diagnostics

/// The platform of a build or of its target.
package struct BuildPlatform: Hashable, Sendable, CustomStringConvertible {
    package var os: String
    package var architecture: String
    package var variant: String?
    package var osVersion: String?

    package init(os: String = "linux", architecture: String, variant: String? = nil, osVersion: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
    }

    /// Such as `linux/arm/v7`.
    package var description: String {
        [os, architecture, variant ?? ""].filter { !$0.isEmpty }.joined(separator: "/")
    }
}

/// The build arguments of the user and of the machine.
package struct BuildArguments: Hashable, Sendable {
    /// Of the command line: `--build-arg NAME=VALUE`.
    package var values: [String: String]
    package var buildPlatform: BuildPlatform
    package var targetPlatform: BuildPlatform
    /// The requested stage, as the user named it; `nil` for the last one.
    package var targetStage: String?

    package init(
        values: [String: String] = [:], buildPlatform: BuildPlatform, targetPlatform: BuildPlatform? = nil,
        targetStage: String? = nil
    ) {
        self.values = values
        self.buildPlatform = buildPlatform
        self.targetPlatform = targetPlatform ?? buildPlatform
        self.targetStage = targetStage
    }

    /// The arguments that every `FROM` knows, and every stage that declares them.
    ///
    /// Source: Dockerfile reference, "Automatic platform ARGs in the global scope".
    static let platformNames = [
        "BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS",
        "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT", "TARGETSTAGE",
    ]

    var platformVariables: [Variable] {
        let text = [
            buildPlatform.description, buildPlatform.os, buildPlatform.osVersion ?? "", buildPlatform.architecture,
            buildPlatform.variant ?? "", targetPlatform.description, targetPlatform.os, targetPlatform.osVersion ?? "",
            targetPlatform.architecture, targetPlatform.variant ?? "", targetStage ?? "default",
        ]
        return zip(Self.platformNames, text).map { Variable(name: $0, value: values[$0] ?? $1) }
    }

    /// The proxies among them, in capitals: they may be given without an `ARG`.
    ///
    /// Source: Dockerfile reference, "Predefined ARGs".
    static let proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]

    /// What `RUN` gets of them, each in capitals and in small letters. They are in no image and in no history, and no
    /// instruction can use them without an `ARG`.
    package var proxyVariables: [Variable] {
        Self.proxyNames.flatMap { name -> [Variable] in
            guard let value = values[name] ?? values[name.lowercased()] else { return [] }
            return [Variable(name: name, value: value), Variable(name: name.lowercased(), value: value)]
        }
    }

    /// The names among the values that no `ARG` of the file declares, by alphabet.
    package func unused(in file: ParsedDockerfile) -> [String] {
        let declared = Set(file.declaredArguments)
        return values.keys.filter { name in
            !declared.contains(name) && !Self.platformNames.contains(name)
                && !Self.proxyNames.contains(name.uppercased())
        }.sorted()
    }

    /// The argument of a Dockerfile that is nearest to an unknown name.
    package static func nearest(to name: String, in file: ParsedDockerfile) -> String? {
        Suggestion.nearest(to: name, in: file.declaredArguments)
    }
}
