/// A Linux signal, 1 to 31 or a real-time one, 34 to 64; signal(7), x86 and ARM. Its written form is `SIGTERM` or
/// `SIGRTMIN+3`.
package struct Signal: TextualValue, Comparable {
    package let number: Int32

    package static let interrupt = Signal(unchecked: 2)
    package static let kill = Signal(unchecked: 9)
    package static let terminate = Signal(unchecked: 15)

    /// The names of 1 to 31 without `SIG`.
    package static let names = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    private static let realTime: ClosedRange<Int32> = 34...64

    private init(unchecked number: Int32) {
        self.number = number
    }

    /// `nil` for a number that programs cannot use: the C library keeps 32 and 33 for itself.
    package init?(number: Int32) {
        guard (1...31).contains(number) || Self.realTime.contains(number) else { return nil }
        self.number = number
    }

    /// Reads `SIGTERM`, `term`, `15`, `SIGRTMIN+3` and `RTMAX-1`.
    package init(_ text: String) throws(InvalidValue) {
        guard let signal = Self.signal(text) else {
            throw InvalidValue(text, "is not a signal: use a name such as SIGTERM or a number from 1 to 64")
        }
        self = signal
    }

    private static func signal(_ text: String) -> Signal? {
        if let number = Int32(text) { return Signal(number: number) }
        let upper = text.uppercased()
        let bare = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        switch bare {
        case "IOT": return Signal(number: 6)
        case "CLD": return Signal(number: 17)
        case "POLL": return Signal(number: 29)
        case "RTMIN": return Signal(number: realTime.lowerBound)
        case "RTMAX": return Signal(number: realTime.upperBound)
        default: break
        }
        if let index = names.firstIndex(of: bare) { return Signal(number: Int32(index) + 1) }
        for (prefix, base, sign) in [("RTMIN+", realTime.lowerBound, 1), ("RTMAX-", realTime.upperBound, -1)]
        where bare.hasPrefix(prefix) {
            guard let step = UInt8(bare.dropFirst(prefix.count)), step <= 30 else { return nil }
            return Signal(number: base + Int32(sign) * Int32(step))
        }
        return nil
    }

    package var description: String {
        if Self.names.indices.contains(Int(number) - 1) { return "SIG" + Self.names[Int(number) - 1] }
        let offset = number - Self.realTime.lowerBound
        return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+\(offset)"
    }

    package static func < (left: Signal, right: Signal) -> Bool { left.number < right.number }
}
