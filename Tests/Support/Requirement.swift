import Foundation
import Glibc

/// Something that a test needs of its machine or of its run.
///
/// Used as a condition, so that a test is skipped visibly when a requirement is missing:
/// `@Suite(.enabled("needs root and crun") { try Requirement.met(.root, .crun) })`.
///
/// In a unit run (`make unit`, the variable `TRICE_TEST_UNIT`) the requirements that reach outside the test process are
/// missing by definition. Thus a test that states its requirements is kept out of the unit run by them, and a test
/// without requirements is part of it. In a lane (`.ci/lanes`, the variable `TRICE_TEST_LANE`), whose tests have
/// mounts, links and ports of their own and run beside those of other lanes, `alone` is missing, and `network` unless the
/// lane has a way out (`network`).
package enum Requirement: String, CaseIterable, Sendable {
    case root, crun, runc, nft, ip, busybox
    /// The formats' own test suites in `shared/corpus` beside the checkout, or where `TRICE_CORPUS` says.
    case corpus
    /// Debian's package mirror answers.
    case network
    /// The release binary that the scenarios run.
    case binary
    /// Debian's registry server, and the tools that images are compared with.
    case registry = "docker-registry"
    case skopeo, umoci, htpasswd, openssl, python3
    /// Python's module of that name.
    case jsonschema
    /// What `.ci/python-peers` installs: the schemas of Kubernetes, PyYAML and Compose.
    case pythonPeers = "python-peers"
    /// The program that encrypts secrets, also from `.ci/python-peers`.
    case sops
    /// The engines that exported files are played on, where the machine has them.
    case podman, dockerd
    /// The builder that Trice's builds are compared with.
    case buildah
    case strace, git
    /// `mandoc -Tlint`, the judge of the manual pages.
    case mandoc
    /// The generator of the documentation site.
    case mkdocs
    /// The shells that complete command lines, besides bash.
    case zsh, fish
    case sshAgent = "ssh-agent"
    /// OpenSSH's server and clients.
    case sshd, rsync
    case ansible
    case newuidmap, pasta

    /// The test takes longer than the minute that `make unit` may take.
    case time
    /// No other test runs beside it: it looks at the whole host, changes it, or measures.
    case alone

    /// Whether this run is a unit run: several processes of tests, without root, the built program, containers and the
    /// network.
    package static var isUnitRun: Bool { unitMode != nil }

    /// `closed` or `network` where other tests run beside this one, else `nil`.
    private static var lane: String? {
        ProcessInfo.processInfo.environment["TRICE_TEST_LANE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether other tests run beside this one.
    package static var isLane: Bool { lane != nil }

    /// `quick` in `make unit`, `all` in `make test`, `nil` outside of unit runs.
    private static var unitMode: String? {
        ProcessInfo.processInfo.environment["TRICE_TEST_UNIT"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a test with this requirement is part of a unit run, if the machine meets the requirement.
    var isForUnitRuns: Bool {
        switch self {
        case .corpus, .busybox, .git, .openssl, .python3, .htpasswd, .registry, .jsonschema, .mandoc, .mkdocs, .zsh,
            .fish, .pythonPeers:
            true
        case .time: Self.unitMode == "all"
        case .root, .crun, .runc, .nft, .ip, .network, .binary, .skopeo, .umoci, .buildah, .strace, .sshAgent,
            .sshd, .rsync, .ansible, .alone, .newuidmap, .pasta, .sops, .podman, .dockerd:
            false
        }
    }

    /// Whether all requirements are met. The environment variable `TRICE_REQUIRE` lists those (with commas) that must
    /// not be missing on this machine: a test that needs one of them then fails instead of being skipped.
    package static func met(_ requirements: Requirement...) throws -> Bool {
        if isUnitRun, !requirements.allSatisfy(\.isForUnitRuns) { return false }
        if isLane, requirements.contains(.alone) { return false }
        if let lane, lane != "network", requirements.contains(.network) { return false }
        let missing = requirements.filter { !$0.isMet }
        let required = (ProcessInfo.processInfo.environment["TRICE_REQUIRE"] ?? "").split(separator: ",").map(
            String.init)
        for requirement in missing where required.contains(requirement.rawValue) {
            throw TestError("this test needs \(requirement.rawValue), which TRICE_REQUIRE lists and the machine lacks")
        }
        return missing.isEmpty
    }

    package var isMet: Bool {
        switch self {
        case .root: geteuid() == 0
        case .crun, .runc, .nft, .ip, .busybox, .registry, .skopeo, .umoci, .htpasswd, .openssl, .python3, .strace,
            .buildah, .git, .sshAgent, .sshd, .rsync, .ansible, .newuidmap, .pasta, .mandoc, .mkdocs, .zsh, .fish,
            .podman, .dockerd:
            Self.find(rawValue) != nil
        case .corpus: FileManager.default.fileExists(atPath: Self.corpusDirectory)
        case .network: Self.mirrorAnswers
        case .binary: Fixture.binary != nil
        case .time, .alone: true
        case .sops:
            // What only root may read is no program of a user's.
            (try? UserRun.command(Command(Self.peer("sops"), ["--version"])).run().succeeded) == true
        case .jsonschema: Self.pythonHasJSONSchema
        case .pythonPeers:
            ["python3", "kubernetes-validate", "docker-compose"].allSatisfy { access(Self.peer($0), X_OK) == 0 }
        }
    }

    /// A program that `.ci/python-peers` installs.
    package static func peer(_ program: String) -> String { Fixture.checkout + ".build/python-peers/bin/\(program)" }

    /// The directory of the formats' own test suites.
    package static var corpusDirectory: String {
        let path = ProcessInfo.processInfo.environment["TRICE_CORPUS"] ?? Fixture.checkout + "../shared/corpus"
        return URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    }

    /// The first executable of that name in `PATH` or in the system's directories.
    package static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
            .map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 }
    }

    private static let pythonHasJSONSchema: Bool = {
        let probe = Command("python3", ["-c", "import jsonschema"])
        return (try? probe.run().succeeded) ?? false  // no python3: no module either
    }()

    private static let mirrorAnswers: Bool = {
        let probe = Command(
            "curl", ["-fsS", "-o", "/dev/null", "-m", "10", "http://deb.debian.org/debian/dists/bookworm/Release"])
        return (try? probe.run().succeeded) ?? false  // no curl: no answer either
    }()
}
