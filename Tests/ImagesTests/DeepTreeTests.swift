import CLinux
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// Directories deeper than an image can have, as a container can make them: an error, and neither a crash nor a lack of
/// descriptors.
@Suite(.timeLimit(.minutes(2))) struct DeepTreeTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture() }

    private func deep(_ levels: Int) throws -> FilePath {
        let root = fixture.directory.appending("deep")
        try Files.createDirectory(root)
        var current = try OwnedDescriptor.open(root, CL_O_PATH | O_DIRECTORY)
        for _ in 0..<levels {
            try #require(mkdirat(current.rawValue, "d", 0o755) == 0)
            current = try current.openBeneath("d", CL_O_PATH | O_DIRECTORY)
        }
        return root
    }

    private func expectRefusal(_ body: () throws -> Void) throws {
        let error = try imageError(body)
        #expect(error.code == .limitExceeded, "\(error)")
        #expect(error.message.contains("512") && error.message.utf8.count < 600, "\(error)")
    }

    @Test func aContainersChangesAreNotListed() throws {
        let upper = try deep(1200)
        let base = fixture.directory.appending("base")
        try Files.createDirectory(base)
        try expectRefusal { _ = try TreeDifference.changes(in: upper, over: LayerStack([base])) }
        try expectRefusal { _ = try TreeDifference(from: LayerStack([upper]), to: LayerStack([base])).changes() }
        try expectRefusal { _ = try TreeListing(of: LayerStack([upper]), depth: 1) }
    }

    @Test func aRootFilesystemIsNoImage() throws {
        _ = try deep(1200)
        try expectRefusal { _ = try fixture.store().ensure(fixture.reference("rootfs:deep")) }
    }

    @Test(.enabled("needs root for trusted attributes") { try Requirement.met(.root) })
    func aContainerIsNotCommitted() throws {
        let local = try fixture.local()
        let upper = try deep(1200)
        try expectRefusal { _ = try local.snapshot(upper) }
    }

    @Test func whatIsJustDeepEnoughIsListed() throws {
        let upper = try deep(512)
        let base = fixture.directory.appending("base")
        try Files.createDirectory(base)
        #expect(try TreeDifference.changes(in: upper, over: LayerStack([base])).count == 512)
    }
}
