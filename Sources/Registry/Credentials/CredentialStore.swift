internal import Dispatch
internal import Glibc

/// The credentials on this machine, in the files that docker and podman use too.
package struct CredentialStore: Sendable {
    /// Where an entry is or has been put.
    package enum Location: Hashable, Sendable, CustomStringConvertible {
        /// In a file, in plain text but for base64.
        case file(path: String)
        /// With the program `docker-credential-NAME`.
        case helper(name: String)

        /// Whether everybody who can read the user's files can read it.
        package var isUnencrypted: Bool {
            if case .file = self { true } else { false }
        }

        package var description: String {
            switch self {
            case .file(let path): path
            case .helper(let name): "docker-credential-\(name)"
            }
        }
    }

    /// The files that are read, in their order.
    package let files: [String]
    /// The file that a login changes.
    package let loginFile: String
    private let environment: [String: String]
    private let helperTimeout: Duration

    /// - Parameters:
    ///   - environment: where the files are: `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `HOME`, `DOCKER_CONFIG`; and
    ///     `PATH` for the helpers, which get all of it.
    ///   - helperTimeout: how long a helper may take.
    package init(environment: [String: String], helperTimeout: Duration = .seconds(30)) {
        func variable(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
        // The XDG Base Directory Specification has programs ignore relative ones.
        func baseDirectory(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = variable("HOME") ?? Self.homeDirectory
        let docker = "\(variable("DOCKER_CONFIG") ?? "\(home)/.docker")/config.json"
        let named = variable("REGISTRY_AUTH_FILE")
        files = [
            named, baseDirectory("XDG_RUNTIME_DIR").map { "\($0)/containers/auth.json" },
            "\(baseDirectory("XDG_CONFIG_HOME") ?? "\(home)/.config")/containers/auth.json", docker,
        ].compactMap { $0 }
        loginFile = named ?? docker
        self.environment = environment
        self.helperTimeout = helperTimeout
    }
}

extension CredentialStore {
    /// What the user database says; getpwuid_r(3).
    private static var homeDirectory: String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let directory = entry.pw_dir
        else { return "/" }
        return String(cString: directory)
    }
}

// MARK: - Looking up

extension CredentialStore {
    /// What the first file or helper has for a repository of a registry; `nil` where there is nothing.
    ///
    /// In each file the most specific key wins: `HOST/a/b`, `HOST/a`, `HOST`; containers-auth.json(5).
    ///
    /// - Throws: `.invalidSettings` for a file that cannot be read, `.helperFailed`.
    package func credentials(for registry: String, repository: String = "") async throws(RegistryError) -> Credentials?
    {
        try await blocking { () throws(RegistryError) in
            for path in files {
                let file = try CredentialFile(path)
                guard !file.isEmpty else { continue }
                if let found = try lookUp(registry, repository, in: file) { return found }
            }
            return nil
        }
    }

    private func lookUp(_ registry: String, _ repository: String, in file: CredentialFile) throws(RegistryError)
        -> Credentials?
    {
        for key in RegistryKeys.all(registry, repository) {
            if let name = file.helper(for: key), let found = try helper(name).get(key) { return found }
        }
        let server = RegistryKeys.canonical(registry)
        if let name = file.store, let found = try helper(name).get(server) { return found }
        for key in RegistryKeys.all(registry, repository) {
            if let found = try file.credentials(for: key) { return found }
        }
        return nil
    }

    private func helper(_ name: String) throws(RegistryError) -> CredentialHelper {
        try CredentialHelper(name, environment: environment, timeout: helperTimeout)
    }
}

// MARK: - Logging in and out

extension CredentialStore {
    /// Keeps the credentials of a registry, with the helper that the file names for it or else in the file itself,
    /// whose other content stays.
    ///
    /// - Parameter file: instead of `loginFile`.
    /// - Throws: `.invalidSettings`, `.helperFailed`.
    @discardableResult
    package func store(
        _ credentials: Credentials, for registry: String, file path: String? = nil
    ) async throws(RegistryError) -> Location {
        try await blocking { () throws(RegistryError) in
            var file = try CredentialFile(path ?? loginFile)
            let key = RegistryKeys.canonical(registry)
            guard let name = helperName(registry, in: file) else {
                file.set(credentials, for: key)
                try file.write()
                return .file(path: file.path)
            }
            try helper(name).store(credentials, for: key)
            file.setEmpty(for: key)
            try file.write()
            return .helper(name: name)
        }
    }

    /// Forgets the credentials of a registry; `nil` where the file and its helper had none.
    ///
    /// - Parameter file: instead of `loginFile`.
    @discardableResult
    package func erase(_ registry: String, file path: String? = nil) async throws(RegistryError) -> Location? {
        try await blocking { () throws(RegistryError) in
            var file = try CredentialFile(path ?? loginFile)
            var location: Location?
            if let name = helperName(registry, in: file), try helper(name).erase(RegistryKeys.canonical(registry)) {
                location = .helper(name: name)
            }
            if file.remove(RegistryKeys.all(registry, "")) {
                try file.write()
                location = location ?? .file(path: file.path)
            }
            return location
        }
    }

    private func helperName(_ registry: String, in file: CredentialFile) -> String? {
        RegistryKeys.all(registry, "").lazy.compactMap { file.helper(for: $0) }.first ?? file.store
    }

    /// Files and helpers block: they keep a thread that is made for it.
    private func blocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws(RegistryError) -> Result
    ) async throws(RegistryError) -> Result {
        let result = await withCheckedContinuation { continuation in
            DispatchQueue(label: "trice.credentials").async {
                continuation.resume(returning: Swift.Result { () throws(RegistryError) in try body() })
            }
        }
        return try result.get()
    }
}

/// The names under which a registry's credentials are kept.
enum RegistryKeys {
    /// Docker's own registry has the name of its first version's address.
    private static let dockerHub = "https://index.docker.io/v1/"

    /// Where a login puts them.
    static func canonical(_ registry: String) -> String {
        registry == Endpoint.dockerHub ? dockerHub : registry
    }

    /// Where they may be, most specific first: paths, the host, and the forms that older programs wrote.
    static func all(_ registry: String, _ repository: String) -> [String] {
        let components = repository.split(separator: "/")
        var keys = stride(from: components.count, to: 0, by: -1).map { count in
            "\(registry)/\(components[..<count].joined(separator: "/"))"
        }
        let hosts = registry == Endpoint.dockerHub ? [registry, "index.docker.io", "registry-1.docker.io"] : [registry]
        keys.append(canonical(registry))
        for host in hosts {
            keys += [host, "https://\(host)", "https://\(host)/", "https://\(host)/v1/", "https://\(host)/v2/"]
        }
        return keys.reduce(into: []) { known, key in
            if !known.contains(key) { known.append(key) }
        }
    }
}
