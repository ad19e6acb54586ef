internal import Engine

/// `trice ssh SERVICE COMMAND…` without any option, which is by far the most frequent way to step inside.
///
/// It needs no parser: building one takes as long as all the rest of the command together. Whatever has an option, or is
/// not complete, goes the usual way.
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
