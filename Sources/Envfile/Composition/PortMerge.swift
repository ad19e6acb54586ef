internal import Vocabulary

/// The merge of published ports.
enum PortMerge {
    static func merged(_ base: [Node], with over: [Node], _ dialect: Dialect) -> [Node] {
        guard dialect == .trice else { return unique(base + over) }
        let taken = TargetSet(over.compactMap(Target.init))
        var replaced: [String: Node] = [:]
        let kept = base.flatMap { node -> [Node] in
            guard let target = Target(node), taken.meets(target) else { return [node] }
            replaced[target.first] = node
            return rest(of: node, target, without: taken)
        }
        let winners = over.map { node -> Node in
            guard let target = Target(node), let earlier = replaced[target.first] else { return node }
            var node = node
            node.mark = node.mark.replacing(earlier)
            return node
        }
        return unique(kept + winners)
    }

    /// Of entries for the same address, host port, container port and protocol the last one.
    static func unique(_ items: [Node]) -> [Node] {
        var result: [Node] = []
        var positions: [String: Int] = [:]
        for item in items {
            let key = key(of: item)
            if let key, let index = positions[key] {
                result[index] = item
                continue
            }
            if let key { positions[key] = result.count }
            result.append(item)
        }
        return result
    }

    private static func key(of node: Node) -> String? {
        if let text = node.scalarText {
            guard let port = short(text) else { return text }
            let published = port.published.map { "\($0.lowerBound)-\($0.upperBound)" } ?? ""
            let targets = "\(port.targets.lowerBound)-\(port.targets.upperBound)"
            return "\(port.host?.text ?? "0.0.0.0") \(published) \(targets) \(port.transportProtocol.rawValue)"
        }
        guard let target = node["target"]?.scalarText else { return nil }
        let published = node["published"]?.scalarText.map { $0.contains("-") ? $0 : "\($0)-\($0)" } ?? ""
        let host = node["host_ip"]?.scalarText ?? "0.0.0.0"
        return "\(host) \(published) \(target)-\(target) \(node["protocol"]?.scalarText ?? "tcp")"
    }

    /// The entries of the container ports of a range that are not taken.
    private static func rest(of node: Node, _ target: Target, without taken: TargetSet) -> [Node] {
        guard target.ports.count > 1, let text = node.scalarText, let port = short(text) else { return [] }
        return target.ports.compactMap { number -> Node? in
            guard !taken.meets(Target(ports: number...number, transport: target.transport)) else { return nil }
            var fields: [String] = []
            if let host = port.host?.text { fields.append(host.contains(":") ? "[\(host)]" : host) }
            if let published = port.published, published.count == port.targets.count {
                fields.append("\(published.numbers.lowerBound + (number - port.targets.numbers.lowerBound))")
            } else if port.host != nil {
                fields.append("")
            }
            fields.append("\(number)/\(target.transport)")
            return MergeForm.string(fields.joined(separator: ":"), at: node.mark)
        }
    }

    private static func short(_ text: String) -> ShortPort? {
        // The decoder reports a text that is not a port.
        try? ShortPort(text)
    }

    /// The container ports of an entry.
    private struct Target {
        var ports: ClosedRange<UInt16>
        var transport: String

        init(ports: ClosedRange<UInt16>, transport: String) {
            self.ports = ports
            self.transport = transport
        }

        init?(_ node: Node) {
            if let text = node.scalarText {
                guard let port = short(text) else { return nil }
                self.init(ports: port.targets.numbers, transport: port.transportProtocol.rawValue)
            } else {
                guard let text = node["target"]?.scalarText, let port = UInt16(text) else { return nil }
                self.init(ports: port...port, transport: node["protocol"]?.scalarText ?? "tcp")
            }
        }

        var first: String { "\(ports.lowerBound)/\(transport)" }
    }

    /// Container ports, found quickly.
    private struct TargetSet {
        /// By protocol; sorted, and none overlaps the next.
        private var ranges: [String: [ClosedRange<UInt16>]] = [:]

        init(_ targets: [Target]) {
            for (transport, group) in Dictionary(grouping: targets, by: \.transport) {
                var joined: [ClosedRange<UInt16>] = []
                for range in group.map(\.ports).sorted(by: { $0.lowerBound < $1.lowerBound }) {
                    if let last = joined.last, last.overlaps(range) {
                        joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
                    } else {
                        joined.append(range)
                    }
                }
                ranges[transport] = joined
            }
        }

        func meets(_ target: Target) -> Bool {
            guard let ranges = ranges[target.transport] else { return false }
            var low = 0
            var high = ranges.count
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound < target.ports.lowerBound { low = middle + 1 } else { high = middle }
            }
            return low < ranges.count && ranges[low].overlaps(target.ports)
        }
    }
}
