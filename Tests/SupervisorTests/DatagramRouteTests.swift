import Testing

@testable import Supervisor

/// Where datagrams go when servers come, go and come again.
@Suite(.timeLimit(.minutes(1))) struct DatagramRouteTests {
    @Test func aRefusedDatagramGoesToTheNextAddress() {
        var route = DatagramRoute(addressCount: 3)
        #expect(route.received([1]) == .send([1], to: 0))
        #expect(route.refused() == .send([1], to: 1))
        route.answered()
        #expect(route.received([2]) == .send([2], to: 1))
    }

    @Test func afterARefusalOfAllTheNextDatagramBeginsAtTheFirst() {
        var route = DatagramRoute(addressCount: 3)
        for byte: UInt8 in 1...5 {
            #expect(route.received([byte]) == .send([byte], to: 0))
            #expect(route.refused() == .send([byte], to: 1))
            #expect(route.refused() == .send([byte], to: 2))
            #expect(route.refused() == .rest)
        }
    }

    @Test func aServerThatRestartsElsewhereIsFound() {
        var route = DatagramRoute(addressCount: 3)
        _ = route.received([1])
        _ = route.refused()
        route.answered()
        // It has ended; the next one listens at the first address only.
        #expect(route.received([2]) == .send([2], to: 1))
        #expect(route.refused() == .send([2], to: 2))
        #expect(route.refused() == .send([2], to: 0))
        #expect(route.refused() == .rest)
        #expect(route.received([3]) == .send([3], to: 0))
    }

    @Test func onlyOneAddressIsAskedAgain() {
        var route = DatagramRoute(addressCount: 1)
        #expect(route.received([1]) == .send([1], to: 0))
        #expect(route.refused() == .rest)
        #expect(route.received([2]) == .send([2], to: 0))
    }

    @Test func aLargeDatagramIsNotKept() {
        var route = DatagramRoute(addressCount: 2)
        let large = [UInt8](repeating: 0, count: DatagramRoute.keptSize + 1)
        #expect(route.received(large) == .send(large, to: 0))
        #expect(route.refused() == .rest)
        #expect(route.received([1]) == .send([1], to: 1))
    }

    @Test func anAnswerIsTheEndOfTheDatagram() {
        var route = DatagramRoute(addressCount: 2)
        _ = route.received([1])
        route.answered()
        #expect(route.refused() == .rest)
    }
}
