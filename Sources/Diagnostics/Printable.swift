extension String {
    /// The text for a terminal: control characters, and what turns the direction of writing, are replaced.
    public var printable: String {
        var result = ""
        result.unicodeScalars.append(contentsOf: unicodeScalars.map(\.printable))
        return result
    }
}

extension Unicode.Scalar {
    var printable: Unicode.Scalar {
        switch value {
        case 0x09: self
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: "\u{FFFD}"
        default: self
        }
    }
}
