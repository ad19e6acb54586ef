internal import FoundationEssentials
internal import Sessions

/// Log lines as text, each with the service it came from.
struct LogText {
    let style: Style
    let showsTime: Bool
    let showsName: Bool
    let asJSON: Bool
    /// Whether what steers a terminal is left out of the lines.
    var isFiltered = false

    private struct Row: Encodable {
        var container: String
        var stream: String
        var time: String
        var line: String
        /// Only for a line that goes on in the next row of the same stream, or has no end.
        var isPartial: Bool?
    }

    init(style: Style, showsTime: Bool, showsName: Bool, asJSON: Bool) {
        self.style = style
        self.showsTime = showsTime
        self.showsName = showsName
        self.asJSON = asJSON
    }

    /// The output whose line is on the screen without its end.
    private var open: (container: String, isError: Bool)?

    /// - Parameter names: the containers that are shown, for the width of their names.
    mutating func render(_ line: LogStream.Line, among names: [String]) -> [UInt8] {
        if asJSON {
            let row = Row(
                container: line.container, stream: line.isError ? "stderr" : "stdout", time: time(of: line),
                line: String(decoding: line.bytes, as: UTF8.self), isPartial: line.isPartial ? true : nil)
            return Array((Output.jsonLine(row) + "\n").utf8)
        }
        let end: [UInt8] = line.isPartial ? [] : [UInt8(ascii: "\n")]
        let isContinued = open.map { $0 == (line.container, line.isError) } ?? false
        defer { open = line.isPartial ? (line.container, line.isError) : nil }
        let bytes = isFiltered ? Array(TerminalText(String(decoding: line.bytes, as: UTF8.self)).line.utf8) : line.bytes
        if isContinued { return bytes + end }
        var head = open == nil ? "" : "\n"
        if showsName {
            let width = names.map(\.count).max() ?? 0
            head += colour(line.container, line.container.padding(to: width), names) + style.faint(" | ")
        }
        if showsTime { head += style.faint(time(of: line)) + " " }
        return Array(head.utf8) + bytes + end
    }

    /// Ends a line that is still open.
    mutating func finish() -> [UInt8] {
        defer { open = nil }
        return open == nil ? [] : [UInt8(ascii: "\n")]
    }

    private func colour(_ name: String, _ text: String, _ names: [String]) -> String {
        let colours = [style.cyan, style.green, style.yellow, style.bold]
        return colours[(names.firstIndex(of: name) ?? 0) % colours.count](text)
    }

    /// RFC 3339 in UTC with milliseconds.
    private func time(of line: LogStream.Line) -> String {
        let date = Date(timeIntervalSince1970: Double(line.nanoseconds / 1_000_000) / 1000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
