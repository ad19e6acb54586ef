internal import ArgumentParser
internal import Building

/// Flags of `docker build` that are about the images themselves; with services they count for each that is built.
struct BuildFlagOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Give RUN --mount=type=secret a secret, from a file or an environment variable of this command (repeatable).",
            valueName: "id=id[,src=path|,env=name]"))
    var secret: [String] = []
    @Option(
        help: ArgumentHelp(
            "Give RUN --mount=type=ssh your SSH agent, or the socket of one, or private keys (repeatable).",
            valueName: "default|id=path"))
    var ssh: [String] = []
    @Option(
        help: ArgumentHelp(
            "Allow what the sandbox forbids: network.host or security.insecure (repeatable).", valueName: "what"))
    var allow: [String] = []
    @Option(
        help: ArgumentHelp(
            "A context that the Dockerfile names: a directory, an address, docker-image://NAME or "
                + "oci-layout://PATH (repeatable).", valueName: "name=context"))
    var buildContext: [String] = []
    @Option(
        help: ArgumentHelp(
            "An image that Trice built and pushed, whose layers are used for steps that are the same (repeatable).",
            valueName: "image"))
    var cacheFrom: [String] = []
    @Option(help: ArgumentHelp("A label of the image (repeatable).", valueName: "name=value"))
    var label: [String] = []
    @Option(help: ArgumentHelp("A name that RUN knows an address by (repeatable).", valueName: "name:address"))
    var addHost: [String] = []
    @Option(name: .customLong("network"), help: "The network of RUN: default, none or host.")
    var stepNetwork: String?
    @Option(help: ArgumentHelp("The platform to build for: the host's own.", valueName: "platform"))
    var platform: [String] = []

    var flags: BuildFlags {
        var flags = BuildFlags()
        flags.secrets = secret
        flags.sshKeys = ssh
        flags.allowed = allow
        flags.contexts = buildContext
        flags.cacheSources = cacheFrom
        flags.labels = label
        flags.hosts = addHost
        flags.network = stepNetwork
        flags.platforms = platform
        return flags
    }
}

/// Flags that `docker compose build` has besides.
struct ComposeBuildOptions: ParsableArguments {
    @Flag(help: "Check the Dockerfiles, and build nothing.") var check = false
    @Flag(help: "Push the images afterwards.") var push = false
    @Flag(name: [.short, .long], help: "Show no progress.") var quiet = false
    @Flag(help: "Build what the services depend on, too.") var withDependencies = false
    @Option(help: ArgumentHelp("Accepted for Compose users: there is one builder.", valueName: "name"))
    var builder: String?
    @Option(name: [.short, .long], help: ArgumentHelp("Accepted for Compose users.", valueName: "bytes"))
    var memory: String?
    @Option(help: ArgumentHelp("Accepted for Compose users.", valueName: "form")) var provenance: String?
    @Option(help: ArgumentHelp("Accepted for Compose users.", valueName: "form")) var sbom: String?

    /// Adds a remark for each that has no effect.
    func apply(to globals: inout Globals) {
        if quiet { globals.progress = .quiet }
        let given = [
            ("--builder", builder), ("--memory", memory), ("--provenance", provenance), ("--sbom", sbom),
        ]
        for (name, value) in given where value != nil {
            globals.remarks.append("`\(name)` has no effect: Trice's builder has nothing of the kind")
        }
    }
}
