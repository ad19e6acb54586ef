import Foundation
import TestSupport
import Testing

/// `trice completion`: scripts for shells, and the names that they ask for.
@Suite(.timeLimit(.minutes(5)), .enabled("needs the binary") { try Requirement.met(.binary) })
struct CompletionTests {
    private static let envfile = """
        services:
          web: { image: bootstrap:busybox, command: sleep 100, volumes: ['data:/data'] }
          worker: { image: bootstrap:busybox, command: sleep 100 }
          debugger: { image: bootstrap:busybox, profiles: [debug] }
        jobs:
          backup: { image: bootstrap:busybox, command: 'true', triggers: { manual: true } }
        volumes: { data: }

        """

    /// A program in a build directory has no templates beside it.
    private static let templates = ["TRICE_TEMPLATES_DIRECTORY": Fixture.checkout + "templates"]

    private func names(_ project: Project, _ words: String...) throws -> [String] {
        let output = try project.command(["completion", "--candidates"] + words, environment: Self.templates).run()
        try #require(output.succeeded && output.standardError.isEmpty, "\(output.description)")
        return output.standardOutput.split(separator: "\n").map(String.init)
    }

    @Test func theEnvfileHasServicesJobsAndProfiles() async throws {
        try await withFixture { fixture in
            let project = try fixture.project(Self.envfile)
            #expect(try names(project, "services") == ["debugger", "web", "worker"])
            #expect(try names(project, "jobs") == ["backup"])
            #expect(try names(project, "workloads") == ["backup", "debugger", "web", "worker"])
            #expect(try names(project, "profiles") == ["debug"])
            #expect(try names(project, "templates").contains("hello"))
            // The line says which file is meant; for `logs` the same letter means another thing.
            try project.write("other.yaml", "services: { other: { image: a } }")
            #expect(try names(project, "services", "--", "trice", "up", "-f", "other.yaml", "o") == ["other"])
            #expect(try names(project, "services", "--", "trice", "--file=other.yaml", "up", "") == ["other"])
            #expect(try names(project, "services", "--", "trice", "logs", "-f", "w").count == 3)
        }
    }

    /// A line that is being typed is never disturbed, and pressing a key leaves nothing on the disk.
    @Test func problemsAreSilentAndNothingIsMade() async throws {
        try await withFixture { fixture in
            let project = try fixture.project("services: { web: { image: [")
            #expect(try names(project, "services") == [])
            try project.write("Envfile", "services: { web: { image: a, depends_on: [gone], volumes: ['./none:/a'] } }")
            _ = try names(project, "services")
            for kind in ["environments", "images", "volumes"] { #expect(try names(project, kind) == []) }
            #expect(!FileManager.default.fileExists(atPath: fixture.stateDirectory))
            #expect(!FileManager.default.fileExists(atPath: fixture.runDirectory))
            #expect(try !project.trice("completion", "tcsh").succeeded)
            #expect(try !project.trice("completion").succeeded)
        }
    }

    @Test(.enabled("needs root, crun, nft and busybox") { try Requirement.met(.root, .crun, .nft, .ip, .busybox) })
    func theHostHasEnvironmentsImagesAndVolumes() async throws {
        try await withFixture { fixture in
            let project = try fixture.project(Self.envfile)
            try project.expectSuccess("up")
            let environments = try names(project, "environments")
            #expect(environments.count == 1 && environments[0].hasPrefix(fixture.id))
            #expect(try names(project, "volumes") == ["\(fixture.id)_data"])
            #expect(try names(project, "images") == ["bootstrap:busybox"])
        }
    }

    // MARK: - In the shells

    /// A project with `trice` in a directory of its own, and the script of a shell.
    private func withShell(
        _ shell: String, _ body: (_ project: Project, _ script: String, _ variables: [String: String]) throws -> Void
    ) async throws {
        try await withFixture { fixture in
            let project = try fixture.project(Self.envfile)
            let binary = try #require(Fixture.binary)
            try FileManager.default.createDirectory(
                atPath: "\(fixture.directory)/bin", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(fixture.directory)/bin/trice", withDestinationPath: binary)
            let script = "\(fixture.directory)/_trice"
            // Without optimisation the script takes long.
            let text = try project.expectSuccess("completion", shell, timeout: .seconds(200))
            try text.write(toFile: script, atomically: true, encoding: .utf8)
            var variables = fixture.environment.merging(Self.templates) { $1 }
            variables["PATH"] = "\(fixture.directory)/bin:\(variables["PATH"] ?? "/usr/bin:/bin")"
            try body(project, script, variables)
        }
    }

    @Test func bashCompletes() async throws {
        try await withShell("bash") { project, script, variables in
            for (line, expected) in [
                ("trice stop w", "web worker"), ("trice run b", "backup"), ("trice pla", "plan"),
                ("trice up --buil", "--build"), ("trice init he", "hello"), ("trice -p nothing", ""),
            ] {
                let program = """
                    source \(script)
                    COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<<"$COMP_LINE"
                    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                    _trice trice "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                    echo "${COMPREPLY[@]}"
                    """
                let output = try Command(
                    "bash", ["--norc", "-c", program], environment: variables, directory: project.directory
                ).run()
                let found = output.standardOutput.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(found == expected, "\(line): \(output.description)")
            }
        }
    }

    @Test(.enabled("needs fish") { try Requirement.met(.fish) }) func fishCompletes() async throws {
        try await withShell("fish") { project, script, variables in
            let program = "source \(script); complete -C 'trice stop w'; complete -C 'trice run b'"
            let output = try Command(
                "fish", ["--no-config", "-c", program], environment: variables, directory: project.directory
            ).run()
            #expect(
                output.standardOutput.split(separator: "\n") == ["web", "worker", "backup"], "\(output.description)")
        }
    }

    @Test(.enabled("needs zsh") { try Requirement.met(.zsh) }) func zshCompletes() async throws {
        try await withShell("zsh") { project, script, variables in
            var variables = variables
            variables["PS1"] = "ready> "
            let zsh = try Terminal(
                Command("zsh", ["-f", "-i"], environment: variables, directory: project.directory))
            zsh.type(
                "fpath=(\(URL(filePath: script).deletingLastPathComponent().path(percentEncoded: false)) $fpath)\n")
            zsh.type("autoload -U compinit && compinit -D -u && echo set-up:$?\n")
            #expect(zsh.shows("set-up:0"), "\(zsh.screen)")
            // What follows the letters that were typed appears only by completion.
            zsh.type("trice stop wo\t&& echo en''d\n")
            #expect(zsh.shows("trice stop worker"), "\(zsh.screen)")
            zsh.type("exit\n")
            _ = zsh.wait()
        }
    }

    /// The scripts' form is answered before the arguments are parsed, and any other one afterwards.
    @Test func bothFormsOfTheQuestionHaveOneAnswer() async throws {
        try await withFixture { fixture in
            let project = try fixture.project(Self.envfile)
            for kind in ["services", "images", "environments", "volumes", "jobs"] {
                let short = try project.expectSuccess("completion", "--candidates", kind, "--", "trice", "stop", "")
                let parsed = try project.expectSuccess("completion", "--candidates=\(kind)", "--", "trice", "stop", "")
                #expect(short == parsed, "\(kind)")
                #expect(!short.isEmpty == ["services", "jobs"].contains(kind), "\(kind): \(short)")
            }
        }
    }
}
