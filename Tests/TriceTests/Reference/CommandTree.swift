import ArgumentParser
import Foundation
import Testing

@testable import trice

/// The command line as its definitions describe it; `ParsableArguments._dumpHelp`.
struct CommandTree: Decodable {
    struct Node: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var shouldDisplay: Bool?
        var aliases: [String]?
        var arguments: [Argument]?
        var subcommands: [Node]?

        var shownArguments: [Argument] { (arguments ?? []).filter { $0.shouldDisplay ?? true } }
        /// Without `help`, which the library adds to every command that has others.
        var shownSubcommands: [Node] {
            (subcommands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        var kind: String
        var names: [Name]?
        var valueName: String?
        var abstract: String?
        var shouldDisplay: Bool?
        var isOptional: Bool
        var isRepeating: Bool
        var allValues: [String]?
        var defaultValue: String?

        /// As it is written: `-f, --file FILE`, or `[SERVICES...]`.
        var term: String {
            let value = (valueName ?? "value").uppercased()
            if kind == "positional" { return value }
            let spelled = (names ?? []).map(\.text).joined(separator: ", ")
            return kind == "flag" ? spelled : "\(spelled) \(value)"
        }

        /// As it stands in a synopsis.
        var place: String {
            let value = (valueName ?? "value").uppercased() + (isRepeating ? "..." : "")
            return isOptional ? "[\(value)]" : value
        }

        var long: String? { names?.first { $0.kind == "long" }?.name }

        var words: String {
            let text = abstract ?? ""
            guard kind == "option", let allValues, !allValues.allSatisfy({ text.contains($0) }) else { return text }
            return text + " One of \(allValues.joined(separator: ", "))."
        }
    }

    var command: Node

    /// Built once: it takes a while without optimisation.
    static let whole: Result<Node, any Error> = Result {
        try JSONDecoder().decode(CommandTree.self, from: Data(Trice._dumpHelp().utf8)).command
    }

    /// The commands of the top level by their groups in the help.
    static func groups() throws -> [(name: String, commands: [Node])] {
        let shown = Dictionary(uniqueKeysWithValues: try whole.get().shownSubcommands.map { ($0.commandName, $0) })
        return Trice.configuration.groupedSubcommands.map { group in
            (group.name, group.subcommands.compactMap { shown[$0.configuration.commandName ?? ""] })
        }
    }
}
