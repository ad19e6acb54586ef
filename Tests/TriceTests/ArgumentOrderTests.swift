import ArgumentParser
import Testing

@testable import trice

/// Options before the command, as users of Compose write them.
@Suite(.timeLimit(.minutes(1))) struct ArgumentOrderTests {
    private func order(_ text: String) -> String {
        ArgumentOrder.commandFirst(text.split(separator: " ").map(String.init)).joined(separator: " ")
    }

    @Test(arguments: [
        ("-f dev.yaml up", "up --file dev.yaml"),
        ("--file dev.yaml up -f b.yaml", "up --file dev.yaml -f b.yaml"),
        ("--file=dev.yaml up", "up --file=dev.yaml"),
        ("--json --verbose -p demo status", "status --json --verbose --project-name demo"),
        (
            "--profile debug --env-file a.env --runtime=runc plan",
            "plan --profile debug --env-file a.env --runtime=runc"
        ),
        ("-f - config", "config --file - "),
        ("-f a=b.yaml up", "up --file a=b.yaml"),
    ])
    func theCommandComesFirst(arguments: String, expected: String) {
        #expect(order(arguments) == expected.split(separator: " ").joined(separator: " "))
    }

    /// A service that has the name of a form of `export` is behind `container`, or behind `--`.
    @Test(arguments: [
        ("export web", "export container web"), ("export -o x.tar web", "export container -o x.tar web"),
        ("export kubernetes", "export kubernetes"),
        ("export --file a kubernetes -o -", "export kubernetes --file a -o -"),
        ("export -- kubernetes", "export container -- kubernetes"), ("export --help", "export --help"),
        ("export container stack", "export container stack"),
        ("export -o kubernetes web", "export container -o kubernetes web"),
    ])
    func exportHasItsFormFirst(arguments: String, expected: String) {
        let words = arguments.split(separator: " ").map(String.init)
        #expect(ArgumentOrder.withExportForm(words).joined(separator: " ") == expected)
    }

    /// For `logs`, `-f` means to follow: before the command it is always the Envfile.
    @Test(arguments: ["-f=dev.yaml logs web", "-fdev.yaml logs web", "--file=dev.yaml logs web"])
    func aJoinedShortOptionKeepsItsMeaning(arguments: String) throws {
        #expect(order(arguments) == "logs --file=dev.yaml web")
        let logs = try Logs.parse(Array(order(arguments).split(separator: " ").dropFirst().map(String.init)))
        #expect(!logs.follow)
        #expect(logs.globals.files == ["dev.yaml"])
    }

    @Test func followingStaysWhereItIsWritten() throws {
        let logs = try Logs.parse(
            Array(order("-f dev.yaml logs -f web").split(separator: " ").dropFirst().map(String.init)))
        #expect(logs.follow && logs.globals.files == ["dev.yaml"])
    }

    @Test(arguments: ["-pdemo status", "-p=demo status", "-p demo status"])
    func theNameOfTheProjectIsFoundInAllForms(arguments: String) throws {
        let status = try Status.parse(Array(order(arguments).split(separator: " ").dropFirst().map(String.init)))
        #expect(status.globals.projectName == "demo")
    }

    /// The parser has the right message for what is not understood.
    @Test(arguments: [
        "--help", "--unknown up", "-x up", "-f", "--file", "-f dev.yaml", "--json", "", "up -f a", "--json=1 up",
    ])
    func anythingElseIsLeftAlone(arguments: String) {
        #expect(order(arguments) == arguments)
    }
}
