package import OCI
internal import SystemPackage

/// A file of the Container Device Interface: devices of one kind, and what a container needs to use them; cdi SPEC.md.
package struct DeviceInterface: Decodable, Hashable, Sendable {
    /// `VENDOR/CLASS`, such as `nvidia.com/gpu`.
    package var kind: String
    /// The devices of the kind.
    package var devices: [Device]?
    /// What holds for every device of the file.
    package var containerEdits: Edits?

    /// One device of a kind, and what it adds to a container.
    package struct Device: Decodable, Hashable, Sendable {
        package var name: String
        package var containerEdits: Edits?
    }

    /// Additions to the description of a container.
    package struct Edits: Decodable, Hashable, Sendable {
        /// `NAME=value` each.
        package var env: [String]?
        package var deviceNodes: [Node]?
        package var mounts: [Mount]?
        package var hooks: [Hook]?
        /// Groups that the container's program gets.
        package var additionalGids: [UInt32]?
    }

    /// A device node that is added to the container.
    package struct Node: Decodable, Hashable, Sendable {
        package var path: String
        /// `nil` for the same path.
        package var hostPath: String?
        /// Any of `r`, `w` and `m`.
        package var permissions: String?
    }

    /// A bind mount that is added to the container.
    package struct Mount: Decodable, Hashable, Sendable {
        package var hostPath: String
        package var containerPath: String
        package var options: [String]?
    }

    /// A program that the runtime runs at one moment of the container's life.
    package struct Hook: Decodable, Hashable, Sendable {
        /// The moment, such as `createContainer`.
        package var hookName: String
        package var path: String
        package var args: [String]?
        package var env: [String]?
        /// Seconds.
        package var timeout: Int?
    }
}

/// What the devices of a container add to its description.
package struct DeviceEdits: Hashable, Sendable {
    /// Variables as `NAME=VALUE`.
    package var environment: [String] = []
    package var nodes: [DeviceInterface.Node] = []
    package var mounts: [ContainerMount] = []
    package var hooks: RuntimeSpecification.Hooks?
    /// Further groups of the container's program.
    package var groups: [UInt32] = []

    package init() {}

    /// Adds those of a file or of one of its devices.
    package mutating func add(_ edits: DeviceInterface.Edits?) {
        guard let edits else { return }
        environment += edits.env ?? []
        nodes += edits.deviceNodes ?? []
        groups += edits.additionalGids ?? []
        mounts += (edits.mounts ?? []).map { mount in
            let options = mount.options ?? []
            return ContainerMount(
                .bind(source: FilePath(mount.hostPath), isRecursive: options.contains("rbind")),
                target: mount.containerPath, isReadOnly: options.contains("ro"),
                options: options.filter { !["bind", "rbind", "ro", "rw"].contains($0) })
        }
        for hook in edits.hooks ?? [] {
            hooks = (hooks ?? .init()).adding(
                .init(path: hook.path, args: hook.args, env: hook.env, timeout: hook.timeout), at: hook.hookName)
        }
    }
}
