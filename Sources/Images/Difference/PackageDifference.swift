internal import SystemPackage

/// The packages of a tree, as the distribution's package manager records them.
package struct PackageList: Sendable, Hashable {
    /// Versions by name; `name:architecture` for a second architecture of the same package.
    package let versions: [String: String]

    /// The file is larger in no image that is known.
    private static let sizeLimit = 256 << 20

    /// Reads dpkg's and apk's databases; an image without either has no packages. deb822(5), apk-installed(5).
    package init(of stack: LayerStack) throws(ImageError) {
        var versions: [String: String] = [:]
        var texts: [[UInt8]] = []
        if let status = try stack.read("var/lib/dpkg/status", atMost: Self.sizeLimit) { texts.append(status) }
        // Images without a shell have a file for each package.
        for name in try stack.names(in: "var/lib/dpkg/status.d") where !name.hasSuffix(".md5sums") {
            let path = FilePath("var/lib/dpkg/status.d").appending(name)
            if let status = try stack.read(path, atMost: Self.sizeLimit) { texts.append(status) }
        }
        for text in texts {
            Self.add(Self.debian(text), to: &versions)
        }
        let alpine: [FilePath] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"]
        for path in alpine {
            if let text = try stack.read(path, atMost: Self.sizeLimit) { Self.add(Self.alpine(text), to: &versions) }
        }
        self.versions = versions
    }

    init(versions: [String: String]) {
        self.versions = versions
    }

    private struct Package {
        var name: String
        var version: String
        var architecture: String
    }

    private static func add(_ packages: [Package], to versions: inout [String: String]) {
        for package in packages {
            let name = versions[package.name] == nil ? package.name : "\(package.name):\(package.architecture)"
            versions[name] = package.version
        }
    }

    /// Paragraphs of `Name: value`; a removed package whose configuration is kept is not installed.
    private static func debian(_ text: [UInt8]) -> [Package] {
        paragraphs(text, separator: ": ").compactMap { fields in
            guard let name = fields["Package"], let version = fields["Version"] else { return nil }
            if let status = fields["Status"], !status.hasSuffix(" installed") { return nil }
            return Package(name: name, version: version, architecture: fields["Architecture"] ?? "")
        }
    }

    /// Paragraphs of `P:name`, `V:version`, `A:architecture`.
    private static func alpine(_ text: [UInt8]) -> [Package] {
        paragraphs(text, separator: ":").compactMap { fields in
            guard let name = fields["P"], let version = fields["V"] else { return nil }
            return Package(name: name, version: version, architecture: fields["A"] ?? "")
        }
    }

    /// The fields that matter of each paragraph.
    private static func paragraphs(_ text: [UInt8], separator: String) -> [[String: String]] {
        let wanted: Set<String> = ["Package", "Version", "Status", "Architecture", "P", "V", "A"]
        let mark = Array(separator.utf8)
        var paragraphs: [[String: String]] = []
        var fields: [String: String] = [:]
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !fields.isEmpty { paragraphs.append(fields) }
                fields = [:]
                continue
            }
            guard let colon = line.prefix(16).firstIndex(of: UInt8(ascii: ":")), line[colon...].starts(with: mark)
            else { continue }
            let key = String(decoding: line[..<colon], as: UTF8.self)
            guard wanted.contains(key) else { continue }
            fields[key] = String(decoding: line[(colon + mark.count)...], as: UTF8.self)
        }
        if !fields.isEmpty { paragraphs.append(fields) }
        return paragraphs
    }
}

/// A package that is not the same in two trees.
package struct PackageChange: Sendable, Hashable {
    package let name: String
    /// `nil` for a new package.
    package let oldVersion: String?
    /// `nil` for a removed package.
    package let newVersion: String?

    /// All differences, sorted by name.
    package static func between(_ old: PackageList, and new: PackageList) -> [PackageChange] {
        Set(old.versions.keys).union(new.versions.keys).sorted().compactMap { name in
            let (was, becomes) = (old.versions[name], new.versions[name])
            return was == becomes ? nil : PackageChange(name: name, oldVersion: was, newVersion: becomes)
        }
    }
}
