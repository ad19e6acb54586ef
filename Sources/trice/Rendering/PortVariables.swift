internal import Execution

extension StatusReport.Service {
    /// The published ports as lines of an environment file: host and port of each, one line each.
    var portVariables: [String] {
        let number = container.split(separator: "-").last.flatMap { Int($0) } ?? 1
        let prefix = Self.variable(service) + (number > 1 ? "_\(number)" : "")
        var seen: Set<String> = []
        return ports.flatMap { port -> [String] in
            let suffix =
                "\(port.target)" + (port.transportProtocol == "tcp" ? "" : "_\(port.transportProtocol.uppercased())")
            // One port on several addresses is one variable.
            guard seen.insert(suffix).inserted else { return [] }
            let isWildcard = ["0.0.0.0", "::"].contains(port.hostAddress)
            let host = isWildcard ? "127.0.0.1" : port.hostAddress
            return ["\(prefix)_HOST_\(suffix)=\(host)", "\(prefix)_PORT_\(suffix)=\(port.hostPort)"]
        }
    }

    /// A name in the form of a variable: capital letters, digits and `_`.
    private static func variable(_ name: String) -> String {
        let plain = name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (plain.first?.isNumber == true ? "_" : "") + String(plain)
    }
}
