/// Allows options before the command, as in `trice -f dev.yaml up`, which users of Compose write.
enum ArgumentOrder {
    private static let withValue: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--project-directory", "--env-file", "--profile", "--runtime",
        "--progress",
    ]
    private static let flags: Set<String> = ["--json", "--verbose"]

    /// The arguments with the command first; unchanged when another option than Trice's comes before it.
    static func commandFirst(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let next = rest.first, next.hasPrefix("-") {
            let name = next.split(separator: "=", maxSplits: 1).first.map(String.init) ?? next
            if flags.contains(next) || (withValue.contains(name) && name != next) {
                moved.append(rest.removeFirst())
            } else if withValue.contains(next), rest.count > 1 {
                // `-f` is the Envfile here, whatever the command's own `-f` is.
                moved.append(next == "-f" ? "--file" : next)
                moved.append(rest[rest.startIndex + 1])
                rest = rest.dropFirst(2)
            } else {
                return arguments
            }
        }
        guard let command = rest.popFirst() else { return arguments }
        return [command] + moved + rest
    }
}
