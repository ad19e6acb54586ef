/// What one thing took over several rounds: milliseconds, or megabytes.
struct Samples {
    private(set) var values: [Double] = []

    mutating func add(_ duration: Duration) {
        let parts = duration.components
        values.append(Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15)
    }

    mutating func add(megabytes: Double) { values.append(megabytes) }

    var median: Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// `61.0 ms (57.2–70.9)`: the median and the range.
    var text: String {
        guard let low = values.min(), let high = values.max() else { return "-" }
        return "\(oneDigit(median)) ms (\(oneDigit(low))–\(oneDigit(high)))"
    }
}

/// A number with one digit after the point.
func oneDigit(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
}

/// A number with two digits after the point.
func twoDigits(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}

/// A line of the report.
struct Row {
    enum Bar {
        /// At most this many times what the floor, or somebody else, takes.
        case ratio(Double, to: Samples)
        /// At most this many milliseconds more than what the floor takes.
        case difference(Double, to: Samples)
        /// At most this many milliseconds.
        case milliseconds(Double)
        /// At most this many megabytes; the samples are megabytes then.
        case megabytes(Double)
        /// Only shown, beside what somebody else takes.
        case comparison(Samples)
        /// Only shown.
        case none
    }

    var name: String
    var samples: Samples
    var bar: Bar

    /// Whether the bar is met; `nil` where there is none.
    var passes: Bool? {
        switch bar {
        case .ratio(let most, let floor): samples.median / floor.median <= most
        case .difference(let most, let floor): samples.median - floor.median <= most
        case .milliseconds(let most), .megabytes(let most): samples.median <= most
        case .comparison, .none: nil
        }
    }

    var cells: [String] {
        let verdict = passes.map { $0 ? "PASS" : "MISS" } ?? ""
        switch bar {
        case .ratio(let most, let floor):
            return [name, samples.text, floor.text, twoDigits(samples.median / floor.median), "≤ \(most) ×", verdict]
        case .difference(let most, let floor):
            return [name, samples.text, floor.text, "", "≤ + \(Int(most)) ms", verdict]
        case .milliseconds(let most): return [name, samples.text, "", "", "≤ \(Int(most)) ms", verdict]
        case .megabytes(let most):
            return [name, "\(oneDigit(samples.median)) MB", "", "", "≤ \(Int(most)) MB", verdict]
        case .comparison(let other):
            return [name, samples.text, other.text, twoDigits(samples.median / other.median), "", ""]
        case .none: return [name, samples.text, "", "", "", ""]
        }
    }
}

/// The rows as aligned text.
func table(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
        for (column, cell) in row.enumerated() {
            if column == widths.count { widths.append(0) }
            widths[column] = max(widths[column], cell.count)
        }
    }
    return rows.map { row in
        let cells = row.enumerated().map { column, text in
            text + String(repeating: " ", count: widths[column] - text.count)
        }
        return cells.joined(separator: "  ").trimmingTrailingSpaces()
    }.joined(separator: "\n")
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}
