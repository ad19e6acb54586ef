package import OCI

/// A device that a container has: its node, and what its processes may do with it.
package struct ContainerDevice: Hashable, Sendable {
    /// The node in the container, with its numbers and owner.
    package var node: RuntimeSpecification.Device
    /// Any of `r`, `w` and `m` (make nodes).
    package var access: String

    package init(_ node: RuntimeSpecification.Device, access: String = "rwm") {
        self.node = node
        self.access = access
    }
}
