internal import Envfile

/// Something that the files say and the exported documents do not, or not in the same way.
package struct Loss: Hashable, Sendable, Codable {
    /// How much of a difference it makes.
    package enum Severity: String, Hashable, Sendable, Codable {
        /// Nothing can be written until the user decides.
        case problem
        /// The documents do less than the files say.
        case loss
        /// The documents do what the files say if what the note names is the case.
        case note
    }

    /// What a deployment has to know of a loss.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// The image is on this machine only.
        case local
        /// The cluster does not reach the image's registry.
        case unreachable
        /// The image is named by a tag.
        case unpinned
    }

    /// How much of a difference it makes.
    package var severity: Severity
    /// What a deployment has to know of it; `nil` when nothing more.
    package var kind: Kind?
    /// Such as `services.web.ulimits`.
    package var key: String
    /// `nil` for what no file says, such as the port of an image.
    package var file: String?
    /// One-based.
    package var line: Int?
    /// One sentence without a full stop.
    package var reason: String
    /// What to do, one sentence without a full stop.
    package var remedy: String
}

extension Loss {
    /// `FILE:LINE: loss: KEY: REASON; REMEDY`.
    ///
    /// - Parameter directory: A file below this directory is named relative to it.
    package func text(relativeTo directory: String) -> String {
        var place = ""
        if var file {
            if file.hasPrefix(directory + "/") { file = String(file.dropFirst(directory.utf8.count + 1)) }
            place = line.map { "\(file):\($0): " } ?? "\(file): "
        }
        return "\(place)\(severity.rawValue): \(key): \(reason); \(remedy)"
    }
}

/// The way to a value of the files: `services.app.volumes[/srv/app]`.
struct ConfigurationKey: Hashable, CustomStringConvertible {
    private(set) var steps: [SourcePlaces.Step]

    init(_ keys: String...) {
        steps = keys.map { .key($0) }
    }

    func key(_ keys: String...) -> Self {
        var copy = self
        copy.steps += keys.map { .key($0) }
        return copy
    }

    /// The item of the list that has this text in it.
    func item(_ text: String) -> Self {
        var copy = self
        copy.steps.append(.item(text))
        return copy
    }

    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .item(let item): text += "[\(item)]"
            }
        }
        return text
    }
}

/// A pattern of keys, as `--omit` takes it: the key itself or one above it, with `*` for any one name.
package struct KeyPattern: Hashable, Sendable {
    private let parts: [Substring]

    package init(_ text: String) {
        parts = Self.parts(text)
    }

    /// `services.app.volumes[/srv/app]` and `services.app.volumes./srv/app` are the same.
    private static func parts(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty {
            if rest.first == "[", let end = rest.firstIndex(of: "]") {
                parts.append(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            } else if rest.first == "/" {
                // A path in a container may have dots.
                parts.append(rest)
                rest = ""
            } else {
                let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                parts.append(rest[..<end])
                rest = rest[end...]
            }
            if rest.first == "." { rest = rest.dropFirst() }
        }
        return parts
    }

    func covers(_ key: ConfigurationKey) -> Bool {
        let names = key.steps.map { step in
            switch step {
            case .key(let name), .item(let name): name
            }
        }
        guard parts.count <= names.count else { return false }
        return zip(parts, names).allSatisfy { $0 == "*" || $0 == $1 }
    }
}

/// Collects what is lost, each with its place.
struct LossReport {
    private let places: SourcePlaces
    private let omitted: [KeyPattern]
    private(set) var losses: [Loss] = []
    private var seen: Set<Loss> = []

    init(places: SourcePlaces, omitted: [KeyPattern]) {
        self.places = places
        self.omitted = omitted
    }

    /// Whether the user wants the key to be left out.
    func isOmitted(_ key: ConfigurationKey) -> Bool { omitted.contains { $0.covers(key) } }

    mutating func loss(_ key: ConfigurationKey, _ reason: String, _ remedy: String, kind: Loss.Kind? = nil) {
        add(.loss, key, reason, remedy, kind)
    }

    mutating func note(_ key: ConfigurationKey, _ reason: String, _ remedy: String) {
        add(.note, key, reason, remedy)
    }

    /// A problem, or a loss where the user has asked to leave the key out.
    mutating func problem(_ key: ConfigurationKey, _ reason: String, _ remedy: String) {
        if isOmitted(key) {
            add(.loss, key, "it is left out, as --omit asks: \(reason)", "see that nothing needs it")
        } else {
            add(.problem, key, reason, remedy)
        }
    }

    private mutating func add(
        _ severity: Loss.Severity, _ key: ConfigurationKey, _ reason: String, _ remedy: String, _ kind: Loss.Kind? = nil
    ) {
        let place = places.place(of: key.steps)
        let loss = Loss(
            severity: severity, kind: kind, key: key.description, file: place?.file, line: place?.line, reason: reason,
            remedy: remedy)
        if seen.insert(loss).inserted { losses.append(loss) }
    }
}
