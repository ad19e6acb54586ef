import Images
import LinuxSystem
import OCI
import SystemPackage
import Testing

/// Layers that have a name before they are on the disk.
@Suite(.timeLimit(.minutes(2))) struct UnsyncedTests {
    private func records(_ fixture: Fixture) throws -> [FilePath] {
        let directory = fixture.directory.appending("state/layers/unsettled")
        return try Files.names(in: directory).filter { $0 != "lock" }.map { directory.appending($0) }
    }

    @Test func aRestartTakesUnsyncedLayersAwayAndTheirBlobsBringThemBack() throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        try fixture.archive("a.tar.gz", "w:gz", "add('f', b'one')")
        let reference = try fixture.reference("rootfs:a.tar.gz")
        let image = try store.ensure(reference)
        let layer = try #require(image.layerDirectories.first)
        let record = try #require(try records(fixture).first)
        #expect(try fixture.store().lookup(reference) == image, "in the same boot the layer is whole")

        // What a power cut leaves: the record of another boot, and a file without its bytes.
        let lines = try fixture.read(record).split(separator: "\n")
        #expect(lines.count == 2 && layer.lastComponent?.string == String(lines[1]))
        try Files.write("an-earlier-boot\n\(lines[1])".utf8, to: record)
        try fixture.run("truncate", ["-s", "0", layer.appending("f").string])
        #expect(try fixture.store().lookup(reference) == nil)
        #expect(!Files.exists(layer))
        #expect(try records(fixture) == [] && fixture.leftovers() == [])
        #expect(try fixture.store().ensure(reference) == image)
        #expect(try fixture.read(layer.appending("f")) == "one")
    }

    @Test func settledLayersStay() throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        for name in ["a", "b"] {
            try fixture.archive("\(name).tar", "w", "add('f', b'\(name)')")
            _ = try store.ensure(fixture.reference("rootfs:\(name).tar"))
        }
        #expect(try records(fixture).count == 2)
        try store.layers.sync()
        #expect(try records(fixture) == [])
        try store.layers.sync()
        #expect(try fixture.store().list().count == 2)
    }

    @Test func aRecordThatWasNeverFinishedMeansNothing() throws {
        let fixture = try Fixture()
        try fixture.archive("a.tar", "w", "add('f', b'one')")
        let image = try fixture.store().ensure(fixture.reference("rootfs:a.tar"))
        try fixture.write("state/layers/unsettled/1-1", "")
        #expect(try fixture.store().lookup(fixture.reference("rootfs:a.tar")) == image)
    }
}
