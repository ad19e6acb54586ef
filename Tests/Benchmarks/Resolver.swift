import Foundation
import Glibc
import TestSupport

/// Look-ups in a container, at Trice's resolver and at dnsmasq in the same namespace; where no dnsmasq is installed and
/// `TRICE_BENCH_DNSMASQ` names none, an echo of messages stands in its place, which is less than any resolver does.
final class Resolver {
    private let process: Int32
    private let peer: RunningCommand
    let isRealPeer: Bool

    private static let peerPort = "5353"

    init(fixture: Fixture, process: Int32) throws {
        self.process = process
        let named = ProcessInfo.processInfo.environment["TRICE_BENCH_DNSMASQ"]
        let dnsmasq = named ?? Requirement.find("dnsmasq")
        isRealPeer = dnsmasq != nil
        if let dnsmasq {
            peer = try Command(
                "nsenter",
                [
                    "--net=/proc/\(process)/ns/net", dnsmasq, "--keep-in-foreground", "--no-resolv", "--no-hosts",
                    "--conf-file=/dev/null", "--port=\(Self.peerPort)", "--listen-address=127.0.0.12",
                    "--bind-interfaces", "--pid-file=", "--user=root", "--address=/web/10.0.0.2",
                ]
            ).start()
        } else {
            peer = try Peer.command("serve", Self.peerPort, "0", inNamespaceOf: process).start()
        }
        let running = peer
        fixture.onCleanUp { running.send(SIGKILL) }
        guard eventually({ (try? askPeer("web", count: 1)) != nil }) else {
            throw TestError("the other resolver does not answer.")
        }
    }

    var peerName: String { isRealPeer ? "dnsmasq" : "a bare echo" }
    var remark: String {
        isRealPeer
            ? "Look-ups: dnsmasq in the same namespace." : "Look-ups: there is no dnsmasq, so a bare echo is beside."
    }

    func askPeer(_ name: String, count: Int = Networking.lookUpCount) throws -> Duration {
        try ask("127.0.0.12", UInt16(Self.peerPort) ?? 0, name, count: count)
    }

    func ask(_ address: String, _ port: UInt16, _ name: String, count: Int = Networking.lookUpCount) throws -> Duration
    {
        let output = try Peer.command("look-up", address, "\(port)", name, "\(count)", inNamespaceOf: process).run()
        guard output.succeeded,
            let nanoseconds = Int64(output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw TestError(output.description) }
        return .nanoseconds(nanoseconds)
    }
}
