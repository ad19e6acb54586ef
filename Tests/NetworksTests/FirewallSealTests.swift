import LinuxSystem
import Netlink
import SystemPackage
import TestSupport
import Testing
import Vocabulary

@testable import Networks

/// While the kernel's generation of the rules lasts, no program is asked about them.
@Suite(.timeLimit(.minutes(1)), .enabled("needs root for network namespaces") { try Requirement.met(.root) })
struct FirewallSealTests {
    private let machine: Machine
    private let directory: TemporaryDirectory
    private let state: FirewallState
    private let seal: FirewallSeal

    init() throws {
        machine = try Machine()
        directory = try TemporaryDirectory()
        seal = FirewallSeal(FilePath(directory.path).appending("firewall"))
        state = try FirewallState(
            environment: "sealed",
            networks: [.init(bridge: InterfaceName("trb-sealed"), subnet: IPv4Network("10.201.0.0/24"))],
            ports: [published(.tcp, 8080, to: "10.201.0.2", 80)])
        try machine.inside { _ = try NFTables(seal: seal).apply(state) }
    }

    /// What is found without a program, which throws when one is needed.
    private func problemWithoutProgram(_ state: FirewallState) throws -> String? {
        try machine.inside { try NFTables(program: "/nonexistent/nft", seal: seal).problem(with: state) }
    }

    private func problem() throws -> String? {
        try machine.inside { try NFTables(seal: seal).problem(with: state) }
    }

    @Test func whatWasAppliedIsKnown() throws {
        #expect(try problemWithoutProgram(state) == nil)
        let other = try FirewallState(environment: "sealed", networks: state.networks)
        #expect(throws: NetworkError.self) { try problemWithoutProgram(other) }
    }

    @Test(arguments: ["nft add table inet foreign", "nft add rule inet trice-sealed forward accept"])
    func aChangeIsSeen(command: String) throws {
        #expect(try machine.shell("nft list table inet trice-sealed").output.contains("chain forward"))
        #expect(try machine.shell(command).isSuccess)
        #expect(throws: NetworkError.self) { try problemWithoutProgram(state) }
        let isForeign = command.hasSuffix("foreign")
        #expect(try problem() == (isForeign ? nil : "its rules were changed"))
        // What was found to be right is known from then on.
        if isForeign { #expect(try problemWithoutProgram(state) == nil) }
    }

    @Test func rulesThatAreGoneAreSeen() throws {
        #expect(try machine.shell("nft flush ruleset").isSuccess)
        #expect(try problem() == "its rules are gone")
        try machine.inside { _ = try NFTables(seal: seal).apply(state) }
        #expect(try problemWithoutProgram(state) == nil)
    }

    /// An engine that starts after `up`, or that makes its chains anew.
    @Test func aDockerThatComesLaterIsSeen() throws {
        #expect(try machine.shell("nft add table ip filter && nft add chain ip filter DOCKER-USER").isSuccess)
        #expect(try problem() == "it lacks rules in Docker's chain")
        try machine.inside { _ = try NFTables(seal: seal).apply(state) }
        #expect(try problem() == nil)
        #expect(try problemWithoutProgram(state) == nil)
        #expect(try machine.shell("nft flush chain ip filter DOCKER-USER").isSuccess)
        #expect(try problem() == "it lacks rules in Docker's chain")
    }

    /// The generations of another namespace are others.
    @Test func anotherNamespaceIsAsked() throws {
        let other = try Machine()
        try other.inside {
            _ = try NFTables().apply(state)
            #expect(throws: NetworkError.self) {
                try NFTables(program: "/nonexistent/nft", seal: seal).problem(with: state)
            }
        }
    }
}
