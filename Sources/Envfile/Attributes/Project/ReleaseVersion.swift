/// A version such as `0.1`, `1.2.3` or `1.0.0-beta.2`, ordered as <https://semver.org> has it (§11).
package struct ReleaseVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// One to three numbers as written; a number that is missing counts as 0.
    package let numbers: [Int]
    /// The parts after `-`; empty for a release.
    package let prerelease: [String]

    /// - Returns: `nil` for a text that is no version.
    package init?(_ text: String) {
        let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? Int(part) : nil
        }
        let prerelease = halves.count == 1 ? [] : halves[1].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(numbers.count), !numbers.contains(nil),
            prerelease.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isIdentifier) })
        else { return nil }
        self.numbers = numbers.compactMap { $0 }
        self.prerelease = prerelease.map(String.init)
    }

    init(numbers: [Int]) {
        self.numbers = numbers
        prerelease = []
    }

    package var description: String {
        let release = numbers.map(String.init).joined(separator: ".")
        return prerelease.isEmpty ? release : release + "-" + prerelease.joined(separator: ".")
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte == UInt8(ascii: "-")
    }
}

extension ReleaseVersion {
    private var padded: [Int] { numbers + Array(repeating: 0, count: 3 - numbers.count) }

    /// `1.0` and `1.0.0` are the same version.
    package static func == (left: ReleaseVersion, right: ReleaseVersion) -> Bool {
        left.padded == right.padded && left.prerelease == right.prerelease
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(padded)
        hasher.combine(prerelease)
    }

    package static func < (left: ReleaseVersion, right: ReleaseVersion) -> Bool {
        if left.padded != right.padded { return left.padded.lexicographicallyPrecedes(right.padded) }
        // A prerelease precedes its release.
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (one, other) in zip(left.prerelease, right.prerelease) where one != other {
            switch (Int(one), Int(other)) {
            case (let one?, let other?): return one < other
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return one < other
            }
        }
        return left.prerelease.count < right.prerelease.count
    }
}
