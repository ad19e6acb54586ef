internal import Builder
internal import Glibc
internal import LinuxSystem
internal import OCI
internal import SystemPackage
internal import Workspaces

/// Flags that mean what they mean for `docker buildx build`, as they are written; docs.docker.com/reference/cli.
package struct BuildFlags: Sendable {
    /// `id=ID[,src=PATH|,env=NAME]`.
    package var secrets: [String] = []
    /// `default` or `ID=PATH[,PATH]`.
    package var sshKeys: [String] = []
    /// Entitlements.
    package var allowed: [String] = []
    /// `NAME=CONTEXT`.
    package var contexts: [String] = []
    /// Images, or `type=registry,ref=IMAGE` and `type=local,src=PATH`.
    package var cacheSources: [String] = []
    /// `NAME=VALUE`.
    package var labels: [String] = []
    /// `NAME:ADDRESS` or `NAME=ADDRESS`.
    package var hosts: [String] = []
    package var network: String?
    package var platforms: [String] = []

    package init() {}
}

extension BuildFlags {
    func apply(to build: inout BuildRequest, _ request: ProjectRequest) throws {
        let directory = FilePath(request.workingDirectory)
        for text in secrets {
            let (id, source) = try secret(text, directory)
            build.secrets[id] = source
        }
        for text in sshKeys {
            let (id, paths) = try key(text, request)
            build.agents[id] = paths
        }
        for text in allowed { build.entitlements.insert(try Entitlement(named: text)) }
        for text in contexts {
            let (name, value) = try pair(text, "--build-context", "NAME=CONTEXT")
            build.additionalContexts[name] = try ContextSource(value, relativeTo: directory)
        }
        for text in cacheSources { try build.addCacheSource(text, relativeTo: directory) }
        for text in labels {
            let (name, value) = text.split(onceAt: "=")
            build.labels[name] = value ?? ""
        }
        for text in hosts {
            let (name, address) = try pair(
                text.contains("=") ? text : text.replacingFirst(":", with: "="), "--add-host", "NAME:ADDRESS")
            build.extraHosts.append(HostAddress(name: name, address: address))
        }
        if let network {
            build.network = BuildMapping.network(network)
            if network == "host" { build.entitlements.insert(.networkHost) }
        }
        if !platforms.isEmpty { build.platforms = platforms.map(BuildMapping.platform) }
    }

    private func pair(_ text: String, _ flag: String, _ form: String) throws -> (String, String) {
        let (name, value) = text.split(onceAt: "=")
        guard let value, !name.isEmpty, !value.isEmpty else {
            throw EngineError(.invalidProject, "\(flag) \(text) is not of the form \(form).")
        }
        return (name, value)
    }

    /// As Docker has it: without a source a variable of the id's name, else a file of that name.
    private func secret(_ text: String, _ directory: FilePath) throws -> (String, SecretSource) {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") {
            let (key, value) = String(part).split(onceAt: "=")
            guard let value, ["id", "src", "source", "env", "type"].contains(key) else {
                throw EngineError(
                    .invalidProject, "--secret \(text) is not of the form id=ID[,src=PATH] or id=ID[,env=NAME].")
            }
            fields[key == "source" ? "src" : key] = value
        }
        guard let id = fields["id"], !id.isEmpty else {
            throw EngineError(.invalidProject, "--secret \(text) has no id: write id=ID,src=PATH.")
        }
        let path = fields["src"]
        if let name = fields["env"] ?? (fields["type"] == "env" ? path ?? id : nil) {
            return (id, try variable(name, id))
        }
        if path == nil, fields["type"] != "file", getenv(id) != nil { return (id, .variable(id)) }
        let file = directory.pushing(FilePath(path ?? id))
        guard Files.exists(file) else {
            throw EngineError(.invalidProject, "Could not use --secret \(text): there is no file \(file).")
        }
        return (id, .file(file))
    }

    private func variable(_ name: String, _ id: String) throws -> SecretSource {
        guard getenv(name) != nil else {
            throw EngineError(
                .invalidProject, "Could not use the secret \(id): the variable \(name) is not set.")
        }
        return .variable(name)
    }

    private func key(_ text: String, _ request: ProjectRequest) throws -> (String, [FilePath]) {
        let (id, value) = text.split(onceAt: "=")
        if let value, !id.isEmpty, !value.isEmpty {
            let directory = FilePath(request.workingDirectory)
            return (id, value.split(separator: ",").map { directory.pushing(FilePath(String($0))) })
        }
        guard value == nil, !id.isEmpty else {
            throw EngineError(.invalidProject, "--ssh \(text) is not of the form default or ID=PATH.")
        }
        guard let socket = request.processEnvironment["SSH_AUTH_SOCK"], !socket.isEmpty else {
            throw EngineError(
                .invalidProject,
                "--ssh \(id) means your SSH agent, and SSH_AUTH_SOCK is not set. Start one (eval $(ssh-agent); ssh-add), "
                    + "or give a key: --ssh \(id)=PATH.")
        }
        return (id, [FilePath(socket)])
    }
}

extension Entitlement {
    /// From `entitlements:` or `--allow`.
    init(named text: String) throws {
        // `device=NAME` allows one device.
        guard let known = Entitlement(rawValue: text.split(onceAt: "=").0) else {
            throw EngineError(
                .invalidProject,
                "There is no entitlement \(text): a build knows "
                    + Entitlement.allCases.map(\.rawValue).joined(separator: ", ") + ".")
        }
        self = known
    }
}

extension BuildRequest {
    /// From `cache_from` or `--cache-from`: an image, or `type=registry,ref=IMAGE`, or `type=local,src=PATH`.
    mutating func addCacheSource(_ text: String, relativeTo directory: FilePath) throws {
        guard text.contains("=") else { return cacheSources.append(text) }
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") {
            let (key, value) = String(part).split(onceAt: "=")
            fields[key] = value ?? ""
        }
        switch (fields["type"], fields["ref"], fields["src"]) {
        case ("registry", let reference?, _): cacheSources.append(reference)
        case ("local", _, let path?): cacheSources.append("oci:\(directory.pushing(FilePath(path)))")
        case ("registry", nil, _), ("local", _, nil), (nil, _, _):
            throw EngineError(
                .invalidProject,
                "Could not use the cache source \(text): write an image, type=registry,ref=IMAGE or type=local,src=PATH."
            )
        case (let type?, _, _):
            remarks.append("cache_from \(text) is of no use: only registry and local are known, not \(type)")
        }
    }
}

extension String {
    fileprivate func split(onceAt separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }

    fileprivate func replacingFirst(_ text: Character, with other: String) -> String {
        guard let index = firstIndex(of: text) else { return self }
        return String(self[..<index]) + other + self[self.index(after: index)...]
    }
}
