internal import Envfile
internal import Vocabulary

/// The names of objects, by the names in the files; two that become one are reported.
struct KubernetesNames {
    private(set) var workloads: [String: String] = [:]
    private(set) var volumes: [String: String] = [:]
    private(set) var secrets: [String: String] = [:]
    private(set) var networks: [String: String] = [:]
    let project: String

    init(_ application: Application, _ report: inout LossReport) {
        project = DNSLabel.make(application.name)
        let services = application.workloads.map { workload in
            // A StatefulSet and a CronJob need room for what their controllers add.
            Subject(name: workload.name, key: workload.key, limit: DNSLabel.workloadLimit)
        }
        workloads = Self.names(of: services, "names", &report)
        volumes = Self.names(
            of: application.volumes.map { shared in
                Subject(
                    name: shared.volume.name.rawValue, key: ConfigurationKey("volumes", shared.volume.name.rawValue),
                    text: shared.volume.identity.isExternal ? shared.volume.identity.customName : nil,
                    isExternal: shared.volume.identity.isExternal)
            }, "volumes", &report)
        secrets = Self.names(
            of: application.secrets.map { secret in
                Subject(
                    name: secret.definition.key, key: ConfigurationKey("secrets", secret.definition.key),
                    text: secret.definition.identity.customName, isExternal: secret.definition.identity.isExternal)
            }, "secrets", &report)
        networks = Self.names(
            of: application.networks.map {
                Subject(name: $0.name.rawValue, key: ConfigurationKey("networks", $0.name.rawValue))
            },
            "networks", &report)
        for workload in application.workloads {
            guard let label = workloads[workload.name], label != workload.name else { continue }
            report.loss(
                workload.key,
                "the name `\(workload.name)` becomes `\(label)`, which is a name of the Domain Name System",
                "look it up by that name, or call the \(workload.section.dropLast()) so")
        }
    }

    private struct Subject {
        var name: String
        var key: ConfigurationKey
        /// What the object's name is made of, where it is not the name itself.
        var text: String?
        var limit = 63
        /// Whether the object is there already, so that its name is what it is: dots may be in it.
        var isExternal = false
    }

    private static func names(
        of subjects: [Subject], _ words: String, _ report: inout LossReport
    ) -> [String: String] {
        var names: [String: String] = [:]
        var owners: [String: String] = [:]
        for subject in subjects {
            let text = subject.text ?? subject.name
            let isWhole = subject.isExternal && DNSLabel.isSubdomain(text)
            let label = isWhole ? text : DNSLabel.make(text, limit: subject.limit)
            names[subject.name] = label
            if let other = owners[label] {
                report.problem(
                    subject.key, "the \(words) `\(other)` and `\(subject.name)` both become `\(label)`",
                    "give one of them another name")
            } else {
                owners[label] = subject.name
            }
        }
        return names
    }

    func workload(_ name: String) -> String { workloads[name] ?? DNSLabel.make(name) }
    func volume(_ name: String) -> String { volumes[name] ?? DNSLabel.make(name) }
    func secret(_ name: String) -> String { secrets[name] ?? DNSLabel.make(name) }
    func network(_ name: String) -> String { networks[name] ?? DNSLabel.make(name) }
    func fileSet(_ id: FileSet.ID) -> String { DNSLabel.make(id) }
}

/// Names of the files in a ConfigMap or Secret: letters, digits, `-`, `_` and `.`.
enum DataKey {
    /// The keys of files by their paths, no two the same.
    static func keys(of paths: [String]) -> [String: String] {
        var keys: [String: String] = [:]
        var taken: Set<String> = []
        for path in paths {
            let plain = make(path)
            var key = plain
            var number = 2
            while !taken.insert(key).inserted {
                key = "\(plain.prefix(240))-\(number)"
                number += 1
            }
            keys[path] = key
        }
        return keys
    }

    static func make(_ path: String) -> String {
        var key = String(
            path.map { character in
                character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
                    ? character : "_"
            })
        if key.hasPrefix("..") || key == "." { key = "_" + key.drop { $0 == "." } }
        return key.isEmpty ? "_" : String(key.prefix(250))
    }
}
