import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProgramSearchTests {
    private func withDirectories(_ body: (_ first: FilePath, _ second: FilePath) throws -> Void) throws {
        let temporary = try TemporaryDirectory()
        let base = FilePath(temporary.path)
        let (first, second) = (base.appending("first"), base.appending("second"))
        try Files.createDirectory(first)
        try Files.createDirectory(second)
        try body(first, second)
        try temporary.cleanUp()
    }

    @Test func theFirstExecutableFileIsFound() throws {
        try withDirectories { first, second in
            try Files.write(Array("x".utf8), to: first.appending("plain"), mode: 0o644)
            try Files.createDirectory(first.appending("tool"))
            try Files.write(Array("x".utf8), to: second.appending("tool"), mode: 0o755)
            let search = ProgramSearch(only: "\(first):\(second)")
            #expect(search.find("tool") == second.appending("tool"))
            #expect(search.find("plain") == nil)
            #expect(search.find("nothing") == nil)
            #expect(search.find(second.appending("tool").string) == second.appending("tool"))
            #expect(search.find("./nothing") == nil)
        }
    }

    @Test func directoriesOfTheSystemComeAfterThePath() {
        #expect(ProgramSearch(path: "/opt/bin:/usr/sbin").directories.prefix(2) == ["/opt/bin", "/usr/sbin"])
        #expect(ProgramSearch(path: "/opt/bin:/usr/sbin").directories.filter { $0 == "/usr/sbin" }.count == 1)
        #expect(ProgramSearch(path: nil).find("sh") != nil)
        #expect(ProgramSearch(only: "").directories.isEmpty)
    }
}
