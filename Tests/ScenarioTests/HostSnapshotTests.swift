import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// The leak check is worth something only if it sees leaks: each kind is leaked once here, and taken back.
    @Suite(.timeLimit(.minutes(5)), .enabled("needs root, nft and ip") { try Requirement.met(.root, .nft, .ip) })
    struct HostSnapshotTests {
        /// What makes a leak, what takes it away again (both for the shell; `$ID` is unique), and how it shows.
        struct Leak: CustomTestStringConvertible {
            var kind: HostSnapshot.Kind
            var make: String
            var undo: String
            var testDescription: String { kind.rawValue }
        }

        static let leaks = [
            Leak(kind: .mount, make: "mkdir $DIR/m; mount -t tmpfs $ID $DIR/m", undo: "umount $DIR/m"),
            // The first name of a host mounts /run/netns, and the last one leaves that.
            Leak(
                kind: .networkNamespace,
                make: "[ -e /run/netns ] || touch $DIR/absent; mountpoint -q /run/netns || touch $DIR/unmounted; "
                    + "ip netns add $ID",
                undo: "ip netns del $ID; if [ -e $DIR/unmounted ]; then umount /run/netns; fi; "
                    + "if [ -e $DIR/absent ]; then rmdir /run/netns; fi"),
            Leak(kind: .link, make: "ip link add $ID type bridge", undo: "ip link del $ID"),
            Leak(
                kind: .address, make: "ip link add $ID type bridge; ip address add 192.0.2.77/32 dev $ID",
                undo: "ip link del $ID"),
            Leak(
                kind: .route,
                make: "ip link add $ID type bridge; ip link set $ID up; ip route add 198.51.100.0/28 dev $ID",
                undo: "ip link del $ID"),
            Leak(kind: .rule, make: "nft add table inet $ID", undo: "nft delete table inet $ID"),
            Leak(kind: .cgroup, make: "mkdir $CGROUP/$ID", undo: "rmdir $CGROUP/$ID"),
            Leak(
                kind: .process,
                make: "setsid -f sh -c 'echo $$ >$DIR/../$ID.pid; exec sleep 300' >/dev/null 2>&1; sleep 0.1",
                undo: "kill $(cat $DIR/../$ID.pid); rm $DIR/../$ID.pid; sleep 0.1"),
            Leak(
                kind: .process,
                make:
                    "setsid -f unshare -n sh -c 'echo $$ >$DIR/../$ID.pid; exec sleep 300' >/dev/null 2>&1; sleep 0.1",
                undo: "kill $(cat $DIR/../$ID.pid); rm $DIR/../$ID.pid; sleep 0.1"),
            Leak(kind: .file, make: "mkdir $DIR/files/a; : >$DIR/files/a/b", undo: "rm -r $DIR/files/a"),
            Leak(kind: .setting, make: "echo 1 >$DIR/setting", undo: "echo 0 >$DIR/setting"),
        ]

        @Test(.alone, arguments: leaks) func seesALeakOf(_ leak: Leak) async throws {
            try await withFixture { fixture in
                let cgroup = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/pids") ? "/pids" : ""
                let variables = fixture.environment.merging([
                    "ID": fixture.id, "DIR": fixture.directory, "CGROUP": "/sys/fs/cgroup\(cgroup)",
                ]) { $1 }
                func shell(_ script: String) throws {
                    let output = try Command("sh", ["-ec", script], environment: variables).run()
                    guard output.succeeded else { throw TestError(output.description) }
                }
                let files = ["\(fixture.directory)/files"]
                let settings = ["\(fixture.directory)/setting"]
                try shell("mkdir $DIR/files; echo 0 >$DIR/setting")

                let before = try HostSnapshot.take(directories: files, settings: settings)
                try shell(leak.make)
                let leaked = try HostSnapshot.take(directories: files, settings: settings).difference(from: before)
                try shell(leak.undo)
                let after = try HostSnapshot.settledDifference(from: before, directories: files, settings: settings)

                #expect(leaked.contains { $0.hasPrefix("+ \(leak.kind.rawValue) ") }, "\(leaked)")
                #expect(after == [])
            }
        }

        @Test(.alone) func survivesAFile() throws {
            let snapshot = try HostSnapshot.take()
            let data = try JSONEncoder().encode(snapshot)
            #expect(try JSONDecoder().decode(HostSnapshot.self, from: data) == snapshot)
        }
    }
}
