import Testing

@testable import LinuxSystem

@Suite(.timeLimit(.minutes(1))) struct IdentityMapTests {
    @Test(arguments: [
        (0, 0, "0 0 4294967295\n"), (0, 1, "0 1 1\n1 0 1\n2 2 4294967293\n"),
        (1001, 0, "0 1001 1\n1 1 1000\n1001 0 1\n1002 1002 4294966293\n"),
        (5, 7, "0 0 5\n5 7 1\n6 6 1\n7 5 1\n8 8 4294967287\n"),
    ])
    func everyIdHasAPlace(stored: UInt32, shown: UInt32, lines: String) {
        let map = IdentityMap(stored: stored, shown: shown)
        #expect(map.lines == lines && map.isEmpty == (stored == shown))
        let counts = map.lines.split(separator: "\n").compactMap { UInt64($0.split(separator: " ")[2]) }
        #expect(counts.reduce(0, +) == 0xffff_ffff)
    }
}
