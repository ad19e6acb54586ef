/// The variables that a container's program starts with.
package enum ContainerEnvironment {
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Joins the image's variables and the service's; the service's win, a bare `NAME` of the service removes one.
    ///
    /// `PATH`, `HOSTNAME`, `TERM` (with a terminal) and `HOME` are added where neither has them.
    package static func assemble(
        image: [String], service: [String], home: String, hostname: String, hasTerminal: Bool
    ) -> [String] {
        var order: [String] = []
        var values: [String: String] = [:]
        func set(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
        set("PATH", standardPath)
        set("HOSTNAME", hostname)
        if hasTerminal { set("TERM", "xterm") }
        var removed: Set<String> = []
        for entry in image + service {
            guard let mark = entry.firstIndex(of: "=") else {
                values[entry] = nil
                order.removeAll { $0 == entry }
                removed.insert(entry)
                continue
            }
            let name = String(entry[..<mark])
            if name.isEmpty { continue }
            set(name, String(entry[entry.index(after: mark)...]))
        }
        if values["HOME"] == nil, !removed.contains("HOME") { set("HOME", home) }
        return order.compactMap { name in values[name].map { "\(name)=\($0)" } }
    }
}
