internal import Glibc

/// The variables that this process was started with; environ(7).
package enum EnvironmentVariables {
    /// All entries, unchanged: `NAME=VALUE` each.
    package static var entries: [String] {
        var entries: [String] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(String(cString: entry))
            next += 1
        }
        return entries
    }

    /// Values by name. The last of several entries with the same name wins; an entry without `=` is left out.
    package static var current: [String: String] {
        var variables: [String: String] = [:]
        for entry in entries {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            variables[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        return variables
    }

    /// The entries without the variables that `names` lists.
    package static func entries(without names: Set<Substring>) -> [String] {
        entries.filter { !names.contains($0.prefix { $0 != "=" }) }
    }
}
