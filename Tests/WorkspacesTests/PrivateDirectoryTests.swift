import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Workspaces

/// The directories of Trice where other users can make names, such as `/tmp/trice-1000`.
@Suite(.timeLimit(.minutes(1))) struct PrivateDirectoryTests {
    private let temporary: TemporaryDirectory
    private var path: FilePath { FilePath(temporary.path).appending("trice-1000") }

    init() throws { temporary = try TemporaryDirectory(mode: 0o1777) }

    @Test(arguments: [0o777, 0o755, 0o711, 0o700] as [UInt32])
    func otherUsersLoseTheirRights(mode: UInt32) throws {
        try Files.createDirectory(path, mode: mode)
        try PrivateDirectory.secure(path)
        #expect(try Files.status(path)?.mode == 0o700)
    }

    @Test func aLinkThatAnotherUserMayHaveMadeIsRefused() throws {
        let target = FilePath(temporary.path).appending("target")
        try Files.createDirectory(target, mode: 0o755)
        try Files.createSymbolicLink(path, to: target.string)
        let error = #expect(throws: SystemError.self) { try PrivateDirectory.secure(path) }
        #expect(error?.call == PrivateDirectory.check)
        #expect(try Files.status(target)?.mode == 0o755)
    }

    @Test func aLinkInADirectoryOfTheUserIsHisOwnChoice() throws {
        let own = FilePath(temporary.path).appending("own")
        try Files.createDirectory(own, mode: 0o755)
        try Files.createDirectory(own.appending("target"), mode: 0o755)
        try Files.createSymbolicLink(own.appending("state"), to: "target")
        try PrivateDirectory.secure(own.appending("state"))
        #expect(try Files.status(own.appending("target"))?.mode == 0o700)
    }

    @Test(.enabled("only root can give a directory away") { try Requirement.met(.root) })
    func aDirectoryOfAnotherUserIsRefused() throws {
        try Files.createDirectory(path, mode: 0o777)
        try Files.changeOwner(path, user: 65534, group: 65534)
        let error = #expect(throws: SystemError.self) { try PrivateDirectory.secure(path) }
        #expect(error?.call == PrivateDirectory.check)
        #expect(try Files.status(path)?.mode == 0o777)
    }

    @Test func aPlaceThatIsSafeAllTheWayUp() throws {
        try PrivateDirectory.checkAncestors(of: path.appending("deep").appending("down"))
        try PrivateDirectory.checkAncestors(of: "/")
    }

    @Test func aDirectoryAboveInWhichAllMayRenameIsRefused() throws {
        let open = FilePath(temporary.path).appending("open")
        try Files.createDirectory(open, mode: 0o777)
        let error = #expect(throws: SystemError.self) {
            try PrivateDirectory.checkAncestors(of: open.appending("state").appending("trice"))
        }
        #expect(error?.call == PrivateDirectory.check && error?.subject == open.string)
    }

    @Test(.enabled("only root can give a directory away") { try Requirement.met(.root) })
    func aDirectoryAboveOfAnotherUserIsRefusedAlsoBehindALink() throws {
        let foreign = FilePath(temporary.path).appending("foreign")
        try Files.createDirectory(foreign, mode: 0o755)
        try Files.createDirectory(foreign.appending("inner"), mode: 0o700)
        try Files.changeOwner(foreign, user: 4711, group: 4711)
        try Files.createSymbolicLink(FilePath(temporary.path).appending("link"), to: "foreign/inner")
        for name in ["foreign/new", "foreign/inner", "link", "link/new"] {
            let error = #expect(throws: SystemError.self, "\(name)") {
                try PrivateDirectory.checkAncestors(of: FilePath(temporary.path).appending(name))
            }
            #expect(error?.subject == foreign.string)
        }
    }
}
