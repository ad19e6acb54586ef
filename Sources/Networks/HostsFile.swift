package import Vocabulary

/// The names under which one address is known.
package struct HostNames: Hashable, Sendable {
    package let address: IPAddress
    package let names: [String]

    /// - Throws: `.invalidValue` for a name that would break the line: at most 253 letters, digits, `.`, `_`, `-`.
    package init(_ address: IPAddress, _ names: [String]) throws(NetworkError) {
        for name in names {
            let isAllowed = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
            guard isAllowed, (1...253).contains(name.utf8.count) else {
                throw NetworkError(
                    .invalidValue,
                    "\"\(name)\" cannot be a host name: it may hold 1 to 253 letters, digits, \".\", \"_\" and \"-\"")
            }
        }
        self.address = address
        self.names = names
    }
}

/// The text of a container's /etc/hosts; hosts(5).
package enum HostsFile {
    private static let fixed = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::\tip6-localnet
        ff00::\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """

    /// `own` are the container's addresses with its names, `extra` the entries of the user, which come first and take
    /// precedence. All other names are the resolver's.
    package static func text(own: [HostNames], extra: [HostNames] = []) -> String {
        var lines: [String] = []
        var known: Set<String> = []
        for (address, names) in (extra + own).map({ ($0.address, $0.names) }) {
            // Only repetitions are left out.
            var fresh: [String] = []
            for name in names where known.insert("\(address) \(name)").inserted { fresh.append(name) }
            if !fresh.isEmpty { lines.append("\(address)\t\(fresh.joined(separator: " "))\n") }
        }
        return fixed + lines.joined()
    }
}
