import Foundation
import TestSupport
import Testing

/// The tests with real containers: one at a time in each lane, and `.alone` those that look at the whole host.
@Suite(.timeLimit(.minutes(30)), .serialized) enum OnHost {}

extension Trait where Self == ConditionTrait {
    /// What it takes to run the built binary with real containers.
    static var scenario: Self {
        .enabled("needs root, crun, nft, ip, a static busybox and the built binary") {
            try Requirement.met(.root, .crun, .nft, .ip, .busybox, .binary)
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For tests that look at the whole host, change it or measure.
    static var alone: Self { .enabled("no other test may run beside it") { try Requirement.met(.alone) } }
}

extension Trait where Self == ConditionTrait {
    /// For tests of what only root can do: they are skipped where `trice` belongs to a user.
    static func needsRoot(_ need: RootNeed) -> Self { .disabled(if: UserRun.isOn, "needs root: \(need.reason)") }
}

/// Makes sure that a program's output contains all of the texts, and shows it whole when not.
func expect(
    _ output: Command.Output, endsWith code: Int32, saying texts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(output.exit == .code(code), "\(output.description)", sourceLocation: sourceLocation)
    let all = output.standardOutput + output.standardError
    for text in texts {
        #expect(all.contains(text), "`\(text)` is missing: \(output.description)", sourceLocation: sourceLocation)
    }
}

/// The echo program of `Programs/echo.c`, built for use inside containers.
func buildEcho(in directory: String) throws {
    let source = URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false) + "/Programs/echo.c"
    let compiler = Requirement.find("clang") ?? Requirement.find("cc") ?? "cc"
    let output = try Command(compiler, ["-static", "-O1", "-o", "\(directory)/echo", source]).run()
    guard output.succeeded else { throw TestError(output.description) }
}

/// The host's own IPv4 addresses, loopback left out.
///
/// - Parameter isInside: whether, for a user, those are meant that the user's namespaces have in place of the host.
func hostAddresses(inside isInside: Bool = false) throws -> [String] {
    let arguments = ["-j", "-4", "address", "show", "scope", "global", "up"]
    let output = try (isInside ? UserRun.inside("ip", arguments) : Command("ip", arguments)).run()
    let links = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [[String: Any]] ?? []
    return links.flatMap { $0["addr_info"] as? [[String: Any]] ?? [] }.compactMap { $0["local"] as? String }
}
