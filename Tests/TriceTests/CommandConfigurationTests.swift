import ArgumentParser
import Testing

@testable import trice

/// What all commands have in common.
@Suite(.timeLimit(.minutes(1))) struct CommandConfigurationTests {
    private func below(_ type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let children = type.configuration.subcommands
        return children + children.flatMap(below)
    }

    /// A command that does not say so makes each start look for an option that only `trice` itself has.
    @Test func everyCommandBelongsToTrice() {
        let commands = below(Trice.self)
        #expect(commands.count > 80)
        let alone = commands.filter { $0.configuration._superCommandName != "trice" }
        #expect(alone.isEmpty)
    }

    /// The whole tree looks at what a command does not take, and has the option. It is not asked here: without
    /// optimisation it takes seconds.
    @Test func theLibrarysOptionIsLeftToTrice() {
        #expect(Trice.configuration._superCommandName == nil)
        #expect(Trice.parsedAlone(["up", "--generate-completion-script", "bash"]) == nil)
    }
}
