/// Finds the Envfile of a directory: in it, or in the nearest directory above that has one.
public struct EnvfileLocator: Sendable {
    /// The names looked for in each directory, first hit wins.
    public static let names = [
        "Envfile", "Envfile.yaml", "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
    ]
    /// The names of a file that is merged over an Envfile in the same directory; the first existing one is used.
    public static let localNames = ["Envfile.local", "Envfile.local.yaml"]
    /// The names of a file that is merged over a compose file in the same directory; the first existing one is used.
    public static let overrideNames = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    let readFile: @Sendable (String) -> FileContents

    public init(readFile: @escaping @Sendable (String) -> FileContents = FileContents.read) {
        self.readFile = readFile
    }

    /// The absolute path of the Envfile for `directory`, which must be absolute.
    ///
    /// - Throws: `notFound` when no directory up to the root has one; `isDirectory`, `unreadable` or `tooLarge` when
    ///   the first hit is no readable file.
    public func locate(from directory: String) throws(EnvfileError) -> String {
        guard directory.hasPrefix("/") else {
            throw EnvfileError(code: .notFound, message: "\(directory) is not an absolute path.")
        }
        var current = HostPath.absolute(directory, in: "/")
        while true {
            if let path = try first(of: Self.names, in: current) { return path }
            if current == "/" { break }
            current = HostPath.parent(of: current)
        }
        throw EnvfileError(
            code: .notFound,
            message: "There is no Envfile in \(directory) or above it. `trice init` writes one.")
    }

    /// The file that is merged automatically over a located one; `nil` when it does not exist.
    ///
    /// - Throws: as `locate(from:)`, when it is not a readable file.
    public func override(of file: String) throws(EnvfileError) -> String? {
        let names = Self.dialect(ofFile: file) == .trice ? Self.localNames : Self.overrideNames
        return try first(of: names, in: HostPath.parent(of: file))
    }

    private func first(of names: [String], in directory: String) throws(EnvfileError) -> String? {
        for name in names {
            let path = HostPath.absolute(name, in: directory)
            let contents = readFile(path)
            if contents == .absent { continue }
            _ = try contents.bytes(of: path)
            return path
        }
        return nil
    }

    /// The dialect of a file of this name, unless it has `compat: compose`.
    public static func dialect(ofFile path: String) -> Dialect {
        let name = HostPath.lastComponent(of: path)
        return name.hasPrefix("compose") || name.hasPrefix("docker-compose") ? .compose : .trice
    }
}
