internal import Envfile
internal import Glibc
internal import LinuxSystem
internal import Snapshots
internal import SystemPackage
internal import Workspaces

/// Which files of a project become part of a package: those that the Envfile consists of or names, without secrets.
struct PackagedFiles {
    /// Absolute, by the path relative to the project directory.
    private(set) var included: [String: FilePath] = [:]
    private(set) var leftOut: [String: PackageDocument.LeftOut] = [:]

    private let directory: FilePath
    private let hasFolders: Bool
    private let variableFiles: Set<String>

    /// Looks at the files and reads none.
    ///
    /// - Parameters:
    ///   - project: with all profiles, and without what is the caller's own.
    ///   - hasFolders: whether folders that services share with the host belong to it.
    init(_ project: Project, hasFolders: Bool) throws {
        directory = FilePath(project.environment.directory)
        self.hasFolders = hasFolders
        variableFiles = project.variableFiles
        guard project.file != FileContents.standardInput else {
            throw EngineError(
                .invalidProject, "An Envfile that comes from standard input cannot be packed. Write it into a file.")
        }
        // What is left out for one use is not let in by another.
        for file in project.files where reason(file) != nil { leaveOut(file.path, reason(file) ?? .secret, file.use) }
        for file in project.files where leftOut[relative(file.path)] == nil { try add(file) }
        let lock = LockFile.path(besideFile: project.file)
        if Files.exists(FilePath(lock)) { included[relative(lock)] = FilePath(lock) }
        guard included[relative(project.file)] != nil else {
            throw EngineError(
                .invalidProject,
                "`\(project.file)` lies outside of the project directory `\(directory)`, so a package cannot have it. Move it "
                    + "there.")
        }
        for path in included.keys where leftOut[path] != nil { leftOut[path] = nil }
    }

    /// The path relative to the project directory; absolute for one outside.
    func relative(_ path: String) -> String {
        let prefix = directory.string == "/" ? "/" : directory.string + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// Why a file may not be part of a package; `nil` where it may.
    private func reason(_ file: HostFile) -> PackageDocument.LeftOut.Reason? {
        if file.use.hasPrefix("secret ") || file.use.hasPrefix("key ") { return .secret }
        if variableFiles.contains(file.path) { return .variables }
        // What the Envfile consists of has to be there, whatever its name.
        if file.use != "read", CredentialNames.match(relative(file.path)) { return .credentials }
        return nil
    }

    private mutating func leaveOut(_ path: String, _ reason: PackageDocument.LeftOut.Reason, _ use: String) {
        let path = relative(path)
        guard leftOut[path] == nil else { return }
        var use = use == "read" ? "" : use
        if reason == .variables { use = "" }
        leftOut[path] = PackageDocument.LeftOut(path: path, reason: reason, use: use)
    }

    private mutating func add(_ file: HostFile) throws {
        let isBuild = file.use.hasPrefix("build ")
        if file.use.hasPrefix("watched ") { return }
        guard let status = try Files.status(FilePath(file.path), followingLinks: true) else { return }
        let name = relative(file.path)
        if isBuild { return leaveOut(file.path, .build, file.use) }
        if file.isOutside || !PackageDocument.isPlainPath(name) {
            let isFolder = name == directory.string && status.kind == .directory
            return leaveOut(file.path, isFolder ? .folder : .outside, file.use)
        }
        switch status.kind {
        case .regular: included[name] = FilePath(file.path)
        case .directory where file.use.hasPrefix("mount ") && !hasFolders: leaveOut(file.path, .folder, file.use)
        case .directory: try addTree(name, file.use)
        default: leaveOut(file.path, .outside, file.use)
        }
    }

    /// Adds the regular files below a directory; links are left out, because they may lead anywhere.
    private mutating func addTree(_ path: String, _ use: String) throws {
        for name in try Files.names(in: directory.appending(path)) where name != ".git" {
            let below = "\(path)/\(name)"
            let entry = directory.appending(below)
            if CredentialNames.match(below) {
                leaveOut(entry.string, .credentials, use)
                continue
            }
            switch try Files.status(entry)?.kind {
            case .directory: try addTree(below, use)
            case .regular: included[below] = entry
            default: leaveOut(entry.string, .outside, use)
            }
        }
    }
}

extension PackagedFiles {
    /// Copies the files below a new directory.
    func copy(to target: FilePath) throws {
        for (path, source) in included {
            let place = target.appending(path)
            try Files.createDirectory(place.removingLastComponent(), mode: 0o755)
            let isProgram = (try Files.status(source, followingLinks: true)?.mode ?? 0) & 0o100 != 0
            try FileStreams.copy(
                OwnedDescriptor.open(source, O_RDONLY | O_NONBLOCK), to: place, mode: isProgram ? 0o755 : 0o644)
        }
    }

    /// The names of the variables that the files of variables set.
    static func variables(in text: String) -> [String] {
        let names = text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
            guard let equals = line.firstIndex(of: "="), !line.drop(while: \.isWhitespace).hasPrefix("#") else {
                return nil
            }
            let name = line[..<equals].split(separator: " ").last.map(String.init) ?? ""
            return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && !name.isEmpty ? name : nil
        }
        return Set(names).sorted()
    }

    /// The variables of services whose names sound secret and whose values stand in one of the files.
    func plainSecrets(of services: [Service]) throws -> [String] {
        var texts: [String] = []
        for (path, file) in included where path.hasSuffix("ml") || path.contains("Envfile") {
            texts.append(try Files.text(file) ?? "")
        }
        var found: Set<String> = []
        for service in services {
            for (name, value) in service.environment
            where CredentialNames.match(variable: name)
                && texts.contains(where: { Self.has(value, of: name, in: $0) })
            {
                found.insert("\(name) of \(service.name)")
            }
        }
        return found.sorted()
    }
}

extension PackagedFiles {
    /// The fewest characters of a value that is a secret wherever it stands.
    private static let telling = 8
    /// Values that switch something on or off.
    private static let switches: Set<String> = ["true", "false", "yes", "no", "on", "off", "0", "1", ""]

    /// Whether a text has the value of a variable. A short one stands in many words: it counts only as a word in a line with
    /// the name of its variable.
    static func has(_ value: String, of name: String, in text: String) -> Bool {
        if switches.contains(value.lowercased()) { return false }
        if value.count >= telling { return text.contains(value) }
        return text.split(whereSeparator: \.isNewline).contains { line in
            guard let found = line.firstRange(of: name) else { return false }
            return line[found.upperBound...].split { !$0.isLetter && !$0.isNumber && !value.contains($0) }
                .contains { $0 == value }
        }
    }
}

/// Files that are copied piece by piece.
enum FileStreams {
    /// Copies an open regular file to a new one, which has the mode whatever the umask is.
    ///
    /// - Parameter keepsUmask: whether it is a file for the user.
    static func copy(
        _ source: consuming OwnedDescriptor, to target: FilePath, mode: UInt32, keepsUmask: Bool = false
    ) throws(SystemError) {
        try source.requireRegular(target.string)
        let made = try OwnedDescriptor.open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        let fd = made.rawValue
        if keepsUmask {
            try SudoCaller.giveToUser(made, replacing: target)
        } else {
            try systemCall("fchmod", target.string) { fchmod(fd, mode) }
        }
        while true {
            let part = try source.read(atMost: 1 << 18)
            if part.isEmpty { return }
            try made.write(part)
        }
    }
}
