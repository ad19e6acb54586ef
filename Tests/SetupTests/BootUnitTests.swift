import LinuxSystem
import Setup
import SystemPackage
import TestSupport
import Testing
import Vocabulary
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct BootUnitTests {
    private static func request(
        files: [String] = [], directory: String = "/srv/shop", variables: [String: String] = [:], userID: UInt32 = 0
    ) -> ProjectRequest {
        ProjectRequest(
            files: files, projectName: nil, profiles: ["debug"], runtime: nil, processEnvironment: variables,
            userID: userID, workingDirectory: directory, version: "1.0.0")
    }

    private static func unit(_ request: ProjectRequest) throws -> BootUnit {
        try BootUnit(EnvironmentID("shop-57d56148"), program: "/usr/bin/trice", request: request)
    }

    @Test func theUnitRunsUpAndHalt() throws {
        let unit = try Self.unit(
            Self.request(
                files: ["a.yml", "b.yml"],
                variables: ["PATH": "/usr/bin", "SUDO_UID": "1000", "COMPOSE_PROFILES": "x", "SECRET": "no"]))
        #expect(unit.name == "trice-shop-57d56148.service")
        let lines = unit.text.split(separator: "\n").map(String.init)
        let options = #""--file" "a.yml" "--file" "b.yml" "--profile" "debug""#
        #expect(lines.contains(#"ExecStart="/usr/bin/trice" "up" "--progress" "plain" "# + options), "\(lines)")
        #expect(lines.contains(#"ExecStop="/usr/bin/trice" "halt" "--progress" "plain" "# + options))
        #expect(lines.contains("WorkingDirectory=/srv/shop"))
        #expect(
            lines.filter { $0.hasPrefix("Environment=") } == [
                #"Environment="COMPOSE_PROFILES=x""#, #"Environment="PATH=/usr/bin""#, #"Environment="SUDO_UID=1000""#,
            ])
        #expect(lines.last == "WantedBy=multi-user.target")
    }

    @Test func whatSystemdWouldExpandIsEscaped() throws {
        let unit = try Self.unit(
            Self.request(files: [#"a $HOME "%h" \n.yml"#], directory: "/srv/50% off", variables: ["TRICE_X": "$a%b"]))
        #expect(unit.text.contains(##""a $$HOME \"%%h\" \\n.yml""##), "\(unit.text)")
        #expect(unit.text.contains("WorkingDirectory=/srv/50%% off\n"))
        // Variables are not expanded in those of the environment, specifiers are.
        #expect(unit.text.contains(#"Environment="TRICE_X=$a%%b""#))
    }

    @Test(arguments: [["-"], ["a\nb.yml"]]) func whatAUnitCannotHoldIsRefused(files: [String]) {
        #expect(throws: EngineError.self) { try Self.unit(Self.request(files: files)) }
    }

    // MARK: - systemctl

    /// Runs `body` with a `systemctl` that writes down how it is called, and ends with `code` where it is to enable.
    private func withSystemctl(
        code: Int = 0, _ body: (BootService, ProjectRequest, FilePath) throws -> Void
    ) throws {
        let temporary = try TemporaryDirectory()
        do {
            let base = FilePath(temporary.path)
            let script = """
                #!/bin/sh
                echo "$@" >>\(base)/calls
                case $1 in is-*) echo "$1-answer"; exit 3;; enable) echo broken >&2; exit \(code);; esac
                """
            try Files.write(Array(script.utf8), to: base.appending("systemctl"), mode: 0o755)
            try Files.createDirectory(base.appending("units"))
            let request = Self.request(variables: ["PATH": base.string])
            try body(BootService(request, directory: base.appending("units"), isBooted: true), request, base)
        }
        withExtendedLifetime(temporary) {}
    }

    @Test func enablingAndDisabling() throws {
        try withSystemctl { service, request, base in
            let unit = try Self.unit(request)
            #expect(try service.state(of: unit.environment).unit == nil)
            #expect(try service.disable(unit.environment) == false)
            try service.enable(unit)
            try service.enable(unit)
            #expect(try Files.text(service.file(of: unit.environment)) == unit.text)
            let state = try service.state(of: unit.environment)
            #expect(state.enabled == "is-enabled-answer" && state.active == "is-active-answer")
            #expect(try service.disable(unit.environment))
            #expect(!service.isEnabled(unit.environment))
            let name = unit.name
            #expect(
                try Files.text(base.appending("calls"))?.split(separator: "\n").map(String.init) == [
                    "daemon-reload", "enable \(name)", "daemon-reload", "enable \(name)", "is-enabled \(name)",
                    "is-active \(name)", "disable \(name)", "daemon-reload",
                ])
        }
    }

    @Test func whatCannotBeEnabledLeavesNoUnit() throws {
        try withSystemctl(code: 1) { service, request, _ in
            let unit = try Self.unit(request)
            let error = #expect(throws: EngineError.self) { try service.enable(unit) }
            #expect(error.map { "\($0)".contains("broken") } == true, "\(String(describing: error))")
            #expect(!service.isEnabled(unit.environment))
        }
    }

    @Test func withoutSystemdOrPrivilegeNothingIsWritten() throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path
        do {
            for (userID, isBooted) in [(UInt32(0), false), (1000, true)] {
                let request = Self.request(variables: ["PATH": path], userID: userID)
                try Files.write(Array("#!/bin/sh\n".utf8), to: FilePath(path).appending("systemctl"), mode: 0o755)
                let service = BootService(request, directory: FilePath(path), isBooted: isBooted)
                let unit = try Self.unit(request)
                let error = #expect(throws: EngineError.self) { try service.enable(unit) }
                #expect(error.map { "\($0)".contains(isBooted ? "sudo trice boot enable" : "trice boot show") } == true)
                #expect(!service.isEnabled(unit.environment))
            }
        }
        withExtendedLifetime(temporary) {}
    }
}
