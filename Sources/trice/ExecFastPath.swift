internal import Engine

/// `trice ssh SERVICE COMMAND…` without options, by far the most frequent form.
///
/// It needs no argument parser, whose construction takes as long as the rest of the command. Arguments with an option,
/// and incomplete ones, take the ordinary path.
enum ExecFastPath {
    /// The service and the command, when the arguments are of that form.
    static func parse(_ arguments: [String]) -> (service: String, command: [String])? {
        guard arguments.count >= 3, arguments[0] == "ssh" || arguments[0] == "exec", !arguments[1].hasPrefix("-") else {
            return nil
        }
        let words = arguments.dropFirst(2)
        let command = words.first == "--" ? Array(words.dropFirst()) : Array(words)
        return command.isEmpty ? nil : (arguments[1], command)
    }
}
