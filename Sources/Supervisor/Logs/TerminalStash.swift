internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The socket with a terminal's master in its queue that PID 1 inherited as descriptor 4.
enum TerminalStash {
    static let number: Int32 = 4

    /// A copy of the master; the one in the queue stays for the next supervisor. `nil` when there is none.
    static func master(inheritedBy process: ProcessHandle) throws(SystemError) -> OwnedDescriptor? {
        guard let stash = try socket(inheritedBy: process) else { return nil }
        var byte: UInt8 = 0
        var descriptors: [Int32] = [-1]
        var count: Int32 = 1
        var isTruncated: Int32 = 0
        let fd = stash.rawValue
        do throws(SystemError) {
            // A foreign socket answers ENOTSOCK, an empty one EAGAIN.
            try systemCall("recvmsg", "\(fd)") {
                count = 1
                return cl_receive_descriptors(
                    fd, &byte, 1, &descriptors, &count, &isTruncated,
                    Int32(MSG_PEEK | MSG_DONTWAIT))
            }
        } catch  where error.errno == .wouldBlock || error.errno == .notSocket {
            return nil
        }
        return count == 1 ? OwnedDescriptor(owning: descriptors[0]) : nil
    }

    private static func socket(inheritedBy process: ProcessHandle) throws(SystemError) -> SharedDescriptor? {
        do throws(SystemError) {
            return SharedDescriptor(try process.descriptor.descriptor(number))
        } catch  where error.errno == .badFileDescriptor {
            return nil
        }
    }
}
