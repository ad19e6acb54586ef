internal import ArgumentParser
internal import Engine
internal import Execution

struct Jobs: StandardCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "jobs", abstract: "List the jobs: when each runs next, and how it ran last.",
        discussion: "`trice run JOB` runs one by hand; the others start by their schedules while the environment is up."
    )

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let jobs = try engine.jobs(try engine.identity(sink: Progress.sink(for: globals)))
        if globals.json { return try Output.json(jobs) }
        if jobs.isEmpty { return Output.error("The Envfile has no `jobs:`.") }
        var table = Table(["JOB", "SCHEDULE", "NEXT", "LAST"])
        for job in jobs {
            let rows = job.schedules.map { ($0.cron, job.isScheduled ? $0.nextLocal ?? "never" : "not scheduled") }
            for (index, row) in (rows.isEmpty ? [("-", job.manual ? "by hand" : "never")] : rows).enumerated() {
                table.rows.append([
                    index == 0 ? job.job : "", row.0, row.1, index == 0 ? job.lastRun.map(text) ?? "-" : "",
                ])
            }
        }
        table.lines(style: Style(descriptor: 1)).forEach { Output.print($0) }
        if jobs.contains(where: { !$0.isScheduled && !$0.schedules.isEmpty }) {
            Output.error("Schedules apply while the environment is up: trice up")
        }
    }

    private func text(_ run: JobReport.Run) -> String {
        let age = "\(Format.age(seconds: run.secondsSinceStart)) ago"
        if run.endedAt == nil { return "runs, started \(age)" }
        return "\(run.exitCode.map { "exit \($0)" } ?? "end not seen"), started \(age)"
    }
}
