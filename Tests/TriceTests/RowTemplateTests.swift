import ArgumentParser
import Testing
import Workspaces

@testable import Execution
@testable import trice

/// `--format` of `ps`, `stats` and `volumes`, as scripts that were written for Compose use it.
@Suite(.timeLimit(.minutes(1))) struct RowTemplateTests {
    private static let rows: [StatusReport.Service] = {
        var web = StatusReport.Service(
            container: "web-1", service: "web", image: "nginx:1", state: "running", ports: [])
        web.health = "healthy"
        web.sinceSeconds = 65
        web.ports = [.init(hostAddress: "127.0.0.1", hostPort: 8080, target: 80, transportProtocol: "tcp")]
        var job = StatusReport.Service(container: "job-1", service: "job", image: "tool", state: "exited", ports: [])
        job.exitCode = 3
        return [web, job]
    }()

    private func lines(_ format: String) throws -> [String] {
        let fields = RowFields(ofContainersIn: "shop")
        guard case .template(let template) = try RowFormat.parse(format) else { return [] }
        try template.check(fields.names)
        return template.lines(of: Self.rows.map(fields.values), style: Style(isOn: false))
    }

    @Test(arguments: [
        ("{{.Name}}", ["web-1", "job-1"]),
        ("{{ .Service }}: {{.State}} {{.Health}}", ["web: running healthy", "job: exited "]),
        ("{{.Status}}", ["Up 1 minute (healthy)", "Exited (3) some time ago"]),
        (#"{{.Name}}\t{{.Ports}}"#, ["web-1\t127.0.0.1:8080->80/tcp", "job-1\t"]),
        ("{{.ExitCode}}/{{json .Name}}/{{.Project | upper}}", [#"0/"web-1"/SHOP"#, #"3/"job-1"/SHOP"#]),
        (#"table {{.Service}}\t{{.State}}"#, ["SERVICE   STATE", "web       running", "job       exited"]),
        (
            "{{json .Publishers}}",
            [#"[{"Protocol":"tcp","PublishedPort":8080,"TargetPort":80,"URL":"127.0.0.1"}]"#, "[]"]
        ),
    ])
    func aTemplateIsFilledIn(format: String, expected: [String]) throws {
        #expect(try lines(format) == expected)
    }

    @Test func theWholeRowIsJSONWithBothNames() throws {
        let line = try RowFields(ofContainersIn: "shop").jsonLines(of: Self.rows)[0]
        for part in [#""Name":"web-1""#, #""container":"web-1""#, #""Health":"healthy""#, #""State":"running""#] {
            #expect(line.contains(part))
        }
        #expect(try lines("{{json .}}")[1].contains(#""ExitCode":3"#))
    }

    @Test(arguments: [
        ("{{.Nmae}}", "`Nmae`"), ("{{.Name", "}}"), ("{{Name}}", "{{Name}}"), ("{{frob .Name}}", "{{frob .Name}}"),
        ("tabel", "tabel"), ("{{range .}}", "{{range .}}"),
    ])
    func whatIsNotUnderstoodIsSaid(format: String, text: String) {
        let error = #expect(throws: ValidationError.self) { try lines(format) }
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }
}
