internal import ArgumentParser
internal import Clusters
internal import Engine
internal import Envfile
internal import Export
internal import Workspaces

/// What all forms of an export take.
struct ExportFlags: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The directory, or - for one stream on standard output.", valueName: "directory"),
        completion: .directory)
    var output = "-"
    @Flag(help: "Write nothing and exit with 2 when something that the files say would be lost.") var strict = false
    @Option(
        help: ArgumentHelp(
            "Leave out what cannot be carried, such as 'services.*.volumes' (repeatable).", valueName: "key"))
    var omit: [String] = []
    @Option(
        help: ArgumentHelp("The registry that gets images which are made on this machine.", valueName: "host/path"))
    var registry: String?

    var choice: RegistryChoice { RegistryChoice(registry: registry) }

    func apply(to options: inout ExportOptions) { options.omitted = omit.map { KeyPattern($0) } }
}

/// What exports for a cluster take.
struct ClusterFlags: ParsableArguments {
    @Option(name: [.short, .long], help: ArgumentHelp("The namespace of all objects.", valueName: "name"))
    var namespace: String?
    @Option(help: "How published ports are reached from outside: none, nodeport, loadbalancer, ingress or gateway.")
    var expose = ExportOptions.Exposure.none
    @Option(help: ArgumentHelp("The domain below which published services have a host each.", valueName: "name"))
    var domain: String?
    @Option(help: ArgumentHelp("The gateway that --expose gateway adds routes to.", valueName: "name"))
    var gateway = "gateway"
    @Option(help: "What becomes of secrets: reference, omit, sops or plain.")
    var secrets = ExportOptions.SecretForm.reference
    @Option(help: ArgumentHelp("The size of each claim.", valueName: "size")) var volumeSize = "1Gi"
    @Option(help: ArgumentHelp("The class of storage of claims.", valueName: "name")) var storageClass: String?
    @Option(help: ArgumentHelp("The image has the files of the mount at this path (repeatable).", valueName: "path"))
    var inImage: [String] = []
    @Option(
        help: ArgumentHelp("Send the files of the mount at this path along (repeatable).", valueName: "path"))
    var sync: [String] = []
    @Option(help: ArgumentHelp("The registry of --registry as the cluster knows it.", valueName: "host/path"))
    var clusterRegistry: String?

    func validate() throws {
        let digits = volumeSize.prefix { $0.isASCII && $0.isNumber }
        let unit = volumeSize.dropFirst(digits.count)
        guard !digits.isEmpty, ["", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains(unit) else {
            throw ValidationError("`\(volumeSize)` is no size: write a number with a unit, such as 500Mi or 10Gi.")
        }
        if let namespace { try Self.check(namespace, "namespace", "lower-case letters, digits and `-`, at most 63") }
    }

    /// The flags that are given and that mean nothing on one host.
    var flagsOfClusters: [String] {
        let given = [
            ("--namespace", namespace != nil), ("--expose", expose != .none), ("--domain", domain != nil),
            ("--secrets sops", secrets == .sops), ("--storage-class", storageClass != nil),
            ("--in-image", !inImage.isEmpty), ("--sync", !sync.isEmpty),
            ("--cluster-registry", clusterRegistry != nil),
        ]
        return given.filter(\.1).map(\.0)
    }

    private static func check(_ name: String, _ what: String, _ expected: String) throws {
        let isPlain = name.allSatisfy { $0 == "-" || $0.isASCII && ($0.isNumber || $0.isLetter && $0.isLowercase) }
        guard isPlain, !name.isEmpty, name.utf8.count <= 63, name.first != "-", name.last != "-" else {
            throw ValidationError("`\(name)` is no name of a \(what): use \(expected).")
        }
    }

    func apply(to options: inout ExportOptions) {
        options.namespace = namespace
        options.exposure = expose
        options.domain = domain
        options.gateway = gateway
        options.secrets = secrets
        options.volumeSize = volumeSize
        options.storageClass = storageClass
        options.inImage = Set(inImage)
        options.synced = Set(sync)
    }
}

extension ExportOptions.Target: ExpressibleByArgument {}
extension ExportOptions.Exposure: ExpressibleByArgument {}
extension ExportOptions.SecretForm: ExpressibleByArgument {}

/// A form of an export as a command.
protocol ExportCommand: StandardCommand {
    var flags: ExportFlags { get }
    var options: ExportOptions { get }
    var choice: RegistryChoice { get }
    static var form: ExportForm { get }
}

extension ExportCommand {
    var choice: RegistryChoice { flags.choice }

    func run() throws {
        let engine = try Engine(globals.request)
        // What this host cannot bring up, such as another platform or driver, another engine may have.
        let project = try engine.project(selecting: [])
        try project.checkServices()
        let result = try engine.export(project, as: Self.form, options, choice)
        try ExportPrinter(globals: globals, flags: flags, project: project).print(result, engine)
    }
}

struct ExportKubernetes: ExportCommand {
    static let form = ExportForm.kubernetes
    static let configuration = CommandConfiguration.ofTrice(
        commandName: "kubernetes",
        abstract: "Write the environment as objects of Kubernetes.",
        discussion: """
            With --output DIRECTORY a base and an overlay of kustomize, to be applied by `kubectl apply -k
            DIRECTORY/overlays/default`; otherwise one stream. What a cluster cannot have is reported with its place in
            the file; docs/cluster.md has the table. With --for podman the stream has pods for `podman kube play`.
            """)

    @OptionGroup var common: GlobalOptions
    @OptionGroup var flags: ExportFlags
    @OptionGroup var cluster: ClusterFlags
    @Option(name: .customLong("for"), help: "What reads the objects: cluster, or podman for `podman kube play`.")
    var target = ExportOptions.Target.cluster

    var options: ExportOptions {
        var options = ExportOptions()
        flags.apply(to: &options)
        cluster.apply(to: &options)
        options.target = target
        return options
    }

    func validate() throws {
        guard target == .podman else { return }
        if flags.output != "-" {
            throw ValidationError("`podman kube play` reads one stream: --for podman has no --output.")
        }
        if let flag = cluster.flagsOfClusters.first {
            throw ValidationError("\(flag) is for clusters, and --for podman for this host: leave one of them out.")
        }
    }

    var choice: RegistryChoice {
        RegistryChoice(registry: flags.registry, clusterRegistry: cluster.clusterRegistry)
    }
}
