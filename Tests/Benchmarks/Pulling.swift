import Foundation
import TestSupport

/// Images of Debian from a registry on the loopback interface into an empty state, against bsdtar, which only unpacks the
/// same layer, and against others who do the same work.
final class Pulling {
    private typealias Name = DebianImages.Name

    private let fixture: Fixture
    private let project: Project
    private let registry: LocalRegistry
    private let layer: String
    private let pullers: [Puller]
    let remarks: [String]

    private var trice: [Name: Samples] = [:]
    private var triceSettled: [Name: Samples] = [:]
    private var memory: [Name: Samples] = [:]
    private var bsdtar = Samples()
    private var bsdtarSettled = Samples()
    /// By the number in `pullers`.
    private var others: [Name: [Int: Samples]] = [:]
    private var difference = Samples()
    private var prune = Samples()

    /// The others take a minute for a round and are far from the bar.
    static let roundsOfOthers = 2
    private static let shapes: [Name] = [.one, .twelve]

    init(fixture: Fixture) throws {
        self.fixture = fixture
        project = try fixture.emptyProject(named: "\(fixture.id)-images")
        let images = try DebianImages(fixture: fixture)
        layer = try images.singleLayer()
        registry = try LocalRegistry(fixture: fixture)
        try registry.push(images)
        (pullers, remarks) = Puller.all(fixture: fixture)
    }

    func round(_ number: Int) throws {
        var turns: [() throws -> Void] = [unpackAlone]
        for shape in Self.shapes {
            turns.append { try self.pull(shape) }
            guard number < Self.roundsOfOthers else { continue }
            for puller in pullers.indices { turns.append { try self.pull(shape, with: puller) } }
        }
        for turn in number.isMultiple(of: 2) ? turns : turns.reversed() { try turn() }
    }

    /// The layer's blob alone, from a file: without registry, digests, blob and confinement to the directory.
    private func unpackAlone() throws {
        try Scratch.with(fixture) { directory in
            try measure(Command("mkdir", ["\(directory)/root"]))
            let time = try measure(Command("bsdtar", ["-xpf", layer, "-C", "\(directory)/root"]))
            bsdtar.add(time)
            bsdtarSettled.add(time + (try Scratch.sync(directory)))
        }
    }

    private func pull(_ shape: Name) throws {
        try Scratch.with(fixture) { directory in
            func command(_ arguments: String...) throws -> Command {
                try project.command(
                    ["image"] + arguments, environment: ["TRICE_STATE_DIRECTORY": "\(directory)/state"])
            }
            let reference = registry.reference(shape)
            let (time, megabytes) = try PeakMemory.measure(command("pull", "--progress", "quiet", reference))
            trice[shape, default: Samples()].add(time)
            triceSettled[shape, default: Samples()].add(time + (try Scratch.sync(directory)))
            memory[shape, default: Samples()].add(megabytes: megabytes)
            guard shape == .one else { return }
            try measure(command("pull", "--progress", "quiet", registry.reference(.changed)))
            difference.add(try measure(command("diff", reference, registry.reference(.changed))))
            // The first one may find what the pulls have left.
            try measure(command("prune", "--force"))
            prune.add(try measure(command("prune", "--force")))
        }
    }

    private func pull(_ shape: Name, with number: Int) throws {
        try Scratch.with(fixture) { directory in
            let time = try pullers[number].pull(registry.reference(shape), directory)
            others[shape, default: [:]][number, default: Samples()].add(time)
        }
    }
}

// MARK: - The report

extension Pulling {
    var rows: [Row] {
        let (one, twelve) = (samples(trice, .one), samples(trice, .twelve))
        return [
            Row(name: "image pull, 1 layer : bsdtar", samples: one, bar: .ratio(1.2, to: bsdtar)),
            Row(name: "image pull, 12 layers : bsdtar", samples: twelve, bar: .comparison(bsdtar)),
            Row(
                name: "the same and sync, 1 layer", samples: samples(triceSettled, .one),
                bar: .comparison(bsdtarSettled)),
            Row(
                name: "the same and sync, 12 layers", samples: samples(triceSettled, .twelve),
                bar: .comparison(bsdtarSettled)),
        ] + Self.shapes.flatMap(rowsAgainstOthers) + [
            Row(name: "peak memory, 1 layer", samples: samples(memory, .one), bar: .megabytes(150)),
            Row(name: "peak memory, 12 layers", samples: samples(memory, .twelve), bar: .megabytes(150)),
            Row(name: "image diff, one layer more", samples: difference, bar: .none),
            Row(name: "image prune, nothing to do", samples: prune, bar: .none),
        ]
    }

    private func rowsAgainstOthers(_ shape: Name) -> [Row] {
        pullers.indices.map { number in
            Row(
                name: "image pull, \(shape == .one ? "1 layer" : "12 layers") : \(pullers[number].name)",
                samples: samples(trice, shape), bar: .ratio(1, to: others[shape]?[number] ?? Samples()))
        }
    }

    private func samples(_ all: [Name: Samples], _ shape: Name) -> Samples { all[shape] ?? Samples() }
}
