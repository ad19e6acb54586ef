/// Allows options before the command, as in `trice -f dev.yaml up`, which users of Compose write.
enum ArgumentOrder {
    private static let withValue: Set<String> = [
        "--file", "--project-name", "--project-directory", "--env-file", "--profile", "--runtime", "--progress",
        "--ansi",
        "--parallel",
    ]
    /// Before a command these have one meaning, whatever the letter means for the command itself, as `-f` for `logs`.
    private static let long = ["-f": "--file", "-p": "--project-name"]
    private static let flags: Set<String> = ["--json", "--verbose", "--dry-run", "--compatibility", "--all-resources"]

    /// Flags that are on unless they are switched off.
    private static let defaultOn: Set<String> = ["--sig-proxy", "--pause", "--orphans", "--prune", "--interactive"]
    /// The long names of flags that are on by default.
    private static let longFlags = ["-i": "--interactive"]

    /// Commands whose last words are another program's.
    private static let passingWords: Set<String> = ["exec", "run", "ssh"]
    /// The options of those that take the next word.
    private static let takingWord: Set<String> = withValue.union([
        "-f", "-p", "-e", "--env", "-u", "--user", "-w", "--workdir", "-v", "--volume", "-l", "--label", "--publish",
        "--name", "--entrypoint", "--index", "--env-from-file", "--cap-add", "--cap-drop", "--pull",
    ])

    /// The arguments of a command with `--flag=true` as `--flag`, and without `--flag=false`, as programs in Go take
    /// them; a flag that is on by default is switched off.
    static func withoutBooleans(_ arguments: [String]) -> [String] {
        let ends = passingWords.contains(arguments.first ?? "")
        var result = Array(arguments.prefix(1))
        for index in arguments.indices.dropFirst() {
            let argument = arguments[index]
            let isOperand = !argument.hasPrefix("-") && !takingWord.contains(arguments[index - 1])
            if argument == "--" || (ends && isOperand) { return result + arguments[index...] }
            let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
            let given = String(parts[0])
            let isFlag = given.hasPrefix("--") || (given.count == 2 && !takingWord.contains(given))
            guard isFlag, parts.count == 2, parts[1] == "true" || parts[1] == "false" else {
                result.append(argument)
                continue
            }
            let name = longFlags[given] ?? given
            if parts[1] == "true" {
                result.append(given)
            } else if defaultOn.contains(name) {
                result.append("--no-" + name.dropFirst(2))
            }
        }
        return result
    }

    /// What `export` writes besides the files of a container.
    private static let exportForms: Set<String> = ["kubernetes", "stack", "quadlet", "compose", "container"]

    /// `export` with its form as the next word: the first operand where it is a form, else the files of a container. What
    /// follows `--` is a service.
    static func withExportForm(_ arguments: [String]) -> [String] {
        guard arguments.first == "export" else { return arguments }
        let taking = takingWord.union(["-o", "--output", "--index"])
        let operand = arguments.indices.dropFirst().first { index in
            !arguments[index].hasPrefix("-") && !taking.contains(arguments[index - 1])
        }
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        if let operand, operand < end, exportForms.contains(arguments[operand]) {
            var rest = arguments
            rest.remove(at: operand)
            return ["export", arguments[operand]] + rest.dropFirst()
        }
        let asksForHelp = operand == nil && arguments.contains { ["-h", "--help"].contains($0) }
        return asksForHelp ? arguments : ["export", "container"] + arguments.dropFirst()
    }

    /// `build --print` without a form prints text, as in Compose.
    static func withForm(_ arguments: [String]) -> [String] {
        guard arguments.first == "build", let index = arguments.firstIndex(of: "--print") else { return arguments }
        let next = arguments.indices.contains(index + 1) ? arguments[index + 1] : ""
        if BuildImages.GraphForm(rawValue: next) != nil { return arguments }
        return arguments[...index] + ["text"] + arguments[(index + 1)...]
    }

    /// The arguments with the command first; unchanged when another option than Trice's comes before it.
    static func commandFirst(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let next = rest.first, next.hasPrefix("-") {
            rest = rest.dropFirst()
            if flags.contains(next) {
                moved.append(next)
                continue
            }
            let (name, joined) = parts(of: next)
            guard withValue.contains(name), let value = joined ?? rest.popFirst() else { return arguments }
            moved += joined == nil ? [name, value] : ["\(name)=\(value)"]
        }
        guard let command = rest.popFirst() else { return arguments }
        return [command] + moved + rest
    }

    /// The long name of an option, and the value that is joined to it: `--file=X`, `-f=X` or `-fX`.
    private static func parts(of option: String) -> (name: String, value: String?) {
        if let name = long[String(option.prefix(2))] {
            let value = option.dropFirst(2)
            return (name, value.isEmpty ? nil : String(value.first == "=" ? value.dropFirst() : value))
        }
        let halves = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (halves[0], halves.count > 1 ? halves[1] : nil)
    }
}
