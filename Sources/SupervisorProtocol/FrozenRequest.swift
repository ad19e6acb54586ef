/// The two requests that supervisors and clients of every release understand; their JSON form, written down in the
/// module's documentation, never changes.
///
/// The form is coded by hand, so that no change of a Swift declaration changes it.
package enum FrozenRequest: Codable, Sendable, Hashable {
    /// Asks which process answers and what it can do; carries the features that the client knows.
    case hello(features: Set<Feature>)
    /// Ends the supervisor; unless forced, only when no container runs.
    case shutdown(isForced: Bool)

    private enum Keys: String, CodingKey {
        case hello, shutdown
    }

    private enum HelloKeys: String, CodingKey {
        case features
    }

    private enum ShutdownKeys: String, CodingKey {
        case isForced
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        if container.contains(.hello) {
            let hello = try container.nestedContainer(keyedBy: HelloKeys.self, forKey: .hello)
            self = .hello(features: Set<Feature>(in: hello, .features))
        } else {
            let shutdown = try container.nestedContainer(keyedBy: ShutdownKeys.self, forKey: .shutdown)
            self = .shutdown(isForced: try shutdown.decodeIfPresent(Bool.self, forKey: .isForced) ?? false)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .hello(let features):
            var hello = container.nestedContainer(keyedBy: HelloKeys.self, forKey: .hello)
            try hello.encode(features.sorted(), forKey: .features)
        case .shutdown(let isForced):
            var shutdown = container.nestedContainer(keyedBy: ShutdownKeys.self, forKey: .shutdown)
            try shutdown.encode(isForced, forKey: .isForced)
        }
    }
}

/// The answers to a `FrozenRequest`.
package enum FrozenResponse: Codable, Sendable, Hashable {
    /// The answer to `hello`.
    case hello(Introduction)
    /// The answer to `shutdown`: the supervisor ends when this has been sent.
    case done
    case failed(code: String, message: String)

    private enum Keys: String, CodingKey {
        case hello, done, failed
    }

    private enum FailedKeys: String, CodingKey {
        case code, message
    }

    private enum NoKeys: CodingKey {}

    package init(_ error: SupervisorError) {
        self = .failed(code: error.code.rawValue, message: error.description)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        if container.contains(.hello) {
            self = .hello(try container.decode(Introduction.self, forKey: .hello))
        } else if container.contains(.done) {
            self = .done
        } else {
            let failed = try container.nestedContainer(keyedBy: FailedKeys.self, forKey: .failed)
            self = .failed(
                code: try failed.decode(String.self, forKey: .code),
                message: try failed.decode(String.self, forKey: .message))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .hello(let introduction): try container.encode(introduction, forKey: .hello)
        case .done: _ = container.nestedContainer(keyedBy: NoKeys.self, forKey: .done)
        case .failed(let code, let message):
            var failed = container.nestedContainer(keyedBy: FailedKeys.self, forKey: .failed)
            try failed.encode(code, forKey: .code)
            try failed.encode(message, forKey: .message)
        }
    }
}

/// What a supervisor says of itself.
package struct Introduction: Codable, Sendable, Hashable {
    package var pid: Int32
    /// The release of Trice that it was started by; `nil` for those that do not tell.
    package var release: String?
    /// The features that it and the client have in common.
    package var features: Set<Feature>

    private enum Keys: String, CodingKey {
        case pid, release, features
    }

    package init(pid: Int32, release: String?, features: Set<Feature>) {
        self.pid = pid
        self.release = release
        self.features = features
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        pid = try container.decode(Int32.self, forKey: .pid)
        // Members that a later release writes in another form count as missing.
        release = try? container.decode(String.self, forKey: .release)
        features = Set<Feature>(in: container, .features)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(pid, forKey: .pid)
        try container.encodeIfPresent(release, forKey: .release)
        try container.encode(features.sorted(), forKey: .features)
    }
}

extension Set<Feature> {
    /// From a member of `hello`; those of the first release where it is missing or is no list of names.
    fileprivate init<Key>(in container: KeyedDecodingContainer<Key>, _ key: Key) {
        self = (try? container.decode(Set<Feature>.self, forKey: key)) ?? Feature.initial
    }
}
