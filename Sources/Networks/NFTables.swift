internal import LinuxSystem
package import Netlink
internal import SystemPackage

/// The packet filter by way of nft(8), in the calling thread's network namespace.
///
/// Each environment has one table of its own, `inet trice-ID`, which one transaction replaces as a whole. The only
/// rules outside it are two per bridge in Docker's `DOCKER-USER`, whose forward policy would drop our packets.
package struct NFTables: Sendable {
    /// What one of our tables holds.
    package struct Entry: Hashable, Sendable {
        package var environment: String
        package var bridges: [InterfaceName]
        package var ports: [PublishedPort]
    }

    /// What came of a change of the rules.
    package struct Change: Sendable {
        /// What other firewalls may still do to the environment's packets.
        package var warnings: [FirewallWarning] = []
        /// Whether the environment had rules before.
        package var hadRules: Bool
        /// Whether these may have led packets of UDP to containers.
        package var servedDatagrams: Bool
    }

    private static let dockerChain = FilterChain(family: "ip", table: "filter", name: "DOCKER-USER")

    private let program: String
    private let seal: FirewallSeal?
    private let chainsOfKernel: @Sendable () -> [FilterChain]?

    /// - Parameters:
    ///   - program: a path or a name to look up; unset, `ProgramSearch` finds nft.
    ///   - seal: where it is noted that the rules of one environment are what they should be.
    ///   - chains: the chains of all tables; where that is `nil`, nft is asked, which says what is wrong.
    package init(
        program: String? = nil, seal: FirewallSeal? = nil,
        chains: @escaping @Sendable () -> [FilterChain]? = { try? NetlinkSocket(.netfilter).filterChains() }
    ) {
        self.seal = seal
        chainsOfKernel = chains
        self.program = program ?? ProgramSearch.ofProcess.find("nft")?.string ?? "nft"
    }
}

// MARK: - Operations

extension NFTables {
    /// Makes the rules of one environment what `state` says, in one transaction.
    ///
    package func apply(_ state: FirewallState) throws(NetworkError) -> Change {
        let action = "set the firewall rules of environment \(state.environment)"
        let wanted = state.ownBridges
        let before = seal == nil ? nil : FirewallSeal.generation()
        let change = try transaction(action) { isRetry throws(NetworkError) in
            let chains = try chains(action)
            let hadRules = hasTable(state.environment, chains)
            // A table without chains is not among them.
            var lines = [Ruleset(state: state).script(isReplacing: hadRules || isRetry)]
            if let docker = chains.first(where: isDocker) {
                let before = try bridges(of: state.environment, chains, action)
                lines += try dockerRemovals(Set(wanted + before), action)
                for bridge in wanted {
                    for key in ["iifname", "oifname"] {
                        lines.append("insert rule ip filter \(docker.name) \(key) \"\(bridge)\" counter accept")
                    }
                }
            }
            let warnings = FirewallWarning.warnings(chains: chains, bridges: wanted)
            let served = isRetry || servedDatagrams(state.environment, chains)
            return (lines, Change(warnings: warnings, hadRules: hadRules || isRetry, servedDatagrams: served))
        }
        // With a change in between it is not known whose came last.
        if let seal, let before, let after = FirewallSeal.generation(), after == before &+ 1 {
            seal.set(state, at: after)
        }
        return change
    }

    /// Removes the rules of one environment; none at all is fine.
    ///
    /// - Parameter bridges: bridges that the environment may have had, for the case that somebody else removed its
    ///   table but not what is in Docker's.
    package func remove(_ environment: String, bridges: [InterfaceName] = []) throws(NetworkError) -> Change {
        let environment = try FirewallState.checked(environment, longest: 248)
        let action = "remove the firewall rules of environment \(environment)"
        return try transaction(action) { _ throws(NetworkError) in
            let chains = try chains(action)
            var lines: [String] = []
            if hasTable(environment, chains) {
                lines += ["delete table inet \(Ruleset.table(of: environment))"]
            }
            if chains.contains(where: isDocker) {
                let before = try self.bridges(of: environment, chains, action)
                lines += try dockerRemovals(Set(bridges + before), action)
            }
            let served = servedDatagrams(environment, chains)
            return (lines, Change(hadRules: !lines.isEmpty, servedDatagrams: served))
        }
    }

    /// What the rules of an environment lack, in words that follow `firewall`; `nil` when they are what `state` says.
    package func problem(with state: FirewallState) throws(NetworkError) -> String? {
        let before = seal == nil ? nil : FirewallSeal.generation()
        if let seal, let before, seal.holds(state, at: before) { return nil }
        let action = "look at the firewall rules of environment \(state.environment)"
        guard let listing = try listIfThere(["table", "inet", Ruleset.table(of: state.environment)], action) else {
            return state.networks.isEmpty ? nil : "its rules are gone"
        }
        let isSame =
            Set(listing.bridges) == Set(state.ownBridges) && Set(listing.ports) == Set(state.ports)
            && listing.ruleCount == Ruleset(state: state).ruleCount
        guard isSame else { return "its rules were changed" }
        if try !isLetThroughByDocker(listing.bridges, action) { return "it lacks rules in Docker's chain" }
        if let seal, let before, FirewallSeal.generation() == before { seal.set(state, at: before) }
        return nil
    }

    /// Whether the kernel tells of rules of the environment. No process is started.
    package func hasRules(of environment: String) -> Bool {
        hasTable(environment, chainsOfKernel() ?? [])
    }

    /// Every environment that has a table.
    package func list() throws(NetworkError) -> [Entry] {
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
        _ action: String, _ decide: (_ isRetry: Bool) throws(NetworkError) -> (lines: [String], outcome: Outcome)
    ) throws(NetworkError) -> Outcome {
        for isRetry in [false, true] {
            let (lines, outcome) = try decide(isRetry)
            if lines.isEmpty { return outcome }
            let result = try run(["-f", "-"], action, input: lines.joined(separator: "\n") + "\n")
            if result.status == .exited(0) { return outcome }
            if isRetry || !(result.isMissingObject || result.isExistingObject) { throw result.failure(action) }
        }
        throw NetworkError(.rulesRefused, "cannot \(action): the rules keep changing")
    }

    private func isDocker(_ chain: FilterChain) -> Bool {
        chain == Self.dockerChain
    }

    private func hasTable(_ environment: String, _ chains: [FilterChain]) -> Bool {
        chains.contains { $0.family == "inet" && $0.table == Ruleset.table(of: environment) }
    }

    private func servedDatagrams(_ environment: String, _ chains: [FilterChain]) -> Bool {
        let own = chains.filter { $0.family == "inet" && $0.table == Ruleset.table(of: environment) }
        return Ruleset.servesDatagrams(chains: Set(own.map(\.name)))
    }

    private func bridges(
        of environment: String, _ chains: [FilterChain], _ action: String
    ) throws(NetworkError) -> [InterfaceName] {
        guard hasTable(environment, chains) else { return [] }
        let set = ["set", "inet", Ruleset.table(of: environment), Ruleset.bridgeSet]
        return try listIfThere(set, action)?.bridges ?? []
    }

    /// Whether Docker's chain, where there is one, accepts the packets of the bridges in both directions.
    private func isLetThroughByDocker(_ bridges: [InterfaceName], _ action: String) throws(NetworkError) -> Bool {
        let chain = Self.dockerChain
        guard let listing = try listIfThere(["chain", chain.family, chain.table, chain.name], action) else {
            return true
        }
        return listing.acceptHandles(for: Set(bridges.map(\.rawValue))).count >= 2 * bridges.count
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
    private func chains(_ action: String) throws(NetworkError) -> [FilterChain] {
        if let chains = chainsOfKernel() { return chains }
        return try list(["chains"], action).chains
    }

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

    fileprivate var isExistingObject: Bool {
        status != .exited(0) && message.contains("File exists")
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
