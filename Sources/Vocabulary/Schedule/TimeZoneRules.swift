/// When the clocks of a time zone differ from Coordinated Universal Time, and by how much: the content of a file of the
/// time zone database, TZif of RFC 8536.
package struct TimeZoneRules: Hashable, Sendable {
    /// What the clocks show from a moment on.
    package struct Offset: Hashable, Sendable {
        /// Seconds east of Coordinated Universal Time.
        package var seconds: Int64
        /// Such as `CET`.
        package var abbreviation: String
    }

    /// The moments at which the clocks change, in seconds since 1970-01-01 00:00 UTC, ascending.
    private let changes: [Int64]
    /// What they show from each change on.
    private let offsets: [Offset]
    /// What they show before the first change.
    private let first: Offset
    /// What they show after the last change; `nil` for what the last change says.
    private let rule: PosixTimeZone?

    /// Where the files of the database lie, one for each zone by its name.
    package static let directory = "/usr/share/zoneinfo"

    /// Coordinated Universal Time: never moved.
    package static let utc = TimeZoneRules(
        changes: [], offsets: [], first: Offset(seconds: 0, abbreviation: "UTC"), rule: nil)

    private init(changes: [Int64], offsets: [Offset], first: Offset, rule: PosixTimeZone?) {
        self.changes = changes
        self.offsets = offsets
        self.first = first
        self.rule = rule
    }

    /// What the clocks show at a moment.
    package func offset(at time: Int64) -> Offset {
        if let last = changes.last, time >= last, let rule { return rule.offset(at: time) }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= time { low = middle + 1 } else { high = middle }
        }
        if low > 0 { return offsets[low - 1] }
        return changes.isEmpty ? rule?.offset(at: time) ?? first : first
    }

    /// The clock on the wall at a moment.
    package func civil(at time: Int64) -> CivilTime { CivilTime(seconds: time + offset(at: time).seconds) }

    /// The moments at which the clocks show a time, ascending: none where it is skipped, two where it is repeated.
    package func moments(of civil: CivilTime) -> [Int64] {
        let local = civil.seconds
        // No zone is further than a day from UTC, and none changes twice within two days.
        let offsets = Set([offset(at: local - 86_400).seconds, offset(at: local + 86_400).seconds])
        return offsets.map { local - $0 }.filter { $0 + offset(at: $0).seconds == local }.sorted()
    }
}

extension TimeZoneRules {
    /// Whether a text may be the name of a file of the database: one that leads to no other directory.
    package static func isName(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0.isAlphanumeric || "/_+-".utf8.contains($0) } && !text.isEmpty && !text.hasPrefix("/")
    }
}

extension TimeZoneRules {
    private struct Reader {
        let bytes: ArraySlice<UInt8>
        var position: Int

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            position = bytes.startIndex
        }

        mutating func number(_ width: Int) -> Int64? {
            guard bytes.endIndex - position >= width else { return nil }
            var value: UInt64 = 0
            for byte in bytes[position..<position + width] { value = value << 8 | UInt64(byte) }
            position += width
            return width == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
        }

        mutating func skip(_ count: Int) -> Bool {
            guard count >= 0, bytes.endIndex - position >= count else { return false }
            position += count
            return true
        }
    }

    private struct Header {
        var utcCount, standardCount, leapCount, timeCount, typeCount, characterCount: Int

        init?(_ reader: inout Reader) {
            guard Array(reader.bytes[reader.position...].prefix(4)) == Array("TZif".utf8), reader.skip(20) else {
                return nil
            }
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = reader.number(4), (0...100_000).contains(count) else { return nil }
                counts.append(Int(count))
            }
            (utcCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, characterCount) = (counts[3], counts[4], counts[5])
        }

        func size(ofTimes width: Int) -> Int {
            timeCount * (width + 1) + typeCount * 6 + characterCount + leapCount * (width + 4) + standardCount
                + utcCount
        }
    }

    /// - Parameter bytes: the content of a file such as `/usr/share/zoneinfo/Europe/Paris`.
    /// - Returns: `nil` for what is no such file, or of the first version, which has 32-bit times only.
    package init?(bytes: [UInt8]) {
        var reader = Reader(bytes[...])
        guard bytes.count > 44, bytes[4] >= UInt8(ascii: "2"), let old = Header(&reader),
            reader.skip(old.size(ofTimes: 4)), let header = Header(&reader), header.typeCount > 0
        else { return nil }
        var changes: [Int64] = []
        for _ in 0..<header.timeCount {
            guard let time = reader.number(8), time > changes.last ?? .min else { return nil }
            changes.append(time)
        }
        let indices = reader.position
        guard reader.skip(header.timeCount) else { return nil }
        var types: [(seconds: Int64, name: Int)] = []
        for _ in 0..<header.typeCount {
            guard let seconds = reader.number(4), abs(seconds) < 100_000, reader.skip(2) else { return nil }
            types.append((seconds, Int(bytes[reader.position - 1])))
        }
        let names = reader.position
        guard reader.skip(header.characterCount) else { return nil }
        let offsets = types.map { type in
            let name = bytes[names..<reader.position].dropFirst(type.name).prefix { $0 != 0 }
            return Offset(seconds: type.seconds, abbreviation: String(decoding: name, as: UTF8.self))
        }
        guard reader.skip(header.leapCount * 12 + header.standardCount + header.utcCount),
            let chosen = Self.chosen(offsets, bytes[indices..<indices + header.timeCount])
        else { return nil }
        let footer = bytes[reader.position...].dropFirst().prefix { $0 != UInt8(ascii: "\n") }
        self.init(
            changes: changes, offsets: chosen, first: offsets[0],
            rule: PosixTimeZone(parsing: String(decoding: footer, as: UTF8.self)))
    }

    private static func chosen(_ offsets: [Offset], _ indices: ArraySlice<UInt8>) -> [Offset]? {
        var chosen: [Offset] = []
        for index in indices {
            guard Int(index) < offsets.count else { return nil }
            chosen.append(offsets[Int(index)])
        }
        return chosen
    }
}
