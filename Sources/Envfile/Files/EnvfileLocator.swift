/// Finds the Envfile of a directory: in it, or in the nearest directory above that has one.
package struct EnvfileLocator: Sendable {
    /// The names looked for in each directory, first hit wins.
    package static let names = [
        "Envfile", "Envfile.yaml", "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
    ]
    /// The names of a file that is merged over an Envfile in the same directory; the first existing one is used.
    package static let localNames = ["Envfile.local", "Envfile.local.yaml"]
    /// The names of a file that is merged over a compose file in the same directory; the first existing one is used.
    package static let overrideNames = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    let readFile: @Sendable (String) -> FileContents

    package init(readFile: @escaping @Sendable (String) -> FileContents = FileContents.read) {
        self.readFile = readFile
    }

    /// The absolute path of the Envfile for `directory`, which must be absolute.
    ///
    /// - Throws: `notFound` when no directory up to the root has one; `unreadable` or `tooLarge` when the first hit
    ///   is no readable file. A directory is no hit.
    package func locate(from directory: String) throws(EnvfileError) -> String {
        guard directory.hasPrefix("/") else {
            throw EnvfileError(code: .notFound, message: "\(directory) is not an absolute path.")
        }
        let start = HostPath.absolute(directory, in: "/")
        var current = start
        var vagrantfile: String?
        while true {
            if let path = try first(of: Self.names, in: current) { return path }
            let candidate = HostPath.absolute("Vagrantfile", in: current)
            if vagrantfile == nil, case .bytes = readFile(candidate) {
                vagrantfile = current == start ? "Vagrantfile" : candidate
            }
            if current == "/" { break }
            current = HostPath.parent(of: current)
        }
        let remedy =
            vagrantfile.map { "`trice init --from \($0)` makes one from the Vagrantfile." }
            ?? "`trice init` writes one."
        throw EnvfileError(
            code: .notFound, message: "There is no Envfile in \(directory) or above it. \(remedy)")
    }

    /// The file that is merged automatically over a located one; `nil` when it does not exist.
    ///
    /// - Throws: as `locate(from:)`, when it is not a readable file.
    package func override(of file: String) throws(EnvfileError) -> String? {
        let names = Self.dialect(ofFile: file) == .trice ? Self.localNames : Self.overrideNames
        return try first(of: names, in: HostPath.parent(of: file))
    }

    private func first(of names: [String], in directory: String) throws(EnvfileError) -> String? {
        for name in names {
            let path = HostPath.absolute(name, in: directory)
            let contents = readFile(path)
            // A directory may have the name of a file; what else is no readable file is not passed over.
            if contents == .absent || contents == .directory { continue }
            _ = try contents.bytes(of: path)
            return path
        }
        return nil
    }

    /// The dialect of a file of this name, unless its `compat` says another: Trice's own for `Envfile…`, Compose's for
    /// every other name.
    package static func dialect(ofFile path: String) -> Dialect {
        HostPath.lastComponent(of: path).hasPrefix("Envfile") ? .trice : .compose
    }

    /// Whether a file that a project consists of has a name that only Compose files have.
    static func isNamedByCompose(_ path: String) -> Bool {
        let name = HostPath.lastComponent(of: path)
        return name.hasPrefix("compose") || name.hasPrefix("docker-compose")
    }
}
