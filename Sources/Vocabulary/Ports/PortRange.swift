/// One port or several in a row; its written form is `8000` or `8000-8010`.
package struct PortRange: TextualValue, Comparable, Sequence {
    package let lowerBound: Port
    package let upperBound: Port

    package init(_ port: Port) {
        lowerBound = port
        upperBound = port
    }

    /// - Throws: when the first port is above the last.
    package init(_ lowerBound: Port, _ upperBound: Port) throws(InvalidValue) {
        guard lowerBound <= upperBound else {
            throw InvalidValue("\(lowerBound)-\(upperBound)", "is a range that runs backwards")
        }
        self.lowerBound = lowerBound
        self.upperBound = upperBound
    }

    package init(_ text: String) throws(InvalidValue) {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let ports = try ends.map { end throws(InvalidValue) in try Port(end) }
        guard let first = ports.first, let last = ports.last else {
            throw InvalidValue(text, "is not a port or a range of ports such as 8000-8010")
        }
        try self.init(first, last)
    }

    /// The ports as numbers.
    package var numbers: ClosedRange<UInt16> { lowerBound.rawValue...upperBound.rawValue }

    /// How many ports there are: at least one.
    package var count: Int { Int(upperBound.rawValue) - Int(lowerBound.rawValue) + 1 }

    /// The `index`-th port, counted from the first; `nil` outside the range.
    package subscript(_ index: Int) -> Port? {
        (0..<count).contains(index) ? Port(exactly: Int(lowerBound.rawValue) + index) : nil
    }

    /// Whether a port is in the range, its ends included.
    package func contains(_ port: Port) -> Bool { lowerBound <= port && port <= upperBound }

    /// The ports, lowest first.
    package func makeIterator() -> AnyIterator<Port> {
        var index = 0
        return AnyIterator {
            defer { index += 1 }
            return self[index]
        }
    }

    package var description: String {
        lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)-\(upperBound)"
    }

    package static func < (left: PortRange, right: PortRange) -> Bool {
        (left.lowerBound, left.upperBound) < (right.lowerBound, right.upperBound)
    }
}
