/// A value, and the line that says it.
struct Sourced<Value: Hashable & Sendable>: Hashable, Sendable {
    var value: Value
    var line: Int

    init(_ value: Value, _ line: Int) {
        self.value = value
        self.line = line
    }
}

/// What a Vagrantfile says of one machine, or of all of them.
struct VagrantMachine: Hashable, Sendable {
    var name = Sourced("default", 0)
    var isPrimary = false
    var autostart = true
    var box: Sourced<RubyText>?
    /// That of the provider `docker`.
    var image: Sourced<RubyText>?
    var command: Sourced<[RubyText]>?
    var hostname: Sourced<RubyText>?
    /// Megabytes.
    var memory: Sourced<RubyText>?
    var cpus: Sourced<RubyText>?
    var ports: [Sourced<VagrantPort>] = []
    var networks: [Sourced<VagrantNetwork>] = []
    var folders: [Sourced<VagrantFolder>] = []
    var steps: [Sourced<VagrantStep>] = []
    var messages: [Sourced<RubyText>] = []
    var user: Sourced<RubyText>?
    var shell: Sourced<RubyText>?
    var forwardsAgent: Sourced<Bool>?

    /// With what is said of all machines: Vagrant applies that first.
    func over(_ common: VagrantMachine) -> VagrantMachine {
        var merged = self
        merged.box = box ?? common.box
        merged.image = image ?? common.image
        merged.command = command ?? common.command
        merged.hostname = hostname ?? common.hostname
        merged.memory = memory ?? common.memory
        merged.cpus = cpus ?? common.cpus
        merged.user = user ?? common.user
        merged.shell = shell ?? common.shell
        merged.forwardsAgent = forwardsAgent ?? common.forwardsAgent
        merged.messages = common.messages + messages
        merged.ports = Self.merged(common.ports, ports, by: \.key)
        merged.networks = common.networks + networks
        merged.folders = Self.merged(common.folders, folders, by: \.target)
        merged.steps = Self.merged(common.steps, steps, by: \.name)
        return merged
    }

    /// An entry takes the place of one with the same key, if it has one.
    static func merged<Entry, Key: Hashable>(
        _ first: [Sourced<Entry>], _ second: [Sourced<Entry>], by key: KeyPath<Entry, Key?>
    ) -> [Sourced<Entry>] {
        var all: [Sourced<Entry>] = []
        for entry in first + second {
            if let name = entry.value[keyPath: key], let old = all.firstIndex(where: { $0.value[keyPath: key] == name })
            {
                all[old] = entry
            } else {
                all.append(entry)
            }
        }
        return all
    }
}

struct VagrantPort: Hashable, Sendable {
    var guest: RubyText
    var host: RubyText
    var hostAddress: RubyText?
    var transport = "tcp"
    /// `nil` where the file does not say.
    var autoCorrects: Bool?
    var id: String?

    /// Entries of one key replace each other.
    var key: String? { id ?? guest.literal.map { "\(transport)\($0)" } }
}

struct VagrantNetwork: Hashable, Sendable {
    /// That of VirtualBox or of another provider, if it is named.
    var name: String?
    /// `nil` for an address that is given out.
    var address: VagrantAddress?
}

struct VagrantFolder: Hashable, Sendable {
    var source: RubyText
    var path: String
    var isDisabled = false
    var createsSource = false
    var isReadOnly = false
    var exclusions: [String] = []

    var target: String? { path }
}

/// A provisioner that is taken over.
struct VagrantStep: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case inline(RubyText)
        case script(path: RubyText, arguments: [RubyText])
        case copy(source: RubyText, target: String)
    }

    var name: String?
    var action: Action
    /// `once`, `always` or `never`.
    var policy = "once"
    var environment: [(name: String, value: RubyText)] {
        get { variables.map { ($0.name, $0.value) } }
        set { variables = newValue.map { Variable(name: $0.name, value: $0.value) } }
    }
    private var variables: [Variable] = []
    var isPrivileged = true

    private struct Variable: Hashable, Sendable {
        var name: String
        var value: RubyText
    }

    init(_ action: Action) {
        self.action = action
    }
}

struct VagrantTrigger: Hashable, Sendable {
    var moment: String
    var command: String
    var script: RubyText
    var continues: Bool
}

/// What was not taken over.
package struct LeftOut: Hashable, Sendable {
    package var line: Int
    package var lastLine: Int
    /// The first of its lines; empty where the reason says all.
    package var text: String
    /// The end of a sentence.
    package var reason: String

    /// Such as ``line 7: `config.vm.guest = :linux`: containers have no guest system.``
    package var description: String {
        let place = line == lastLine ? "line \(line)" : "lines \(line)–\(lastLine)"
        let shown = text.count > 80 ? text.prefix(77) + "…" : text[...]
        return text.isEmpty ? "\(place): \(reason)." : "\(place): `\(shown)`: \(reason)."
    }
}
