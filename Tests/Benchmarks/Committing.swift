import Foundation
import TestSupport

/// `trice commit` of a running container that has changed many small files, beside what copying them costs others.
final class Committing {
    private let project: Project
    private let directory: String
    private let upper: String
    private var number = 0

    private var pausing = Samples()
    private var running = Samples()
    private var copy = Samples()
    private var creation = Samples()

    static let fileCount = 10_000
    private static let filesPerDirectory = 100

    init(fixture outer: Fixture) throws {
        let fixture = try Fixture()
        outer.onCleanUp { try fixture.cleanUp() }
        try Scratch.mount("\(outer.directory)/commit.img", on: fixture.directory)
        try Contestant.mountRunDirectory(of: fixture)
        directory = fixture.directory
        project = try fixture.project(
            "name: \(fixture.id)\nservices:\n  s:\n    image: bootstrap:busybox\n    command: sleep 100000\n")
        try measure(project.command(["up"]))
        let environment = try project.status().environment
        upper = "\(fixture.stateDirectory)/environments/\(environment)/containers/s-1/upper"
        let script = """
            mkdir /data && cd /data
            for d in $(seq \(Self.fileCount / Self.filesPerDirectory)); do
                mkdir $d
                for f in $(seq \(Self.filesPerDirectory)); do echo "file $f of directory $d" > $d/$f; done
            done
            """
        try measure(project.command(["exec", "s", "--", "sh", "-ec", script]))
        let count = try FileManager.default.subpathsOfDirectory(atPath: "\(upper)/data").count
        guard count >= Self.fileCount else { throw TestError("\(upper) has only \(count) files") }
    }

    /// Nothing is removed between rounds; `Scratch` says why.
    func round() throws {
        number += 1
        var turns: [() throws -> Void] = [
            { self.pausing.add(try self.commit("paused")) },
            { self.running.add(try self.commit("running", "--no-pause")) },
            { self.copy.add(try measure(Command("cp", ["-a", self.upper, "\(self.directory)/copy-\(self.number)"]))) },
            { self.creation.add(try self.createFiles()) },
        ]
        if number.isMultiple(of: 2) { turns.reverse() }
        for turn in turns {
            try Scratch.sync(directory)
            try turn()
        }
    }

    private func commit(_ name: String, _ options: String...) throws -> Duration {
        try measure(project.command(["commit"] + options + ["s", "bench/\(name):\(number)"]))
    }

    /// The least that as many files cost: made, written and closed, each by its path, by one thread of one process.
    private func createFiles() throws -> Duration {
        let root = "\(directory)/created-\(number)"
        let clock = ContinuousClock()
        let start = clock.now
        mkdir(root, 0o755)
        for directory in 0..<Self.fileCount / Self.filesPerDirectory {
            mkdir("\(root)/\(directory)", 0o755)
            for file in 0..<Self.filesPerDirectory {
                let descriptor = open("\(root)/\(directory)/\(file)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
                let text = "file \(file) of directory \(directory)\n"
                guard descriptor >= 0, write(descriptor, text, text.utf8.count) > 0, close(descriptor) == 0 else {
                    throw TestError("cannot make files: \(TestError.reason())")
                }
            }
        }
        return clock.now - start
    }

    var rows: [Row] {
        [
            Row(name: "commit, 10 000 files", samples: pausing, bar: .milliseconds(50)),
            Row(name: "commit --no-pause : cp -a", samples: running, bar: .comparison(copy)),
            Row(name: "commit --no-pause : creates", samples: running, bar: .comparison(creation)),
        ]
    }
}
