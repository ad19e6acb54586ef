import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `~/.config/trice/Envfile.personal`: what one user wants in every environment, and no other user gets.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct PersonalFileTests {
        private func project(_ fixture: Fixture, _ personal: String, _ lines: String = "") throws -> Project {
            let directory = "\(fixture.directory)/.config/trice"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try personal.write(toFile: "\(directory)/Envfile.personal", atomically: true, encoding: .utf8)
            return try fixture.project(
                """
                name: \(fixture.id)
                services:
                  web:
                    image: bootstrap:busybox
                    command: sleep 1000
                \(lines)
                """)
        }

        /// Attributes: `ssh.dotfiles`
        @Test func dotfilesComeAlongAndStayOutOfImages() async throws {
            try await withFixture { fixture in
                try "[user]\n  name = Me\n".write(
                    toFile: "\(fixture.directory)/.gitconfig", atomically: true, encoding: .utf8)
                let editor = "\(fixture.directory)/.config/edit"
                try FileManager.default.createDirectory(atPath: editor, withIntermediateDirectories: true)
                try "dark-of-the-user\n".write(toFile: "\(editor)/theme", atomically: true, encoding: .utf8)
                let project = try project(
                    fixture, "dotfiles: [~/.gitconfig, ~/.config/edit]\nshell: /no/such/shell\neditor_port: 8443\n")
                try project.expectSuccess("up")
                let shown = "cat ~/.gitconfig ~/.config/edit/theme; echo $0"
                let shell = try project.trice("ssh", "web", input: shown)
                #expect(
                    shell.standardOutput == "[user]\n  name = Me\ndark-of-the-user\n/bin/ash\n", "\(shell.description)")
                // Again when they have changed.
                try "changed-of-the-user\n".write(
                    toFile: "\(fixture.directory)/.gitconfig", atomically: true, encoding: .utf8)
                #expect(
                    try project.expectSuccess("ssh", "web", "--", "cat", "/root/.gitconfig") == "changed-of-the-user\n")
                // The port of an editor is on the loopback.
                #expect(try project.expectSuccess("port", "web", "8443").hasPrefix("127.0.0.1:"))
                // `config --explain` says where it came from; `config` is what others get.
                let told = try project.expectSuccess("config", "--explain", "services.web.ssh.shell")
                #expect(told.contains("/no/such/shell") && told.contains("Envfile.personal line 2"), "\(told)")
                let shared = try project.expectSuccess("config")
                #expect(!shared.contains("no/such/shell") && !shared.contains("8443"), "\(shared)")
                // Neither an image nor an archive has them.
                try project.expectSuccess("exec", "web", "--", "sh", "-c", "echo of-the-image >/root/own")
                try project.expectSuccess("commit", "web", "\(fixture.id)/web:1")
                try project.expectSuccess("export", "web", "-o", "web.tar")
                let names = try Command("tar", ["-tf", "\(project.directory)/web.tar"]).run().standardOutput
                #expect(names.contains("./root/own") && !names.contains("gitconfig"), "\(names.prefix(500))")
                #expect(!names.contains("theme"))
                try project.expectSuccess("image", "save", "\(fixture.id)/web:1", "-o", "web.image.tar")
                let script =
                    "mkdir x && tar -xf web.image.tar -C x && cat x/*.tar >all && grep -ao 'of-the-image\\|of-the-user' all"
                let found = try Command("sh", ["-c", script], directory: project.directory).run()
                #expect(found.standardOutput == "of-the-image\n", "\(found.description)")
                // The lock names images alone.
                #expect(access("\(project.directory)/Envfile.lock", F_OK) != 0)
            }
        }

        @Test func aFileThatCannotBeUsedIsNamed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "shel: /bin/sh\n")
                expect(
                    try project.trice("validate"), endsWith: 1, saying: "Envfile.personal:1:1", "unknown key `shel`",
                    "did you mean `shell`?")
                expect(try project.trice("up"), endsWith: 1, saying: "unknown key `shel`")
            }
        }

        @Test func aComposeFileTakesItAsWell() async throws {
            try await withFixture { fixture in
                let directory = "\(fixture.directory)/.config/trice"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                try "shell: /bin/sh\n".write(toFile: "\(directory)/Envfile.personal", atomically: true, encoding: .utf8)
                let project = try fixture.project(
                    "name: \(fixture.id)\nservices:\n  web:\n    image: bootstrap:busybox\n    command: sleep 1000\n",
                    file: "compose.yaml")
                try project.expectSuccess("up")
                #expect(try project.trice("ssh", "web", input: "echo $0").standardOutput == "/bin/sh\n")
            }
        }

        @Test func theTerminalsVariablesAndTheLanguagePass() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, "", "    environment: {}\n")
                try project.expectSuccess("up")
                let script = ["ssh", "web", "--", "sh", "-c", "echo ${LANG-none} ${COLORTERM-none}"]
                func said(_ variables: [String: String]) throws -> String {
                    try project.command(script, environment: variables).run().standardOutput
                }
                #expect(try said(["LANG": "C.UTF-8", "COLORTERM": "truecolor"]) == "C.UTF-8 none\n")
                // The image does not have it.
                #expect(try said(["LANG": "xx_YY.UTF-8"]) == "none none\n")
                try project.expectSuccess("exec", "web", "--", "mkdir", "-p", "/usr/lib/locale/xx_YY.utf8")
                #expect(try said(["LANG": "xx_YY.UTF-8"]) == "xx_YY.UTF-8 none\n")
                let terminal = try Terminal(
                    project.command(
                        ["ssh", "web", "--", "sh", "-c", "echo $TERM/$COLORTERM/"],
                        environment: ["TERM": "screen-256color", "COLORTERM": "truecolor"]))
                #expect(terminal.shows("screen-256color/truecolor/"), "\(terminal.screen)")
            }
        }
    }
}
