internal import LinuxSystem

/// A descriptor with several holders, closed when the last one lets go.
final class SharedDescriptor: Sendable {
    let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    var rawValue: Int32 { descriptor.rawValue }
}
