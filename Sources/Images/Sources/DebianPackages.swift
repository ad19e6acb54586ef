internal import Glibc
internal import LinuxSystem
internal import OCI
package import SystemPackage

/// The packages of a Debian system, by the file of dpkg; deb-control(5).
package enum DebianPackages {
    /// The versions of the packages that are installed below a directory, by name; the name of another architecture has that
    /// behind a colon. Empty where dpkg has written nothing.
    package static func installed(in root: FilePath) throws(ImageError) -> [String: String] {
        try attempting("read the packages in \(root)") { () throws(SystemError) in
            do throws(SystemError) {
                return parse(String(decoding: try status(in: root), as: UTF8.self))
            } catch  where error.errno == .noSuchFileOrDirectory {
                return [:]
            }
        }
    }

    private static func status(in root: FilePath) throws(SystemError) -> [UInt8] {
        let directory = try OwnedDescriptor.open(root, O_RDONLY | O_DIRECTORY)
        let file = try directory.openBeneath("var/lib/dpkg/status", O_RDONLY | O_NONBLOCK)
        try file.requireRegular("var/lib/dpkg/status")
        var bytes: [UInt8] = []
        while bytes.count < sizeLimit {
            let part = try file.read(atMost: 1 << 20)
            if part.isEmpty { break }
            bytes += part
        }
        return bytes
    }

    /// Far more than a system with all packages has.
    private static let sizeLimit = 256 << 20

    static func parse(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        var fields: [Substring: Substring] = [:]
        func end() {
            defer { fields = [:] }
            guard let name = fields["Package"], let version = fields["Version"],
                fields["Status"]?.hasSuffix(" installed") == true
            else { return }
            found[String(name)] = String(version)
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                end()
            } else if line.first?.isWhitespace == false, let colon = line.firstIndex(of: ":") {
                fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
            }
        }
        end()
        return found
    }

    /// How what an archive gave differs from what is locked, in words that follow the name of the image.
    ///
    /// - Returns: `nil` where it does not.
    static func difference(locked: [String: String], found: [String: String]) -> String? {
        let names = Set(locked.keys).union(found.keys).filter { locked[$0] != found[$0] }.sorted()
        guard let first = names.min(by: { (locked[$0] == nil ? 1 : 0, $0) < (locked[$1] == nil ? 1 : 0, $1) }) else {
            return nil
        }
        let rest = names.count > 1 ? " (and \(names.count - 1) more differ)" : ""
        switch (locked[first], found[first]) {
        case (let version?, let other?):
            return "is locked with `\(first)` \(version), and the archive has \(other) now\(rest)"
        case (let version?, nil):
            return "is locked with `\(first)` \(version), which the archive does not have any more\(rest)"
        case (nil, let other):
            return "needs `\(first)` \(other ?? "") now, which the lock does not have\(rest)"
        }
    }
}

/// Has apt take certain versions while an image is made; apt_preferences(5). Nothing of it stays in the image.
struct DebianPins {
    private let file: FilePath

    /// - Parameter directory: where the file lies for the time of the build.
    init(_ packages: [String: String], in directory: FilePath) throws(ImageError) {
        // Above 1000 a version goes before a newer one.
        let text = packages.sorted { $0.key < $1.key }.map { name, version in
            "Package: \(name)\nPin: version \(version)\nPin-Priority: 1001\n"
        }.joined(separator: "\n")
        // What a killed command leaves is found by the next build of the same lock.
        let file = directory.appending(".pins-\(Digester.digest(of: Array(text.utf8)).hex.prefix(16))")
        self.file = file
        try attempting("write \(file)") { () throws(SystemError) in try Files.write(text.utf8, to: file, mode: 0o644) }
    }

    func remove() {
        // A file of a few kilobytes that stays does no harm, and the next build writes it again.
        _ = try? Files.remove(file)
    }

    /// The hooks of mmdebstrap that lay the file down and take it away again.
    var hooks: [String] {
        let directory = "\"$1\"/etc/apt/preferences.d"
        let place = "\(directory)/zz-trice-lock"
        return [
            "--setup-hook=install -d -m 755 \(directory) && install -m 644 \(Self.quoted(file.string)) \(place)",
            // The directory itself is made by mmdebstrap in any case.
            "--customize-hook=rm -f \(place)",
        ]
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
