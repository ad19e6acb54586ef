internal import ArgumentParser
internal import Engine
internal import ImageCommands
internal import Workspaces

/// `image …`: the store, whatever project uses it.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "image",
        abstract: "Show, move and compare the images on this machine.",
        discussion: """
            An image is named as in an Envfile (nginx:1.25, ghcr.io/org/app@sha256:…, bootstrap:busybox) or by the first
            digits of its id.
            """,
        subcommands: [
            ImageList.self, ImagePull.self, ImagePush.self, ImageTag.self, ImageRemove.self, ImageInspect.self,
            ImageHistory.self, ImageDiff.self, ImageTree.self, ImageSave.self, ImageLoad.self, ImageImport.self,
            ImagePrune.self,
        ])
}

struct ImageList: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "ls", abstract: "List the images on this machine.", aliases: ["list"])

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Print the ids alone.") var quiet = false
    @Argument(help: "Only names that begin so.", completion: .images) var prefix: String?

    var globals: Globals { output.globals }

    func run() throws {
        let rows = try Engine(globals.request).imageRows().filter { $0.name.hasPrefix(prefix ?? "") }
        if globals.json { return try Output.json(rows) }
        if quiet {
            var seen: Set<String> = []
            for row in rows where seen.insert(row.id).inserted { Output.print(row.id) }
            return
        }
        guard !rows.isEmpty else {
            return Output.print(prefix.map { "No image has a name that begins with \($0)." } ?? "There are no images.")
        }
        var table = Table(["IMAGE", "ID", "CREATED", "LAYERS", "SIZE", "USED BY"])
        for row in rows {
            table.rows.append([
                row.name, Format.shortDigest(row.id), row.created.map(Format.age(since:)) ?? "-", "\(row.layers)",
                Format.bytes(row.size), row.usedBy.joined(separator: ", "),
            ])
        }
        table.lines(style: Style(descriptor: 1)).forEach(Output.print)
    }
}

struct ImagePull: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "pull", abstract: "Bring images from their registries, or make those that are made here.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var network: NetworkOptions
    @Argument(help: "The images.", completion: .images) var names: [String]

    var globals: Globals {
        var globals = output.globals
        globals.isOffline = network.offline
        return globals
    }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        let rows = try Progress.follow(sink) { try await engine.pullImages(names, sink: sink) }
        if globals.json { return try Output.json(rows) }
        for row in rows { Output.print("\(row.name)  \(row.digest ?? row.id)  \(Format.bytes(row.size))") }
    }
}

struct ImagePush: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "push",
        abstract: "Send images to the registries that their names say.",
        discussion: "Layers that were made here get their tar and their digest now. Log in with `trice login`.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The images.", completion: .images) var names: [String]

    var globals: Globals { output.globals }

    func run() throws {
        let engine = try Engine(globals.request)
        let sink = Progress.sink(for: globals)
        try Progress.follow(sink) { try await engine.pushImages(names, sink: sink) }
    }
}

struct ImageTag: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "tag", abstract: "Give an image another name.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The image.", completion: .images) var name: String
    @Argument(help: "Its other name, such as registry.lan:5000/team/app:1.") var other: String

    var globals: Globals { output.globals }

    func run() throws {
        try Engine(globals.request).tag(name, as: other)
    }
}

struct ImageRemove: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "rm",
        abstract: "Take images' names away.",
        discussion: "What nothing else needs is freed by `trice image prune`.",
        aliases: ["remove"])

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Even if containers were made from it; they keep what they need.")
    var force = false
    @Argument(help: "The images.", completion: .images) var names: [String]

    var globals: Globals { output.globals }

    func run() throws {
        for name in try Engine(globals.request).removeImages(names, force: force) { Output.print("removed \(name)") }
    }
}

struct ImageInspect: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "inspect", abstract: "Show all that is known of images, as JSON.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The images.", completion: .images) var names: [String]

    var globals: Globals { output.globals }

    func run() throws {
        try Output.json(try Engine(globals.request).inspectImages(names))
    }
}

struct ImageHistory: ParsableCommand, TriceCommand, DryRunnable {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "history", abstract: "Show how an image was made, the last step first.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "The image.", completion: .images) var name: String

    var globals: Globals { output.globals }

    func run() throws {
        let rows = try Engine(globals.request).imageHistory(name)
        if globals.json { return try Output.json(rows) }
        Output.print(HistoryText(style: Style(descriptor: 1)).lines(of: rows).joined(separator: "\n"))
    }
}

struct ImagePrune: ParsableCommand, TriceCommand {
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "prune",
        abstract: "Free the space of what no image needs.",
        discussion: """
            Images that containers were made from stay in any case, and with them all that has a name and the cache of
            builds. With --all the named images go too that no container was made from, and the cache but for the
            directories of RUN --mount=type=cache, which only --cache-mounts takes away.
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Named images too that no container was made from.") var all = false
    @Flag(help: "The results of build steps that no image has.") var buildCache = false
    @Flag(help: "What builds keep in RUN --mount=type=cache.") var cacheMounts = false
    @Flag(name: [.short, .long], help: "Do not ask.") var force = false

    var globals: Globals { output.globals }

    func run() throws {
        if all, !force {
            guard ProcessEnvironment.isTerminal(0) else {
                throw ValidationError(
                    "--all removes images that have a name; add --force where there is no terminal to ask at.")
            }
            let answer = Terminal.ask("Remove every image that no container was made from? [y/N] ")
            guard answer?.lowercased().hasPrefix("y") == true else { return }
        }
        var options = PruneOptions()
        options.all = all
        options.buildCache = buildCache
        options.cacheMounts = cacheMounts
        let report = try Engine(globals.request).pruneImages(options)
        if globals.json { return try Output.json(report) }
        for name in report.images { Output.print("removed \(name)") }
        for cache in report.cacheMounts {
            Output.print("removed cache mount \(cache.id) (\(Format.bytes(cache.size)))")
        }
        let parts =
            [(report.layers.count, "layer"), (report.blobs.count, "blob")]
            + [(report.steps, "build step"), (report.cacheMounts.count, "cache mount")].filter { $0.0 > 0 }
        Output.print(
            "freed \(Format.bytes(report.freed)): " + parts.map { Format.count($0, $1) }.joined(separator: ", "))
        let kept = report.keptCacheMounts
        guard (all || buildCache || cacheMounts) && !kept.isEmpty else { return }
        let size = Format.bytes(kept.reduce(0) { $0 + $1.size })
        let remedy = cacheMounts ? "builds use them" : "--cache-mounts removes them"
        Output.print(
            "\(Format.count(kept.count, "cache mount")) with \(size) \(kept.count == 1 ? "stays" : "stay"): \(remedy)")
    }
}
