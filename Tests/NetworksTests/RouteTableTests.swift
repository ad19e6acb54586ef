import Testing
import Vocabulary

@testable import Networks

@Suite(.timeLimit(.minutes(1))) struct RouteTableTests {
    /// As the kernel prints it on a machine whose first byte is the lowest.
    @Test(.enabled(if: 1.littleEndian == 1)) func linesOfTheKernelAreNetworks() throws {
        let text = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t0000C90A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
            tun0\t0106000A\t00000000\t0005\t0\t0\t50\tFFFFFFFF\t0\t0\t0
            *\t0000A8C0\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0

            """
        let expected = ["0.0.0.0/0", "10.201.0.0/16", "10.0.6.1/32", "192.168.0.0/16"].map { try? IPv4Network($0) }
        #expect(RouteEntry.parse(text).map(\.network) == expected.compactMap(\.self))
    }

    @Test(arguments: [
        "", "\n", "eth0", "eth0 zz zz 0 0 0 0 zz", "eth0 0000C90A 0 1 0 0 0 00FF00FF", "eth0 C90A 0 1 0 0 0 FFFF",
        "eth0 +000C90A 0 1 0 0 0 0000FFFF",
    ]) func otherLinesAreNone(_ line: String) { #expect(RouteEntry.parse(line).isEmpty) }
}
