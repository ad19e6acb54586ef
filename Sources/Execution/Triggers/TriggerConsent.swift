internal import Envfile
internal import LinuxSystem
internal import OCI
internal import SystemPackage
internal import Workspaces

/// Whether the user has agreed to what an Envfile runs on the host.
///
/// The record is the digest of what would run: of every trigger, the project directory, and the files below it that a
/// trigger names; of every step with `ansible`, its playbook and the files that belong to it. What is changed in one of
/// them has to be agreed to again.
struct TriggerConsent {
    let triggers: [Trigger]
    let steps: [HostStep]
    /// The project directory.
    let directory: FilePath
    let layout: Layout
    /// Whose consent it is.
    let userID: UInt32

    /// No file that a trigger names is read beyond this.
    private static let largestFile = 16 << 20

    /// The files below the project directory that words of the triggers name, relative to it, sorted; without those
    /// that the triggers only write to.
    var files: [String] {
        get throws {
            let words = triggers.flatMap { Self.words(of: $0.script) }
            var found: Set<String> = []
            for word in Set(words) {
                let parts = word.split(separator: "/").filter { $0 != "." }
                guard !word.hasPrefix("/"), !parts.isEmpty, !parts.contains("..") else { continue }
                let path = parts.joined(separator: "/")
                let status = try Files.status(directory.appending(path), followingLinks: true)
                if status?.kind == .regular { found.insert(path) }
            }
            return found.sorted()
        }
    }

    /// The words of a script without the targets of its output, roughly as a shell divides it.
    private static func words(of script: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isTarget = false
        for character in script + "\n" {
            guard character.isWhitespace || "\"';&|()<>`$={}".contains(character) else {
                word.append(character)
                continue
            }
            if !word.isEmpty {
                if !isTarget { words.append(word) }
                isTarget = false
                word = ""
            }
            if character == ">" { isTarget = true }
        }
        return words
    }

    func isGiven() throws -> Bool { Files.exists(try record()) }

    func give() throws {
        try Files.createDirectory(layout.state, mode: 0o700)
        try Files.createDirectory(layout.trust, mode: 0o700)
        try Files.write("\(directory)\n".utf8, to: try record(), mode: 0o600)
    }

    /// - Returns: whether there was one.
    func withdraw() throws -> Bool { try Files.remove(try record()) }

    private func record() throws -> FilePath { layout.trust.appending("\(userID)-\(try digest())") }

    private func digest() throws -> String {
        var digester = Digester(.sha256)
        func add(_ bytes: [UInt8]) {
            // With its length, so that no two different lists give the same bytes.
            digester.update(Array("\(bytes.count):".utf8))
            digester.update(bytes)
        }
        add(Array(directory.string.utf8))
        for trigger in triggers {
            for text in [
                trigger.moment.rawValue, trigger.command.rawValue, trigger.onFailure.rawValue, trigger.script,
            ] {
                add(Array(text.utf8))
            }
        }
        for path in try files {
            add(Array(path.utf8))
            add(try Files.readRegular(directory.appending(path), limit: Self.largestFile))
        }
        for step in steps {
            for text in try step.texts { add(Array(text.utf8)) }
        }
        let settings = directory.appending(AnsibleFiles.settings)
        if !steps.isEmpty, Files.exists(settings) {
            add(try Files.readRegular(settings, limit: Self.largestFile))
        }
        return digester.digest.hex
    }
}
