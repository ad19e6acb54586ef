package import Envfile

/// What determines a step of `provision`, one digest for each part, so that a plan can say which part has changed.
///
/// What lies in files of the host (a script, `inputs`, what is copied) comes from outside as `contents`: planning reads
/// no file.
package struct StepFingerprint: Hashable, Sendable, Codable {
    /// Digests by the part's name as a user reads it, such as `script` or `input db/001.sql`.
    package var parts: [String: String]

    package init(parts: [String: String]) {
        self.parts = parts
    }

    /// - Parameter contents: the digests of what the step reads on the host, by part.
    package init(of step: Provisioner, contents: [String: String] = [:]) {
        var parts = contents
        switch step.action {
        case .shell(let text): parts[Self.script] = Self.digest(text)
        case .script(_, let arguments):
            if !arguments.isEmpty { parts["arguments"] = "\(ConfigurationHash { $0.combine(arguments) })" }
        case .copy(let copy):
            parts["target"] = copy.target
            parts["copied directory"] = copy.copiesContents ? "its content" : nil
            parts["owner"] = copy.owner
            parts["mode"] = copy.mode.map { String($0, radix: 8) }
        case .ansible(let play):
            if !play.arguments.isEmpty {
                parts["arguments"] = "\(ConfigurationHash { $0.combine(play.arguments) })"
            }
            if !play.groups.isEmpty { parts["groups"] = "\(ConfigurationHash { $0.combine(play.groups) })" }
            for (name, text) in play.variableTexts { parts[Self.variablePrefix + name] = Self.digest(text) }
        }
        for (name, value) in step.environment { parts["environment \(name)"] = Self.digest(value) }
        parts["user"] = step.user
        parts["working directory"] = step.workingDirectory
        self.parts = parts
    }

    private static func digest(_ text: String) -> String { "\(ConfigurationHash { $0.combine(text) })" }
}

extension StepFingerprint {
    /// The part that is the content of a script.
    package static let script = "script"
    /// The part that is the content of a playbook.
    package static let playbook = "playbook"
    /// The part that is all that a step copies.
    package static let copiedFiles = "copied files"

    /// The part that is the content of a file of `inputs`.
    ///
    /// - Parameter path: relative to the project directory.
    package static func input(_ path: String) -> String { inputPrefix + path }

    /// The part that is the content of a file beside a playbook.
    ///
    /// - Parameter path: relative to the directory of the playbook.
    package static func playbookFile(_ path: String) -> String { playbookFilePrefix + path }

    private static let inputPrefix = "input "
    private static let environmentPrefix = "environment "
    private static let playbookFilePrefix = "file of the playbook "
    private static let variablePrefix = "variable "
    /// Of the parts that come and go one by one.
    private static let entryPrefixes = [inputPrefix, environmentPrefix, playbookFilePrefix, variablePrefix]

    /// What differs now, in words such as `input db/002.sql added`; empty when nothing does.
    package func changes(to new: StepFingerprint) -> [String] {
        Set(parts.keys).union(new.parts.keys).sorted().compactMap { name in
            let isEntry = Self.entryPrefixes.contains { name.hasPrefix($0) }
            switch (parts[name], new.parts[name]) {
            case (let old, let new) where old == new: return nil
            case (nil, _) where isEntry: return "\(name) added"
            case (_, nil) where isEntry: return "\(name) removed"
            default: return "\(name) changed"
            }
        }
    }

    /// One digest of all of it.
    package var digest: String {
        let hash = ConfigurationHash { hasher in
            for (name, value) in parts.sorted(by: { $0.key < $1.key }) { hasher.combine([name, value]) }
        }
        return "\(hash)"
    }
}
