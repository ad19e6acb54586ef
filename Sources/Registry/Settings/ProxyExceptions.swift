/// The list in `NO_PROXY`, with the rules of Go's `httpproxy`: separated by commas, each with an optional port,
///
/// - `*` is every host;
/// - an address or a block such as `10.0.0.0/8` is just that;
/// - `example.com` is that host and all below it, `.example.com` and `*.example.com` only those below.
struct ProxyExceptions: Hashable, Sendable {
    private enum Rule: Hashable {
        case everything
        case block(NetworkBlock)
        case address(NetworkAddress)
        /// A suffix with its dot, and whether the name without it counts.
        case domain(String, matchesItself: Bool)
    }

    private struct Entry: Hashable {
        var rule: Rule
        var port: UInt16?
    }

    private let entries: [Entry]

    init(_ list: String) {
        entries = list.split(separator: ",").compactMap { Self.entry($0.trimmingBlanks.lowercased()) }
    }

    func contains(host: String, port: UInt16) -> Bool {
        let name = host.lowercased().hasSuffix(".") ? String(host.lowercased().dropLast()) : host.lowercased()
        let address = NetworkAddress(name)
        return entries.contains { entry in
            guard entry.port == nil || entry.port == port else { return false }
            switch entry.rule {
            case .everything: return true
            case .block(let block): return address.map(block.contains) ?? false
            case .address(let known): return address == known
            case .domain(let suffix, let matchesItself):
                return name.hasSuffix(suffix) || (matchesItself && name == suffix.dropFirst())
            }
        }
    }

    private static func entry(_ text: String) -> Entry? {
        guard !text.isEmpty else { return nil }
        if text == "*" { return Entry(rule: .everything) }
        if let block = NetworkBlock(text) { return Entry(rule: .block(block)) }
        if let address = NetworkAddress(text) { return Entry(rule: .address(address)) }
        guard let (host, port) = WebAddress.authority(text[...]) else { return nil }
        if let address = NetworkAddress(host) { return Entry(rule: .address(address), port: port) }
        if host.hasPrefix("*.") {
            return Entry(rule: .domain(String(host.dropFirst()), matchesItself: false), port: port)
        }
        if host.hasPrefix(".") { return Entry(rule: .domain(host, matchesItself: false), port: port) }
        return Entry(rule: .domain(".\(host)", matchesItself: true), port: port)
    }
}
