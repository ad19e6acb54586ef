import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PositionalReadTests {
    @Test func bytesComeFromTheirPlaceAndThePositionStays() throws {
        let temporary = try TemporaryDirectory()
        let path = FilePath(temporary.path).appending("file")
        try Files.write(Array("0123456789".utf8), to: path)
        let file = try OwnedDescriptor.open(path, 0)
        #expect(try file.read(at: 4, atMost: 3) == Array("456".utf8))
        #expect(try file.read(at: 8, atMost: 9) == Array("89".utf8))
        #expect(try file.read(at: 10, atMost: 9).isEmpty)
        #expect(try file.read(atMost: 2) == Array("01".utf8))
    }

    @Test func aDirectoryCannotBeRead() throws {
        let directory = try OwnedDescriptor.open("/", 0)
        let error = #expect(throws: SystemError.self) { try directory.read(at: 0, atMost: 1) }
        #expect(try #require(error).errno == .isDirectory)
    }
}
