internal import Glibc

/// The variables that this process was started with; environ(7).
public enum EnvironmentVariables {
    /// As they are: `NAME=VALUE` each.
    public static var entries: [String] {
        var entries: [String] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(String(cString: entry))
            next += 1
        }
        return entries
    }

    /// By name; of a name that stands twice the last one. An entry without `=` is left out.
    public static var current: [String: String] {
        var variables: [String: String] = [:]
        for entry in entries {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            variables[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return variables
    }

    /// The entries but for some variables, by name.
    public static func entries(without names: Set<Substring>) -> [String] {
        entries.filter { !names.contains($0.prefix { $0 != "=" }) }
    }
}
