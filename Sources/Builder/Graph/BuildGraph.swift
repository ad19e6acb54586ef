/// The graph of a build for display: stages, their bases and their dependencies.
package struct BuildGraph: Sendable, Hashable {
    /// Each node follows all that it needs.
    package var nodes: [Node] = []

    /// One stage of a build: its base, its steps and the stages that it needs.
    package struct Node: Sendable, Hashable {
        /// The name of the request.
        package var build: String
        /// The stage's name or number.
        package var stage: String
        /// Its base, such as `debian:12`, `the stage 'build'` or `scratch`.
        package var base: String
        /// Images that it takes files from.
        package var images: [String]
        /// Its instructions, each on one line.
        package var steps: [String]
        /// How many of them make layers.
        package var layerCount: Int
        /// Positions in `nodes`.
        package var needs: [Int]
        /// Whether it becomes the image of its request.
        package var isTarget: Bool

        /// Such as `web/build`.
        package var title: String { "\(build)/\(stage)" }
    }
}

extension BuildGraph {
    /// As lines: one for each stage, followed by its dependencies and its instructions.
    package func text() -> String {
        var lines: [String] = []
        for node in nodes {
            var head = node.isTarget ? "\(node.title) → image of \(node.build)" : node.title
            let needs = node.needs.map { nodes[$0].title } + node.images
            head += " (from \(node.base)\(needs.isEmpty ? "" : "; needs \(needs.joined(separator: ", "))"))"
            lines.append(head)
            lines += node.steps.map { "    \($0)" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// As a graph in the language of Graphviz; dot(1).
    package func dot() -> String {
        var lines = ["digraph build {", "    rankdir=LR;", "    node [shape=box, fontname=\"monospace\"];"]
        var outside: [String] = []
        for (number, node) in nodes.enumerated() {
            let text = ([node.title] + node.steps.map { $0.count > 60 ? $0.prefix(59) + "…" : $0 })
            let label = text.map(Self.escaped).joined(separator: "\\l") + "\\l"
            lines.append("    s\(number) [label=\"\(label)\"\(node.isTarget ? ", style=bold" : "")];")
            lines += node.needs.map { "    s\($0) -> s\(number);" }
            for image in (node.baseIsOutside ? [node.base] : []) + node.images {
                if !outside.contains(image) { outside.append(image) }
                lines.append("    i\(outside.firstIndex(of: image) ?? 0) -> s\(number);")
            }
        }
        for (number, image) in outside.enumerated() {
            lines.append("    i\(number) [label=\"\(Self.escaped(image))\", shape=ellipse];")
        }
        return (lines + ["}"]).map { $0 + "\n" }.joined()
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension BuildGraph.Node {
    /// Whether it starts from something that is no stage.
    var baseIsOutside: Bool { base != "scratch" && !base.hasPrefix("the stage ") }
}
