internal import FoundationEssentials
internal import Sessions

/// Log lines as text, each with the service it came from.
struct LogText {
    let style: Style
    let names: [String]
    let showsTime: Bool
    let showsName: Bool
    let asJSON: Bool

    private struct Row: Encodable {
        var container: String
        var stream: String
        var time: String
        var line: String
    }

    func render(_ line: LogStream.Line) -> [UInt8] {
        if asJSON {
            let row = Row(
                container: line.container, stream: line.isError ? "stderr" : "stdout", time: time(of: line),
                line: String(decoding: line.bytes, as: UTF8.self))
            return Array((Output.jsonLine(row) + "\n").utf8)
        }
        var head = ""
        if showsName {
            let width = names.map(\.count).max() ?? 0
            head += colour(line.container, line.container.padding(to: width)) + style.faint(" | ")
        }
        if showsTime { head += style.faint(time(of: line)) + " " }
        return Array(head.utf8) + line.bytes + [UInt8(ascii: "\n")]
    }

    private func colour(_ name: String, _ text: String) -> String {
        let colours = [style.cyan, style.green, style.yellow, style.bold]
        return colours[(names.firstIndex(of: name) ?? 0) % colours.count](text)
    }

    /// RFC 3339 in UTC with milliseconds.
    private func time(of line: LogStream.Line) -> String {
        let date = Date(timeIntervalSince1970: Double(line.nanoseconds / 1_000_000) / 1000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
