import Foundation
import Glibc

/// Something that a test needs of its machine.
///
/// Used as a condition, so that what is missing skips visibly:
/// `@Suite(.enabled("needs root and crun") { try Requirement.met(.root, .crun) })`.
public enum Requirement: String, CaseIterable, Sendable {
    case root, crun, runc, nft, ip, busybox
    /// The formats' own test suites in `shared/corpus` beside the checkout, or where `TRICE_CORPUS` says.
    case corpus
    /// Debian's package mirror answers.
    case network
    /// The release binary that the scenarios run.
    case binary
    /// A registry of Debian's, and the tools that images are held against.
    case registry = "docker-registry"
    case skopeo, umoci, htpasswd, openssl, python3
    /// The builder that ours is held against.
    case buildah
    case strace, git
    case sshAgent = "ssh-agent"

    /// Whether all are there. The environment variable `TRICE_REQUIRE` lists those (with commas) that must not be
    /// missing on this machine: a test that needs one of them then fails instead of being skipped.
    public static func met(_ requirements: Requirement...) throws -> Bool {
        let missing = requirements.filter { !$0.isMet }
        let required = (ProcessInfo.processInfo.environment["TRICE_REQUIRE"] ?? "").split(separator: ",").map(
            String.init)
        for requirement in missing where required.contains(requirement.rawValue) {
            throw TestError("this test needs \(requirement.rawValue), which TRICE_REQUIRE lists and the machine lacks")
        }
        return missing.isEmpty
    }

    public var isMet: Bool {
        switch self {
        case .root: geteuid() == 0
        case .crun, .runc, .nft, .ip, .busybox, .registry, .skopeo, .umoci, .htpasswd, .openssl, .python3, .strace,
            .buildah, .git, .sshAgent:
            Self.find(rawValue) != nil
        case .corpus: FileManager.default.fileExists(atPath: Self.corpusDirectory)
        case .network: Self.mirrorAnswers
        case .binary: Fixture.binary != nil
        }
    }

    /// Where the corpus is.
    public static var corpusDirectory: String {
        ProcessInfo.processInfo.environment["TRICE_CORPUS"] ?? Fixture.checkout + "../shared/corpus"
    }

    /// The first executable of that name in `PATH` or where administrators' programs are.
    public static func find(_ program: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
            .map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 }
    }

    private static let mirrorAnswers: Bool = {
        let probe = Command(
            "curl", ["-fsS", "-o", "/dev/null", "-m", "10", "http://deb.debian.org/debian/dists/bookworm/Release"])
        return (try? probe.run().succeeded) ?? false  // no curl: no answer either
    }()
}
