import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct KeptIdentityTests {
    @Test(arguments: [(1, 65536), (1000, 65536), (65535, 65536), (33, 34)] as [(UInt32, UInt32)])
    func twoNumbersExchangeTheirPlacesAndAllOthersStay(_ id: UInt32, _ count: UInt32) {
        let maps = KeptIdentity.mappings(id, count: count)
        #expect(maps.allSatisfy { $0.size > 0 })
        #expect(maps.reduce(0) { $0 + $1.size } == count)
        func outside(_ inside: UInt32) -> UInt32? {
            maps.first { inside >= $0.containerID && inside - $0.containerID < $0.size }
                .map { $0.hostID + inside - $0.containerID }
        }
        let identity = KeptIdentity(user: id, group: 0)
        for inside in [0, 1, 2, id - 1, id, id + 1, count - 1] where inside < count {
            #expect(outside(inside) == identity.exchanged(user: inside), "\(inside)")
            #expect(identity.exchanged(user: identity.exchanged(user: inside)) == inside)
            #expect(identity.exchanged(group: inside) == inside)
        }
    }

    /// The kernel refuses a range that spans two of the namespace outside.
    @Test func zeroIsItselfInARangeOfItsOwn() {
        let maps = KeptIdentity.mappings(0, count: 10)
        #expect(
            maps == [
                RuntimeSpecification.IDMapping(containerID: 0, hostID: 0, size: 1),
                RuntimeSpecification.IDMapping(containerID: 1, hostID: 1, size: 9),
            ])
    }

    @Test(.enabled("needs root") { try Requirement.met(.root) }) func aCopyOfALayerDiffersInItsOwners() throws {
        let fixture = try Fixture()
        try fixture.run(
            "sh",
            [
                "-c",
                """
                mkdir -p r/home r/deep/er && echo root >r/root && cp /bin/true r/become && ln r/become r/again && ln -s root r/link
                echo own >r/home/own && chown -R 1000:1001 r/home && chown 7:1001 r/deep && mkfifo r/pipe && chown 1000 r/pipe
                chown -h 1000:1001 r/link && chmod 4755 r/become && chmod 1777 r/deep/er && touch -d '2001-02-03' r/root r/home
                """,
            ])
        let store = try fixture.store()
        let image = try store.ensure(fixture.reference("rootfs:r"))
        let layer = try #require(image.layerDirectories.first)
        let copies = ExchangedLayers(of: store.layers.directory, for: KeptIdentity(user: 1000, group: 1001))
        var begun = 0
        let copy = try #require(try copies.copies(of: [layer]) { begun += 1 }.first)
        func exchanged(_ line: String) -> String {
            line.split(separator: " ", omittingEmptySubsequences: false).map { word in
                let ids = word.split(separator: ":")
                guard ids.count == 2, let user = Int(ids[0]), let group = Int(ids[1]) else { return String(word) }
                return "\(user == 0 ? 1000 : user == 1000 ? 0 : user):\(group == 0 ? 1001 : group == 1001 ? 0 : group)"
            }.joined(separator: " ")
        }
        let expected = try fixture.picture(of: layer).map(exchanged)
        #expect(try fixture.picture(of: copy) == expected)
        #expect(expected.contains { $0.contains("0:0 ") && $0.contains("home/own") })
        #expect(expected.contains { $0.contains("1000:1001 ") && $0.contains("'become'") && $0.contains("0o104755") })
        let status = try Files.status(copy)
        #expect(try copies.copies(of: [layer]) { begun += 1 } == [copy])
        #expect(try Files.status(copy) == status)
        #expect(begun == 1)
        // It goes with its layer.
        try store.content.removeReference("rootfs:\(fixture.directory)/r")
        try store.collect { .init() }
        #expect(!Files.exists(layer))
        #expect(!Files.exists(copy))
    }
}
