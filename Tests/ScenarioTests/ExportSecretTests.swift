import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `--secrets sops`: with a program that records how it was called, and with sops itself.
    @Suite(.timeLimit(.minutes(2)), .scenario) struct ExportSecretTests {
        private static let envfile = """
            name: shop
            services:
              web: { image: registry.example/web:1, secrets: [token, key] }
            secrets: { token: { file: ./token }, key: { environment: KEY } }

            """
        /// `hush` in base 64.
        private static let plain = "aHVzaA=="

        private func project(_ fixture: Fixture) throws -> Project {
            let project = try fixture.project(Self.envfile)
            try project.write("token", "hush")
            try project.write("sub/none", "")
            return project
        }

        private func export(_ project: Project, _ arguments: String..., path: String) throws -> Command.Output {
            let rest = ProcessInfo.processInfo.environment["PATH"] ?? ""
            return try project.command(
                ["export", "kubernetes", "--secrets", "sops"] + arguments,
                environment: ["PATH": "\(path):\(rest)", "KEY": "hush"]
            ).run()
        }

        @Test func theProgramGetsEachDocumentWithItsPath() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write(
                    "bin/sops",
                    """
                    #!/bin/sh
                    printf "%s in %s\\n" "$*" "$PWD" >> "$(dirname "$0")/../calls"
                    [ -e "$(dirname "$0")/../fail" ] && { echo "no matching creation rules found" >&2; exit 1; }
                    sed "s/\(Self.plain)/ENC[]/"

                    """)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: "\(project.directory)/bin/sops")
                let bin = "\(project.directory)/bin"
                for _ in 1...2 {
                    // The second finds its own file, encrypted, and replaces it.
                    let output = try export(project, "-o", "k8s", path: bin)
                    #expect(output.succeeded, "\(output.description)")
                }
                let written = try project.read("k8s/base/secrets.yaml")
                #expect(written.contains("ENC[]") && !written.contains(Self.plain), "\(written)")
                let calls = try project.read("calls").split(separator: "\n")
                #expect(calls.count == 2)
                #expect(
                    calls[0].hasSuffix(
                        "--filename-override \(project.directory)/k8s/base/secrets.yaml /dev/stdin in \(project.directory)"
                    ), "\(calls)")
                let stream = try export(project, path: bin)
                #expect(stream.standardOutput.contains("ENC[]") && !stream.standardOutput.contains(Self.plain))
                try project.write("fail", "")
                let failed = try export(project, "-o", "other", path: bin)
                expect(failed, endsWith: 1, saying: "sops could not encrypt the secrets: no matching creation rules")
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/other"))
            }
        }

        @Test func withoutTheProgramNothingIsWritten() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let output = try project.command(
                    ["export", "kubernetes", "--secrets", "sops", "-o", "k8s"],
                    environment: ["PATH": "\(project.directory)/bin", "KEY": "hush"]
                ).run()
                expect(output, endsWith: 1, saying: "--secrets sops needs the program sops")
                #expect(!FileManager.default.fileExists(atPath: "\(project.directory)/k8s"))
            }
        }

        /// A key for this test alone: it opens nothing else.
        private static let key = "AGE-SECRET-KEY-15VS6S25LVUXKZ6SCPKYH9P27K4PPUZQ2KZLW88H4RA5L8L0V448SXEYQXP"
        private static let recipient = "age16pxqrl6tjhr59h0sju7phl900plq85r77k7k7rnr8p702lcvy3lqnrmynn"

        @Test(.enabled("needs sops: run .ci/python-peers") { try Requirement.met(.sops) })
        func sopsOpensWhatItHasClosed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                // Only the directory of the export has a rule.
                try project.write(
                    ".sops.yaml",
                    "creation_rules:\n  - path_regex: k8s/base/.*\\.yaml$\n    age: \(Self.recipient)\n")
                let sops = Requirement.peer("sops")
                let path = String(sops.dropLast("/sops".count))
                let output = try export(project, "-o", "k8s", path: path)
                #expect(output.succeeded, "\(output.description)")
                let written = try project.read("k8s/base/secrets.yaml")
                #expect(written.contains("ENC[AES256_GCM") && !written.contains(Self.plain), "\(written)")
                let opened = try Command(
                    sops, ["--decrypt", "\(project.directory)/k8s/base/secrets.yaml"],
                    environment: ["SOPS_AGE_KEY": Self.key]
                ).run()
                #expect(opened.succeeded, "\(opened.description)")
                #expect(opened.standardOutput.components(separatedBy: Self.plain).count == 3, "\(opened.description)")
                expect(
                    try export(project, "-o", "other", path: path), endsWith: 1, saying: "no matching creation rules")
            }
        }
    }
}
