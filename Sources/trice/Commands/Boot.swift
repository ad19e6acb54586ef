internal import ArgumentParser
internal import Engine
internal import Setup
internal import Workspaces

/// `boot …`: whether the environment comes up when the machine starts.
struct Boot: ParsableCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "boot", abstract: "Bring the environment up when the machine starts.",
        discussion: """
            A unit of systemd runs `trice up` in the directory of the Envfile, with the options and the variables TRICE_…
            and COMPOSE_… of `trice boot enable`, and `trice halt` when the machine goes down.
            """,
        subcommands: [BootEnable.self, BootDisable.self, BootStatus.self, BootShow.self])
}

struct BootEnable: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "enable", abstract: "From now on, bring the environment up when the machine starts.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let project = try engine.project(selecting: [])
        project.show(warningsOn: Progress.sink(for: globals))
        let state = try engine.enableBoot(project)
        if globals.json { return try Output.json(state) }
        Output.print("\(project.id) comes up when the machine starts (\(state.unit ?? "")).")
    }
}

struct BootDisable: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "disable", abstract: "No longer bring it up; what runs goes on.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let wasEnabled = try engine.disableBoot(identity)
        Output.print(
            wasEnabled
                ? "\(identity.id) no longer comes up when the machine starts."
                : "\(identity.id) does not come up when the machine starts; nothing was done.")
    }
}

struct BootStatus: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "status", abstract: "Show whether it comes up when the machine starts; code 1 when not.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        let identity = try engine.identity(sink: Progress.sink(for: globals))
        let state = try engine.bootState(identity)
        if globals.json {
            try Output.json(state)
        } else if let unit = state.unit {
            let words = [state.enabled, state.active].compactMap(\.self).joined(separator: ", ")
            Output.print("\(identity.id): \(words.isEmpty ? "there is a unit" : words) (\(unit))")
        } else {
            Output.print("\(identity.id) does not come up when the machine starts. Change that with: trice boot enable")
        }
        if state.unit == nil { throw ExitCode(1) }
    }
}

struct BootShow: StandardCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "show", abstract: "Print the unit of systemd that `enable` writes.")

    @OptionGroup var common: GlobalOptions

    func run() throws {
        let engine = try Engine(globals.request)
        Output.write(try engine.bootUnit(try engine.project(selecting: [])).text, to: 1)
    }
}
