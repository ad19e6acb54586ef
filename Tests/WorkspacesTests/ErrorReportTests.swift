import Diagnostics
import Envfile
import LinuxSystem
import SystemPackage
import Testing
import Workspaces

@Suite(.timeLimit(.minutes(1))) struct ErrorReportTests {
    private struct Outer: CausedError {
        var message: String
        var cause: (any Error)?
    }

    @Test func causesComeFromTheOutermostToTheInnermost() {
        let inner = SystemError("open", "/x", .noSuchFileOrDirectory)
        let middle = Outer(message: "Middle.", cause: inner)
        let report = ErrorReport(of: EngineError(.image, "Outer.", causes: [middle]))
        #expect(report.message == "Outer.")
        #expect(report.causes.count == 2)
        #expect(report.causes.last == "\(inner)")
        #expect(!report.isPlaced)
    }

    @Test func aBareSystemErrorHasItsRemedy() {
        let report = ErrorReport(of: SystemError("mkdir", "/var/lib/trice", .permissionDenied))
        #expect(report.message.hasPrefix("Could not mkdir /var/lib/trice:"))
        #expect(report.message.hasSuffix("try again with sudo."))
        #expect(report.causes.isEmpty)
    }

    @Test func whatIsShownMayDifferFromTheMessage() {
        struct Placed: ReportableError {
            var message: String { "Dockerfile has an error." }
            var causes: [any Error] { [] }
            var shownText: String { "Dockerfile:1:1: error: unknown instruction" }
            var isPlaced: Bool { true }
        }
        let report = ErrorReport(of: Placed())
        #expect(report.message == "Dockerfile:1:1: error: unknown instruction")
        #expect(report.isPlaced)
    }

    @Test func theProblemsOfAnEnvfileStayApart() {
        let problem = Diagnostic(severity: .error, file: "Envfile", line: 2, column: 3, message: "unknown key")
        let report = ErrorReport(
            of: EnvfileError(code: .invalid, message: "Envfile has an error.", diagnostics: [problem]))
        #expect(report.message == "Envfile has an error.")
        #expect(report.diagnostics.map(\.inOneLine) == ["Envfile:2:3: unknown key"])
    }
}
