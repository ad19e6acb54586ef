internal import ArgumentParser
internal import Engine

struct Down: ParsableCommand, StandardCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Take the environment down; the host is as it was before `up`.",
        discussion: """
            Stops and removes the containers with all that belongs to them: network, ports, logs and the containers'
            own changes. Named volumes stay unless --volumes is given; images stay in the store.
            """)

    @OptionGroup var common: GlobalOptions
    @Flag(name: [.short, .long], help: "Remove the named volumes and what is in them too.") var volumes = false
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Wait at most this long for containers to stop by themselves.", valueName: "seconds"))
    var timeout: Int?

    func validate() throws {
        if let timeout, timeout < 0 { throw ValidationError("--timeout takes a number of seconds from 0 on.") }
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let identity = try engine.identity(sink: sink)
        let options = DownOptions(removesVolumes: volumes, timeout: timeout.map { .seconds($0) })
        try Progress.follow(sink) { try await engine.down(identity, options, sink: sink) }
    }
}
