package import OCI
package import SystemPackage

/// A device that a container has: its node, and what its processes may do with it.
package struct ContainerDevice: Hashable, Sendable {
    /// The node in the container, with its numbers and owner.
    package var node: RuntimeSpecification.Device
    /// Any of `r`, `w` and `m` (make nodes).
    package var access: String
    /// The device of the host, where it has another path than in the container.
    package var source: FilePath?

    package init(_ node: RuntimeSpecification.Device, access: String = "rwm", source: FilePath? = nil) {
        self.node = node
        self.access = access
        self.source = source
    }
}
