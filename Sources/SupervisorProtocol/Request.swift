/// What a client asks beyond `hello` and `shutdown` (see `FrozenRequest`); one connection carries one request and one
/// response, but for `follow`.
///
/// The JSON form follows from the cases. A case is never changed: a new request is a new case with a `Feature` of its
/// own, and a new member of a payload is optional.
package enum Request: Codable, Sendable {
    /// The namespaces come as descriptors, in the order of the names.
    case hold(names: [String])
    case start(StartRequest)
    case stop(orders: [StopOrder])
    case kill(name: String, signal: Int32)
    case wait(name: String)
    case status
    case publish(ports: [PublishedPort])
    case withdraw(container: String)
    /// Which ports are open at this moment.
    case openPorts
    case forget(name: String, removesLogs: Bool)
    /// Waits until a container has come to what is expected, or cannot any more, or so many milliseconds have passed.
    case expect(name: String, Expectation, milliseconds: Int?)

    /// Starts these jobs by the clock from now on, and no others.
    case schedule(jobs: [ScheduledJob])

    /// Listens at these sockets from now on, and at no others.
    case listen(sockets: [ShellSocket])

    /// All containers as they are now in `containers`, then `done`, and from then on each that changes in `containers`:
    /// the one request that has more than one answer. The client ends it by closing the connection.
    case follow

    /// Has those that follow look at a container again: at what the supervisor does not see, such as a pause.
    case announce(name: String)

    /// The feature that the supervisor must have to serve it.
    package var feature: Feature {
        switch self {
        case .hold: .namespaces
        case .start, .stop, .kill, .wait, .status, .forget: .containers
        case .publish, .withdraw: .ports
        case .openPorts: .openPorts
        case .expect: .care
        case .schedule: .jobs
        case .listen: .shells
        case .follow, .announce: .states
        }
    }
}

/// A request on its way.
package struct Envelope<Body: Codable & Sendable>: Codable, Sendable {
    package var version: Int
    package var request: Body

    package init(_ request: Body) {
        version = EnvelopeVersion.current
        self.request = request
    }
}

/// The version of the protocol; features, not versions, tell what a supervisor can do, so that it does not change.
package enum EnvelopeVersion {
    package static let current = 1
}

/// What the supervisor answers to a `Request`.
package enum Response: Codable, Sendable {
    case held(paths: [String])
    case started(pid: Int32)
    case containers([ContainerStatus])
    case published(PublicationResult)
    case openPorts([PublishedPort])
    case expected(ExpectationResult)
    case done
    case failed(code: String, message: String)

    package init(_ error: SupervisorError) {
        self = .failed(code: error.code.rawValue, message: error.description)
    }
}

/// A message as a supervisor reads it.
package enum IncomingRequest: Sendable {
    case frozen(FrozenRequest)
    case service(Request)

    /// The version alone, readable whatever the request is.
    private struct VersionProbe: Codable, Sendable {
        var version: Int
    }

    /// - Throws: `SupervisorError` of code `versionMismatch` or `badRequest`; never for a frozen request, which every
    ///   version has in common.
    package init(_ bytes: [UInt8]) throws(SupervisorError) {
        if let frozen = try? Coding.decode(Envelope<FrozenRequest>.self, bytes) {
            self = .frozen(frozen.request)
            return
        }
        let version: Int
        do {
            version = try Coding.decode(VersionProbe.self, bytes).version
        } catch {
            throw SupervisorError(.badRequest, "The request is not a JSON object with a version.", cause: error)
        }
        guard version == EnvelopeVersion.current else {
            throw SupervisorError(
                .versionMismatch,
                "The supervisor speaks version \(EnvelopeVersion.current) of the protocol, the request is of version "
                    + "\(version).")
        }
        do {
            self = .service(try Coding.decode(Envelope<Request>.self, bytes).request)
        } catch {
            throw SupervisorError(.badRequest, "The supervisor does not know the request.", cause: error)
        }
    }
}
