import CLinux
import Dispatch
import Glibc
import Synchronization
import TestSupport
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

    /// Containers that start at once make their namespaces at once; none waits for a process of another.
    @Test(.enabled("needs root") { try Requirement.met(.root) }) func severalNamespacesAtOnceAreMade() {
        let lines = IdentityMap(stored: 0, shown: 1000).lines
        let made = Atomic(0)
        let group = DispatchGroup()
        for _ in 1...8 {
            let thread = DispatchQueue(label: "trice.test")
            thread.async(group: group) {
                for _ in 1...50 {
                    let namespace = cl_user_namespace(lines, lines)
                    guard namespace >= 0 else { continue }
                    close(namespace)
                    made.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(group.wait(timeout: .now() + .seconds(30)) == .success)
        #expect(made.load(ordering: .relaxed) == 400)
    }
}
