package import Dockerfile
package import SystemPackage

/// A mount of a RUN step with its content.
///
/// Relative targets are below the working directory. Source: Dockerfile reference, "RUN --mount".
package enum StepMount: Sendable {
    /// Changes in it are discarded.
    case bind(RunMount.Bind, from: MountSource)
    /// `seed` is the first content of a new cache.
    case cache(RunMount.Cache, seed: MountSource?)
    case tmpfs(RunMount.Temporary)
    /// `contents` is `nil` when the build has no such secret.
    case secret(RunMount.Secret, contents: [UInt8]?)
    /// `socket` is the socket of an SSH agent on this host; `nil` when the build has none.
    case ssh(RunMount.AgentSocket, socket: FilePath?)
}

/// The tree that a mount shows a part of.
package struct MountSource: Sendable, Hashable {
    enum Place: Sendable, Hashable {
        case directory(FilePath)
        /// The uppermost first.
        case layers([FilePath])
    }

    let place: Place
    /// What messages call it, such as `the stage 'build'`.
    let name: String
    /// Its identity: a cache with another first tree is another cache.
    let identity: String

    /// A directory of the host, such as the build context.
    package static func directory(_ path: FilePath, named name: String, identity: String = "") -> MountSource {
        MountSource(place: .directory(path), name: name, identity: identity)
    }

    /// The root of an image or a stage; the uppermost layer first.
    package static func layers(_ layers: [FilePath], named name: String, identity: String = "") -> MountSource {
        MountSource(place: .layers(layers), name: name, identity: identity)
    }
}

extension StepMount {
    /// The path in the container; `nil` for a secret that is only a variable, and for a socket with a default path.
    var target: String? {
        switch self {
        case .bind(let mount, _): mount.target
        case .cache(let mount, _): mount.target
        case .tmpfs(let mount): mount.target
        case .secret(let mount, _): mount.target
        case .ssh(let mount, _): mount.target
        }
    }
}
