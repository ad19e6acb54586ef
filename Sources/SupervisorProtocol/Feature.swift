/// A part of the protocol that a supervisor has or lacks; its name travels in `hello`.
///
/// A feature is never changed and never removed: what works differently gets another name.
package struct Feature: RawRepresentable, Codable, Sendable, Hashable, Comparable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// `start`, `stop`, `kill`, `wait`, `status` and `forget`.
    package static let containers = Feature(rawValue: "containers")
    /// `publish` and `withdraw`.
    package static let ports = Feature(rawValue: "ports")
    /// `hold`.
    package static let namespaces = Feature(rawValue: "namespaces")

    /// `openPorts`.
    package static let openPorts = Feature(rawValue: "openPorts")
    /// `expect`, and the `care` of a start.
    package static let care = Feature(rawValue: "care")

    /// `schedule`.
    package static let jobs = Feature(rawValue: "jobs")

    /// `listen`.
    package static let shells = Feature(rawValue: "shells")

    /// `follow` and `announce`.
    package static let states = Feature(rawValue: "states")

    /// The `passesInput` and the `removal` of a start.
    package static let oneOffs = Feature(rawValue: "oneOffs")

    /// The resolver at 127.0.0.11 in every namespace that is held.
    package static let names = Feature(rawValue: "names")

    /// The features of a process whose `hello` names none: those of the first release.
    package static let initial: Set<Feature> = [.containers, .ports, .namespaces]
    /// The features that this release uses.
    package static let current: Set<Feature> = initial.union([
        .openPorts, .names, .care, .jobs, .shells, .states, .oneOffs,
    ])

    package var description: String { rawValue }

    package static func < (first: Feature, second: Feature) -> Bool {
        first.rawValue < second.rawValue
    }
}
