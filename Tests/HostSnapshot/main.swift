// host-snapshot save FILE       notes what the host looks like
// host-snapshot compare FILE    lists what has changed since, and exits with 1 if anything has
//
// In a lane of tests only what the lane has of its own counts: mounts, links, addresses, routes and rules.

import Foundation
import TestSupport

let kinds = Requirement.isLane ? HostSnapshot.Kind.ofLane : Set(HostSnapshot.Kind.allCases)
let directories = ["/run/trice", "/run/crun", "/run/runc", "/run/netns", "/var/lib/trice/environments"]
let arguments = CommandLine.arguments.dropFirst()

func complain(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(code)
}

guard arguments.count == 2, let verb = arguments.first, let file = arguments.last else {
    complain("usage: host-snapshot save|compare FILE", code: 64)
}
do {
    switch verb {
    case "save":
        try JSONEncoder().encode(HostSnapshot.take(directories: directories, kinds: kinds)).write(
            to: URL(filePath: file))
    case "compare":
        let before = try JSONDecoder().decode(HostSnapshot.self, from: Data(contentsOf: URL(filePath: file)))
        // Forwarding stays on once it was needed, as other container engines leave it.
        let difference = try HostSnapshot.settledDifference(
            from: before, directories: directories, kinds: kinds, ignoring: [.setting])
        if difference.isEmpty {
            print("host: nothing was left behind")
        } else {
            complain((["host: this differs from before the tests:"] + difference).joined(separator: "\n"), code: 1)
        }
    default: complain("usage: host-snapshot save|compare FILE", code: 64)
    }
} catch {
    complain("host-snapshot: \(error)", code: 1)
}
