import Foundation
import TestSupport

/// `trice build` of a Dockerfile with twelve instructions against others who build it: with nothing in the cache, with
/// everything in it, and with one file of the context changed.
final class Building {
    private let fixture: Fixture
    private let builders: [ImageBuilder]
    let remarks: [String]
    private let context: BuildingContext
    /// By the number in `builders`, the first of which is Trice.
    private var cold: [Samples]
    private var warm: [Samples]
    private var changed: [Samples]
    private var large = Samples()
    /// Of the build of the large context: there is one cache for all rounds.
    private let largeBuild: () throws -> Duration
    private var number = 0

    static let fileCount = 5000
    static let largeFileCount = 50_000
    private static let repeats = 3
    private static let largeDockerfile = "ARG BASE\nFROM ${BASE}\nARG SAMPLE\nCOPY src/ /srv/src/\nCMD [\"true\"]\n"

    init(fixture: Fixture) throws {
        self.fixture = fixture
        let base = try BuildingBase(fixture: fixture)
        let project = try fixture.emptyProject(named: "\(fixture.id)-builds")
        let trice = ImageBuilder.trice(project, base: base)
        let (others, remarks) = ImageBuilder.others(fixture: fixture, base: base)
        let builders = [trice] + others
        self.builders = builders
        self.remarks = remarks
        let none = [Samples](repeating: Samples(), count: builders.count)
        (cold, warm, changed) = (none, none, none)
        var context = BuildingContext(fileCount: Self.fileCount)
        for number in builders.indices {
            try Scratch.prepare(Self.image(number), fixture) { directory in
                try builders[number].prepare(directory)
                try context.write(to: "\(directory)/context")
            }
        }
        self.context = context
        largeBuild = try Self.prepareLarge(fixture, trice)
    }

    private static func image(_ number: Int) -> String { "builder-\(number)" }

    /// Builds the large context once.
    private static func prepareLarge(_ fixture: Fixture, _ trice: ImageBuilder) throws -> () throws -> Duration {
        let directory = "\(fixture.directory)/large"
        try Scratch.mount("\(fixture.directory)/large.img", on: directory)
        try trice.prepare(directory)
        var context = BuildingContext(fileCount: largeFileCount)
        try context.write(to: "\(directory)/context", dockerfile: largeDockerfile)
        let command = try trice.command(directory, "\(directory)/context", "0")
        try measure(command)
        try Scratch.sync(directory)
        return { try measure(command) }
    }

    /// Each builder in turn, on a file system of its own that was never written to but to prepare it.
    func round(_ round: Int) throws {
        for builder in round.isMultiple(of: 2) ? Array(builders.indices) : builders.indices.reversed() {
            number += 1
            try Scratch.withCopy(Self.image(builder), fixture) { try sample(builder, in: $0) }
        }
        for _ in 0..<Self.repeats { large.add(try largeBuild()) }
    }

    private func sample(_ builder: Int, in directory: String) throws {
        // Another path for each sample: docker knows contexts by it.
        let place = "\(directory)/context-\(number)"
        try measure(Command("mv", ["\(directory)/context", place]))
        // As on the machine of somebody who works on it, the files are in memory.
        try measure(Command("sh", ["-ec", "find \(place) -type f -print0 | xargs -0 cat > \(directory)/all"]))
        try Scratch.sync(directory)
        let command = try builders[builder].command(directory, place, "\(number)")
        cold[builder].add(try measure(command))
        for _ in 0..<Self.repeats {
            try Scratch.sync(directory)
            warm[builder].add(try measure(command))
        }
        for change in 0..<Self.repeats {
            let file = "\(place)/\(context.someFile)"
            try measure(Command("sh", ["-ec", "echo '/* change \(number) \(change) */' >> \(file)"]))
            try Scratch.sync(directory)
            changed[builder].add(try measure(command))
        }
    }
}

// MARK: - The report

extension Building {
    var rows: [Row] {
        [
            Row(name: "build, nothing cached : the best other", samples: cold[0], bar: .ratio(0.7, to: best(cold))),
            Row(name: "build, everything cached", samples: warm[0], bar: .milliseconds(60)),
            Row(
                name: "build, 1 file of \(Self.fileCount) changed : the best other", samples: changed[0],
                bar: .ratio(0.333, to: best(changed))),
            Row(name: "build, \(Self.largeFileCount) files unchanged", samples: large, bar: .milliseconds(150)),
        ]
            + builders.indices.dropFirst().flatMap { number in
                [
                    Row(
                        name: "nothing cached : \(builders[number].name)", samples: cold[0],
                        bar: .comparison(cold[number])),
                    Row(
                        name: "everything cached : \(builders[number].name)", samples: warm[0],
                        bar: .comparison(warm[number])),
                    Row(
                        name: "1 file changed : \(builders[number].name)", samples: changed[0],
                        bar: .comparison(changed[number])),
                ]
            }
    }

    /// Whoever else is the fastest.
    private func best(_ samples: [Samples]) -> Samples {
        samples.dropFirst().min { $0.median < $1.median } ?? Samples()
    }
}
