/// Which image has the operating system of a box.
enum BoxTable {
    /// What an image stands for is the system of the box; its own programs, services and users are not in it.
    ///
    /// - Returns: `nil` for a box that has no equal.
    static func image(of box: String) -> String? {
        let box = box.lowercased()
        if let found = exact[box] { return found }
        guard let slash = box.firstIndex(of: "/") else { return bare(box) }
        let owner = String(box[..<slash])
        let name = String(box[box.index(after: slash)...])
        switch owner {
        case "hashicorp", "ubuntu": return ubuntu(codename: name)
        case "debian": return debian(codename: name)
        case "bento", "generic", "roboxes", "cloud-image", "geerlingguy", "alvistack", "boxomatic", "generic-x64",
            "generic-a64", "rockylinux", "almalinux", "centos", "fedora", "oraclelinux", "alpine", "alpinelinux",
            "archlinux", "opensuse", "kalilinux", "amazonlinux":
            return release(name, of: owner)
        default: return nil
        }
    }

    private static let exact = [
        "hashicorp-education/ubuntu-24-04": "ubuntu:24.04", "kalilinux/rolling": "kalilinux/kali-rolling",
        "archlinux/archlinux": "archlinux:latest", "alpine/alpine64": "alpine:latest",
        "generic/arch": "archlinux:latest",
        "generic/gentoo": "gentoo/stage3:latest", "opensuse/tumbleweed.x86_64": "opensuse/tumbleweed:latest",
        "alpinelinux/alpine64": "alpine:latest",
    ]

    private static let ubuntuReleases = [
        "precise": "12.04", "trusty": "14.04", "xenial": "16.04", "yakkety": "16.10", "zesty": "17.04",
        "artful": "17.10", "bionic": "18.04", "cosmic": "18.10", "disco": "19.04", "eoan": "19.10", "focal": "20.04",
        "groovy": "20.10", "hirsute": "21.04", "impish": "21.10", "jammy": "22.04", "kinetic": "22.10",
        "lunar": "23.04", "mantic": "23.10", "noble": "24.04", "oracular": "24.10", "plucky": "25.04",
    ]
    private static let debianReleases: Set = [
        "wheezy", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "sid", "testing",
    ]

    /// `precise64`, as boxes were called at first.
    private static func bare(_ box: String) -> String? { ubuntu(codename: box) }

    private static func ubuntu(codename name: String) -> String? {
        let name = withoutBits(name)
        let base = ["server-", "daily-"].reduce(name) { $0.hasPrefix($1) ? String($0.dropFirst($1.count)) : $0 }
        return ubuntuReleases[base].map { "ubuntu:\($0)" }
    }

    private static func debian(codename name: String) -> String? {
        var name = withoutBits(name)
        if name.hasPrefix("contrib-") { name = String(name.dropFirst("contrib-".count)) }
        if name.hasPrefix("testing") { name = "testing" }
        return debianReleases.contains(name) ? "debian:\(name)" : nil
    }

    private static func withoutBits(_ name: String) -> String {
        for ending in ["64", "32", "-amd64", "-x64"] where name.hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return name
    }

    // MARK: - Names with a version

    /// The systems by the letters that a box's name begins with, and the forms of their images.
    private static let systems: [(names: [String], image: @Sendable (String) -> String?)] = [
        (["ubuntu"], { version($0, parts: 2, digits: [2, 2]).map { "ubuntu:\($0)" } }),
        (["debian"], { debianTag($0).map { "debian:\($0)" } }),
        (
            ["centos-stream", "centos_stream", "stream"],
            { version($0, parts: 1).map { "quay.io/centos/centos:stream\($0)" } }
        ),
        (["centos"], centos), (["rockylinux", "rocky"], { version($0, parts: 1).map { "rockylinux:\($0)" } }),
        (["almalinux", "alma"], { version($0, parts: 1).map { "almalinux:\($0)" } }),
        (["fedora"], { $0 == "latest" ? "fedora:latest" : version($0, parts: 1).map { "fedora:\($0)" } }),
        (["alpine"], { version($0, parts: 2, digits: [1, 2]).map { "alpine:\($0)" } }),
        (["oraclelinux", "oracle"], { version($0, parts: 1).map { "oraclelinux:\($0)" } }),
        (["amazonlinux", "amazon"], { version($0, parts: 1).map { "amazonlinux:\($0)" } }),
        (
            ["opensuse-leap", "opensuse", "leap"],
            { version($0, parts: 2, digits: [2, 1]).map { "opensuse/leap:\($0)" } }
        ),
    ]

    /// `ubuntu-22.04`, `ubuntu2204`, `centos-stream-9`; of an owner that is a system, also the version alone.
    private static func release(_ name: String, of owner: String) -> String? {
        for candidate in [name, owner + "-" + name] {
            for system in systems {
                for word in system.names where candidate.hasPrefix(word) {
                    let rest = candidate.dropFirst(word.count).drop { "-_.".contains($0) }
                    if rest.isEmpty || rest.first?.isNumber == true || rest == "latest" || rest.first == "s",
                        let image = system.image(String(rest))
                    {
                        return image
                    }
                }
            }
            if candidate == name, let found = ubuntu(codename: trimmed(name, "ubuntu")) { return found }
        }
        return nil
    }

    private static func trimmed(_ name: String, _ word: String) -> String {
        name.hasPrefix(word) ? String(name.dropFirst(word.count).drop { "-_".contains($0) }) : name
    }

    private static func centos(_ rest: String) -> String? {
        if rest.hasPrefix("stream") {
            return version(String(rest.dropFirst("stream".count).drop { "-_".contains($0) }), parts: 1).map {
                "quay.io/centos/centos:stream\($0)"
            }
        }
        guard let number = version(rest, parts: 1) else { return nil }
        // `generic/centos8s` is the stream.
        if rest.dropFirst(number.count).first == "s" || (Int(number) ?? 0) >= 9 {
            return "quay.io/centos/centos:stream\(number)"
        }
        return "centos:\(number)"
    }

    private static func debianTag(_ rest: String) -> String? {
        if debianReleases.contains(withoutBits(rest)) { return withoutBits(rest) }
        return version(rest, parts: 1)
    }

    /// The first numbers of a version: `22.04` of `22.04.3`, and of `2204` by its digits.
    private static func version(_ text: String, parts: Int, digits: [Int] = []) -> String? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        let pieces = number.split { $0 == "." || $0 == "-" }.map(String.init)
        guard let first = pieces.first, first.count <= 6 else { return nil }
        if parts == 1 { return first }
        if pieces.count >= parts { return pieces.prefix(parts).joined(separator: ".") }
        guard digits.count == 2, first.count > digits[0] else { return first }
        return "\(first.prefix(digits[0])).\(first.dropFirst(digits[0]))"
    }
}
