import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import trice

/// Every command and flag of Compose, as its own program lists them, is accepted, so that scripts run unchanged.
@Suite(.timeLimit(.minutes(5)), .enabled("needs the corpus") { try Requirement.met(.corpus) })
struct ComposeCommandTests {
    private struct Interface: Decodable {
        struct Command: Decodable { var flags: [Flag] }
        struct Flag: Decodable {
            var flag: String
            var short: String?
            /// The kind of its value; `nil` for one that is on or off.
            var value: String?
        }

        var global: [Flag]
        var commands: [String: Command]
    }

    private func interface() throws -> Interface {
        let data = try Data(contentsOf: URL(filePath: Requirement.corpusDirectory + "/compose-cli.json"))
        return try JSONDecoder().decode(Interface.self, from: data)
    }

    /// What a command needs beside its flags.
    private static let operands: [String: [String]] = [
        "attach": ["web"], "commit": ["web", "image:1"], "cp": ["web:/a", "b"], "exec": ["web", "true"],
        "export": ["web"], "port": ["web", "80"], "publish": ["name"], "run": ["web"], "wait": ["web"],
        "scale": ["web=1"],
    ]

    /// Values that a flag takes only some of.
    private static let values: [String: String] = [
        "--ansi": "never", "--progress": "plain", "--format": "json", "--pull": "missing", "--policy": "missing",
        "--signal": "SIGTERM", "--rmi": "local", "--ssh": "default", "--status": "running", "--until": "10s",
        "--since": "10m", "--tail": "all", "--scale": "web=1", "--protocol": "tcp", "--build-arg": "A=b",
    ]

    private static func value(of flag: Interface.Flag, in command: String) -> String? {
        guard let kind = flag.value else { return nil }
        if flag.flag == "--filter" { return command == "ls" ? "name=x" : "status=running" }
        return values[flag.flag] ?? (kind == "int" ? "1" : "x")
    }

    /// The spellings of flags with which `words` makes no command. All are tried at once, because parsing takes long
    /// without optimisation, and halves of them where that is refused: some flags contradict each other.
    private func refused(_ spellings: [[String]], _ words: ([String]) -> [String]) -> [String] {
        let given = words(spellings.flatMap(\.self))
        if spellings.isEmpty || Trice.parsedAlone(given) != nil { return [] }
        guard spellings.count == 1 else {
            let middle = spellings.count / 2
            return refused(Array(spellings[..<middle]), words) + refused(Array(spellings[middle...]), words)
        }
        do {
            _ = try Trice.parsed(given)
            return []
        } catch {
            return ["\(given.joined(separator: " ")): \(Trice.message(for: error))"]
        }
    }

    /// The long and the short spellings of flags, each with a value where it takes one.
    private func spellings(_ flags: [Interface.Flag], of command: String) -> [[String]] {
        flags.flatMap { flag in
            [flag.flag, flag.short].compactMap(\.self).map {
                [$0] + (Self.value(of: flag, in: command).map { [$0] } ?? [])
            }
        }
    }

    @Test func everyCommandTakesEveryFlag() throws {
        let interface = try interface()
        #expect(interface.commands.count == 35)
        for (name, command) in interface.commands.sorted(by: { $0.key < $1.key }) {
            let spellings = spellings(command.flags, of: name)
            #expect(refused(spellings) { [name] + $0 + (Self.operands[name] ?? []) } == [])
        }
    }

    @Test func globalFlagsStandBeforeAndAfterTheCommand() throws {
        let spellings = spellings(try interface().global, of: "up")
        #expect(refused(spellings) { $0 + ["up"] } == [])
        #expect(refused(spellings) { ["up"] + $0 } == [])
    }

    @Test func whatIsNoFlagIsRefused() {
        #expect(refused([["--detach"], ["--no-such-flag"], ["--wait"]]) { ["up"] + $0 }.count == 1)
    }

    @Test(arguments: [
        ("exec --privileged=true web sh --flag=true", "exec --privileged web sh --flag=true"),
        ("exec -e A=true web x --y=false", "exec -e A=true web x --y=false"),
        ("attach --sig-proxy=false web", "attach --no-sig-proxy web"),
        ("up --build=false --force-recreate=true", "up --force-recreate"),
        ("run -i=false --rm web -i=false", "run --no-interactive --rm web -i=false"),
        ("exec --interactive=false -T=true web x", "exec --no-interactive -T web x"),
        ("run --rm=true -v a:b web -- --x=true", "run --rm -v a:b web -- --x=true"),
    ])
    func flagsHaveTheirFormInGo(given: String, expected: String) {
        let words = given.split(separator: " ").map(String.init)
        #expect(ArgumentOrder.withoutBooleans(words).joined(separator: " ") == expected)
    }

    @Test func whatHasNoMeaningSaysSo() throws {
        for name in ["bridge"] {
            let command = try Trice.parsed([name] + (Self.operands[name] ?? []))
            #expect(command is any CommandWithoutMeaning)
        }
        let flags = ["--builder x", "--memory 1g", "--provenance x", "--sbom x"]
        for text in flags {
            let words = ["build"] + text.split(separator: " ").map(String.init)
            let command = try #require(try Trice.parsed(words) as? any TriceCommand)
            #expect(command.globals.remarks.count == 1)
        }
        for words in [["--compatibility", "up"], ["--parallel", "2", "up"], ["--all-resources", "config"]] {
            let command = try #require(try Trice.parsed(words) as? any TriceCommand)
            #expect(command.globals.remarks.count == 1)
        }
    }
}
