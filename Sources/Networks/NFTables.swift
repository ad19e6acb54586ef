internal import LinuxSystem
public import Netlink
internal import SystemPackage

/// The packet filter by way of nft(8), in the calling thread's network namespace.
///
/// Each environment has one table of its own, `inet trice-ID`, which one transaction replaces as a whole. The only
/// rules outside it are two per bridge in Docker's `DOCKER-USER`, whose forward policy would drop our packets.
public struct NFTables: Sendable {
    /// What one of our tables holds.
    public struct Entry: Hashable, Sendable {
        public var environment: String
        public var bridges: [InterfaceName]
        public var ports: [PublishedPort]
    }

    private static let dockerChain = NFTListing.Chain(family: "ip", table: "filter", name: "DOCKER-USER")

    private let program: String

    /// - Parameter program: a path or a name to look up; unset, `ProgramSearch` finds nft.
    public init(program: String? = nil) {
        self.program = program ?? ProgramSearch.ofProcess.find("nft")?.string ?? "nft"
    }
}

// MARK: - Operations

extension NFTables {
    /// Makes the rules of one environment what `state` says, in one transaction.
    ///
    /// - Returns: what other firewalls may still do to its packets.
    public func apply(_ state: FirewallState) throws(NetworkError) -> [FirewallWarning] {
        let action = "set the firewall rules of environment \(state.environment)"
        let wanted = state.networks.map(\.bridge)
        return try transaction(action) { () throws(NetworkError) in
            let chains = try list(["chains"], action).chains
            var lines = [Ruleset(state: state).text]
            if let docker = chains.first(where: isDocker) {
                let before = try bridges(of: state.environment, chains, action)
                lines += try dockerRemovals(Set(wanted + before), action)
                for bridge in wanted {
                    for key in ["iifname", "oifname"] {
                        lines.append("insert rule ip filter \(docker.name) \(key) \"\(bridge)\" counter accept")
                    }
                }
            }
            return (lines, FirewallWarning.warnings(chains: chains, bridges: wanted))
        }
    }

    /// Removes the rules of one environment; none at all is fine.
    ///
    /// - Parameter bridges: bridges that the environment may have had, for the case that somebody else removed its
    ///   table but not what is in Docker's.
    /// - Returns: whether there was anything.
    @discardableResult
    public func remove(_ environment: String, bridges: [InterfaceName] = []) throws(NetworkError) -> Bool {
        let environment = try FirewallState.checked(environment)
        let action = "remove the firewall rules of environment \(environment)"
        return try transaction(action) { () throws(NetworkError) in
            let chains = try list(["chains"], action).chains
            var lines: [String] = []
            if hasTable(environment, chains) {
                lines += ["delete table inet \(Ruleset.table(of: environment))"]
            }
            if chains.contains(where: isDocker) {
                let before = try self.bridges(of: environment, chains, action)
                lines += try dockerRemovals(Set(bridges + before), action)
            }
            return (lines, !lines.isEmpty)
        }
    }

    /// Every environment that has a table.
    public func list() throws(NetworkError) -> [Entry] {
        let action = "list the firewall rules"
        var entries: [Entry] = []
        for environment in try list(["tables"], action).environments.sorted() {
            // A table can go between the two calls.
            guard let listing = try listIfThere(["table", "inet", Ruleset.table(of: environment)], action) else {
                continue
            }
            entries.append(Entry(environment: environment, bridges: listing.bridges.sorted(), ports: listing.ports))
        }
        return entries
    }
}

// MARK: - Parts of a transaction

extension NFTables {
    /// Observes, then applies what was decided; once more when the rules changed in between.
    private func transaction<Outcome>(
        _ action: String, _ decide: () throws(NetworkError) -> (lines: [String], outcome: Outcome)
    ) throws(NetworkError) -> Outcome {
        for isLast in [false, true] {
            let (lines, outcome) = try decide()
            if lines.isEmpty { return outcome }
            let result = try run(["-f", "-"], action, input: lines.joined(separator: "\n") + "\n")
            if result.status == .exited(0) { return outcome }
            if isLast || !result.isMissingObject { throw result.failure(action) }
        }
        throw NetworkError(.rulesRefused, "cannot \(action): the rules keep changing")
    }

    private func isDocker(_ chain: NFTListing.Chain) -> Bool {
        chain == Self.dockerChain
    }

    private func hasTable(_ environment: String, _ chains: [NFTListing.Chain]) -> Bool {
        chains.contains { $0.family == "inet" && $0.table == Ruleset.table(of: environment) }
    }

    private func bridges(
        of environment: String, _ chains: [NFTListing.Chain], _ action: String
    ) throws(NetworkError) -> [InterfaceName] {
        guard hasTable(environment, chains) else { return [] }
        let set = ["set", "inet", Ruleset.table(of: environment), Ruleset.bridgeSet]
        return try listIfThere(set, action)?.bridges ?? []
    }

    private func dockerRemovals(
        _ bridges: Set<InterfaceName>, _ action: String
    ) throws(NetworkError) -> [String] {
        let chain = Self.dockerChain
        let handles = try listIfThere(["chain", chain.family, chain.table, chain.name], action)?
            .acceptHandles(for: Set(bridges.map(\.rawValue)))
        return (handles ?? []).map { "delete rule ip filter \(chain.name) handle \($0)" }
    }
}

// MARK: - The program

extension NFTables {
    private func list(_ what: [String], _ action: String) throws(NetworkError) -> NFTListing {
        let result = try run(["-j", "-a", "list"] + what, action)
        guard result.status == .exited(0) else { throw result.failure(action) }
        return try NFTListing(result.standardOutput)
    }

    private func listIfThere(_ what: [String], _ action: String) throws(NetworkError) -> NFTListing? {
        let result = try run(["-j", "-a", "list"] + what, action)
        if result.isMissingObject { return nil }
        guard result.status == .exited(0) else { throw result.failure(action) }
        return try NFTListing(result.standardOutput)
    }

    private func run(
        _ arguments: [String], _ action: String, input: String = ""
    ) throws(NetworkError) -> ProcessOutput {
        do throws(SystemError) {
            return try ProcessOutput.of(
                ChildProcess.Command(program, arguments, environment: ["LC_ALL=C"]), input: Array(input.utf8))
        } catch  where error.errno == .noSuchFileOrDirectory {
            throw NetworkError(
                .nftMissing, "cannot \(action): there is no program \(program). Install it: apt install nftables",
                cause: error)
        } catch {
            throw NetworkError(action, error)
        }
    }
}

extension ProcessOutput {
    fileprivate var isMissingObject: Bool {
        status != .exited(0) && message.contains("No such file or directory")
    }

    /// What the failure of nft means.
    fileprivate func failure(_ action: String) -> NetworkError {
        NFTables.failure(action, message: message)
    }
}

extension NFTables {
    /// Tells the kinds of failure apart by what nft says.
    static func failure(_ action: String, message: String) -> NetworkError {
        let lines = message.split(separator: "\n")
        let reason = lines.first { $0.contains("rror") } ?? lines.first ?? "nft gave no reason"
        if message.contains("Operation not permitted") || message.contains("Permission denied") {
            return NetworkError(.notPermitted, "cannot \(action): nft may not change the rules. Run as root")
        }
        // Our own objects are made in the same transaction: what is missing then is a type of chain or expression.
        let isMissingType =
            message.contains("Could not process rule: No such file or directory") && !message.contains("DOCKER-USER")
        if isMissingType || message.contains("not supported") || message.contains("cache initialization failed") {
            return NetworkError(
                .firewallUnsupported,
                "cannot \(action): the kernel lacks a part of nf_tables (\(reason)). "
                    + "Load its modules: modprobe -a nf_tables nft_chain_nat nft_fib_inet nft_masq")
        }
        return NetworkError(.rulesRefused, "cannot \(action): nft refused the rules: \(reason)")
    }
}
