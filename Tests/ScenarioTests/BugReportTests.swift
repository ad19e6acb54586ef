import Foundation
import TestSupport
import Testing

/// `trice doctor --report`: a file that can be given away.
@Suite(.timeLimit(.minutes(2)), .enabled("needs the binary") { try Requirement.met(.binary) })
struct BugReportTests {
    /// One secret for each place that a report could show it from.
    private static let secrets = [
        "environment map": "SESAME-environment-1", "environment list": "SESAME-list-2", "dotenv": "SESAME-dotenv-3",
        "env_file": "SESAME-envfile-4", "build argument": "SESAME-argument-5", "secret file": "SESAME-secretfile-6",
        "secret variable": "SESAME-secretvariable-7", "config content": "SESAME-content-8", "label": "SESAME-label-9",
        "foreign key": "SESAME-foreign-10", "process": "SESAME-process-11", "registry": "SESAME-registry-12",
        "address": "SESAME-address-13", "option": "SESAME-option-14", "driver": "SESAME-driver-15",
        "step": "SESAME-step-16", "mirror": "SESAME-mirror-17", "token": "SESAME-token-18", "job": "SESAME-job-19",
    ]

    private func secret(_ place: String) throws -> String { try #require(Self.secrets[place], "\(place)") }

    private func planted(_ fixture: Fixture) throws -> (project: Project, variables: [String: String]) {
        let project = try fixture.project(
            """
            x-team: { note: \(secret("foreign key")) }
            services:
              web:
                image: bootstrap:busybox
                build:
                  context: https://me:\(secret("address"))@git.example/app.git
                  args: { TOKEN: \(secret("build argument")) }
                # The value of a variable that is blanked above is blanked here as well.
                command: [serve, --password=\(secret("option")), --again, \(secret("environment map"))]
                environment: { DB_PASSWORD: \(secret("environment map")), STAGE: "${STAGE}" }
                env_file: web.env
                labels: { auth: \(secret("label")) }
                secrets: [key, token]
                configs: [settings]
                provision: [{ name: x, shell: 'true', environment: { A: \(secret("step")) } }]
              db:
                image: bootstrap:busybox
                environment: ["ROOT=\(secret("environment list"))"]
                hostname: "${FROM_DOTENV}"
            jobs:
              backup: { image: bootstrap:busybox, environment: { K: \(secret("job")) }, triggers: { manual: true } }
            secrets: { key: { file: ./key.txt }, token: { environment: MY_TOKEN } }
            configs: { settings: { content: "a=\(secret("config content"))" } }
            volumes: { data: { driver_opts: { type: cifs, o: "password=\(secret("driver"))" } } }

            """)
        try project.write(".env", "FROM_DOTENV=\(secret("dotenv"))\nSTAGE=dev\n")
        try project.write("web.env", "WEB='\(secret("env_file"))'\n")
        try project.write("key.txt", secret("secret file") + "\n")
        let auth = Data("me:\(try secret("registry"))".utf8).base64EncodedString()
        try project.write(
            "docker/config.json",
            #"{"auths": {"registry.lan": {"auth": "\#(auth)", "identitytoken": "\#(try secret("token"))"}}}"#)
        try project.write(
            "config/trice/settings.json",
            #"{"registries": {"docker.io": {"mirrors": ["https://me:\#(try secret("mirror"))@mirror.lan"]}}}"#)
        let variables = [
            "MY_TOKEN": try secret("secret variable"), "DEPLOY_SECRET": try secret("process"),
            "DOCKER_CONFIG": "\(project.directory)/docker", "XDG_CONFIG_HOME": "\(project.directory)/config",
        ]
        return (project, variables)
    }

    @Test func noSecretIsInTheReport() async throws {
        try await withFixture { fixture in
            let (project, variables) = try planted(fixture)
            let output = try project.trice("doctor", "--report", environment: variables)
            try #require(output.succeeded, "\(output.description)")
            let report = try project.read("trice-report.txt")
            for (place, secret) in Self.secrets {
                #expect(!report.contains(secret), "the secret of \(place) is in the report")
            }
            #expect(!report.contains("SESAME"))
            #expect(!output.standardOutput.contains("SESAME") && !output.standardError.contains("SESAME"))
            #expect(!report.contains(Data("me:\(try secret("registry"))".utf8).base64EncodedString()))
            // What a maintainer needs is there all the same.
            for text in [
                "trice 0.", "kernel", "DB_PASSWORD: \"(blanked)\"", "ROOT=(blanked)", "bootstrap:busybox", "mirror.lan",
                "## Envfile", "## environments", "backup:", "hostname: \"${FROM_DOTENV}\"", "name: \(fixture.id)",
                "--password=(blanked)",
            ] { #expect(report.contains(text), "the report lacks `\(text)`:\n\(report)") }
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(project.directory)/trice-report.txt")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func aFileThatIsThereStays() async throws {
        try await withFixture { fixture in
            let project = try fixture.project("services: { web: { image: bootstrap:busybox } }")
            try project.write("trice-report.txt", "mine")
            #expect(try !project.trice("doctor", "--report").succeeded)
            #expect(try project.read("trice-report.txt") == "mine")
            #expect(try project.expectSuccess("doctor", "--report", "--output", "-").contains("## versions"))
            #expect(try !project.trice("doctor", "--output", "x").succeeded)
        }
    }

    @Test func anUnreadableEnvfileIsNotShown() async throws {
        try await withFixture { fixture in
            let project = try fixture.project("services: { web: { environment: { A: SESAME-open-1 }")
            let report = try project.expectSuccess("doctor", "--report", "--output", "-")
            #expect(report.contains("cannot be read") && !report.contains("SESAME"))
        }
    }

    @Test(.enabled("needs root, crun, nft and busybox") { try Requirement.met(.root, .crun, .nft, .ip, .busybox) })
    func theStateOfTheEnvironmentIsInIt() async throws {
        try await withFixture { fixture in
            let project = try fixture.project(
                """
                services:
                  web: { image: bootstrap:busybox, command: sleep 100, environment: { A: SESAME-running-1 } }
                """)
            try project.expectSuccess("up")
            let report = try project.expectSuccess("doctor", "--report", "--output", "-")
            #expect(report.contains("## state") && report.contains("\"running\"") && report.contains("## supervisor"))
            #expect(!report.contains("SESAME"))
        }
    }
}
