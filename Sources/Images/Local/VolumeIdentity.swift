internal import CLinux
internal import Glibc
package import LinuxSystem
package import SystemPackage

/// Which identity the containers keep that a volume was made for: an attribute of its directory, which goes wherever that goes.
///
/// The owners in the volume mean what they mean in such containers: 0 is the identity's user.
package enum VolumeIdentity {
    private static let attribute = "user.trice.identity"

    /// `nil` for a volume of other containers.
    package static func of(_ volume: FilePath) -> KeptIdentity? {
        var buffer = [CChar](repeating: 0, count: 32)
        let count = getxattr(volume.string, attribute, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let text = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt32($0) }
        guard numbers.count == 2, let user = numbers[0], let group = numbers[1] else { return nil }
        return KeptIdentity(user: user, group: group)
    }

    /// Marks a volume in which nothing is yet, where its file system can keep the mark.
    package static func mark(_ volume: FilePath, _ identity: KeptIdentity?) throws(SystemError) {
        guard let identity, try Files.names(in: volume).isEmpty else { return }
        let text = Array(identity.description.utf8)
        do throws(SystemError) {
            try systemCall("setxattr", volume.string) { setxattr(volume.string, attribute, text, text.count, 0) }
        } catch {
            guard error.errno == .notSupported else { throw error }
        }
    }
}
