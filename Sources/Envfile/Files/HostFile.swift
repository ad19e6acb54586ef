internal import Glibc

/// A path of the host that an Envfile names or that was read for it.
package struct HostFile: Hashable, Sendable, Codable {
    /// The absolute path, as the Envfile has it.
    package var path: String
    /// What it is for, such as `read`, `build of web` or `mount of web`.
    package var use: String
    /// Where links lead, for a path that is not its own.
    package var target: String?
    /// Whether it is, or leads, outside of the project directory.
    package var isOutside: Bool

    fileprivate init(path: String, use: String, target: String?, isOutside: Bool) {
        self.path = path
        self.use = use
        self.target = target
        self.isOutside = isOutside
    }
}

/// The directory of a project, with its links resolved once.
struct ProjectBounds {
    /// The absolute path, as the user gave it.
    let directory: String
    private let root: String

    init(_ directory: String) {
        self.directory = directory
        root = Self.resolved(directory) ?? directory
    }

    /// Looks where a path leads; realpath(3). Nothing is read.
    func file(_ path: String, _ use: String) -> HostFile {
        let resolved = Self.resolved(path)
        return HostFile(
            path: path, use: use, target: resolved == path ? nil : resolved,
            isOutside: !Self.isInside(resolved ?? path, root))
    }

    /// Whether a file of the project leads out of it by a link.
    func isLeft(by file: HostFile) -> Bool { file.isOutside && Self.isInside(file.path, directory) }

    private static func isInside(_ path: String, _ directory: String) -> Bool {
        path == directory || path.hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
    }

    /// `nil` for a path that does not exist.
    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

extension Environment {
    /// The paths of the host that services and jobs name, with what each is for: by path, each use once.
    func namedFiles(in bounds: ProjectBounds) -> [HostFile] {
        var named: [(path: String, use: String)] = []
        for service in workloads {
            let name = service.name
            for case .bind(let path, _) in service.mounts.map(\.source) { named.append((path, "mount of \(name)")) }
            if let build = service.build {
                for case .directory(let path) in [build.context] + build.additionalContexts.values {
                    named.append((path, "build of \(name)"))
                }
                named += build.sshKeys.compactMap(\.path).map { ($0, "key for the build of \(name)") }
            }
            named += (service.lifecycle.development?.watches ?? []).map { ($0.path, "watched for \(name)") }
            for step in service.tools.provisioners {
                switch step.action {
                case .shell: continue
                case .script(let path, _): named.append((path, "provision of \(name)"))
                case .copy(let copy): named.append((copy.source, "provision of \(name)"))
                case .ansible(let play): named.append((play.playbook, "provision of \(name), on the host"))
                }
            }
            for case .seccomp(.file(let path)) in service.security.options {
                named.append((path, "seccomp of \(name)"))
            }
        }
        for (definitions, kind) in [(secrets, "secret"), (configs, "config")] {
            for definition in definitions {
                if case .file(let path) = definition.source { named.append((path, "\(kind) \(definition.key)")) }
            }
        }
        var seen: Set<HostFile> = []
        return named.map { bounds.file($0.path, $0.use) }.filter { seen.insert($0).inserted }
            .sorted { ($0.path, $0.use) < ($1.path, $1.use) }
    }
}

extension Diagnostic {
    /// The warning about a link of the project that leads out of it.
    init(leavingProject link: HostFile, file: String) {
        let use = link.use == "read" ? "it was read" : link.use
        self.init(
            severity: .warning, file: file, line: 1, column: 1,
            message: "`\(link.path)` leads out of the project by a link, to `\(link.target ?? link.path)` (\(use))")
    }
}
