internal import Envfile
internal import LinuxSystem
package import Store
internal import SystemPackage

package import struct Vocabulary.ContainerID

extension RuntimeRecords {
    /// The container that the user means by a service, a container's name, or by nothing where there is only one.
    ///
    /// - Throws: `EngineError` that says what there is.
    package func container(named service: String?, of identity: EnvironmentTarget) throws -> ContainerRecord {
        let names = Set(containers.map(\.service)).sorted()
        guard let service else {
            if let only = containers.first, names.count == 1 { return only }
            let primary = identity.project?.environment.services.filter(\.tools.isPrimary).map(\.name) ?? []
            if primary.count == 1 { return try container(named: primary[0], of: identity) }
            throw EngineError(
                .unknownService,
                names.isEmpty
                    ? "Nothing is up. Start it with: trice up" : "Say which service: \(names.joined(separator: ", ")).")
        }
        if let found = containers.first(where: { $0.service == service || "\(ContainerID($0))" == service }) {
            return found
        }
        if identity.project?.environment.services.contains(where: { $0.name == service }) == true {
            throw EngineError(.notRunning, "\(service) is not up. Start it with: trice up \(service)")
        }
        let known = identity.project?.serviceNames ?? names
        if known.isEmpty { throw EngineError(.unknownService, "Nothing is up. Start it with: trice up") }
        throw EngineError(
            .unknownService, "There is no service `\(service)`. There are: \(known.joined(separator: ", ")).")
    }
}

extension Layout {
    /// By the record of the process alone: asking the supervisor would cost more than it tells.
    package func isRunning(_ id: ContainerID, _ environment: EnvironmentID) -> Bool {
        let directory = containerRun("\(id)", of: environment)
        // No readable record means that nothing was started.
        guard let text = (try? Files.text(directory.appending("pid"))) ?? nil,
            let pid = Int32(text.prefix { $0.isNumber })
        else { return false }
        return !Files.exists(directory.appending("ended")) && ProcessFacts.startTime(of: pid) != nil
    }
}
