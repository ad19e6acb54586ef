import Glibc
import LinuxSystem
import Snapshots
import SystemPackage
import TestSupport
import Testing

/// Volumes that lie upon layers, in a mount namespace of the test's own.
@Suite(.timeLimit(.minutes(1)), .enabled("needs root") { try Requirement.met(.root) })
struct LayeredVolumeTests {
    private struct Scene {
        let temporary: TemporaryDirectory
        let volume: FilePath
        let layers: FilePath

        init() throws {
            temporary = try TemporaryDirectory(mode: 0o755)
            volume = FilePath(temporary.path).appending("volumes/data")
            layers = FilePath(temporary.path).appending("layers")
            try Files.createDirectory(layers)
            try Files.createDirectory(volume)
            try Files.changeOwner(volume, user: 70, group: 71)
            chmod(volume.string, 0o1750)
            try Files.write("one".utf8, to: volume.appending("file"))
            let place = volume
            temporary.onCleanUp { try LayeredVolume.unmount(place) }
        }

        func text(_ name: String) throws -> String? { try Files.text(volume.appending(name)) }
    }

    @Test func aPlainDirectoryBecomesALayer() throws {
        let scene = try Scene()
        #expect(try LayeredVolume(at: scene.volume) == nil)
        try LayeredVolume.freeze(plain: scene.volume, as: "local-1", in: scene.layers)
        #expect(try Files.names(in: scene.volume).isEmpty)
        #expect(try Files.text(scene.layers.appending("local-1/file")) == "one")
        let volume = try #require(try LayeredVolume(at: scene.volume))
        #expect(try volume.mount(layersIn: scene.layers))
        #expect(try !volume.mount(layersIn: scene.layers))
        #expect(try scene.text("file") == "one")
        let status = try #require(try Files.status(scene.volume))
        #expect(status.owner == 70 && status.group == 71 && status.mode == 0o1750)
        try Files.write("two".utf8, to: scene.volume.appending("file"))
        #expect(try Files.text(scene.layers.appending("local-1/file")) == "one")
    }

    @Test func whatWasWrittenBecomesOneMoreLayer() throws {
        let scene = try Scene()
        try LayeredVolume.freeze(plain: scene.volume, as: "local-1", in: scene.layers)
        var volume = try #require(try LayeredVolume(at: scene.volume))
        #expect(try !volume.freezeUpper(as: "local-2", in: scene.layers))
        try volume.mount(layersIn: scene.layers)
        try Files.write("two".utf8, to: scene.volume.appending("more"))
        try Files.remove(scene.volume.appending("file"))
        try LayeredVolume.unmount(scene.volume)
        #expect(try volume.freezeUpper(as: "local-2", in: scene.layers))
        #expect(try LayeredVolume(at: scene.volume)?.layers == ["local-2", "local-1"])
        try volume.mount(layersIn: scene.layers)
        #expect(try Files.names(in: scene.volume) == ["more"])
        try LayeredVolume.remove(at: scene.volume)
        #expect(try LayeredVolume(at: scene.volume) == nil)
        #expect(Files.exists(scene.layers.appending("local-2")))
    }

    /// The command was killed after it had named the layer.
    @Test(arguments: [false, true]) func aNamedLayerIsMadeByTheNextMount(hasLayerBelow: Bool) throws {
        let scene = try Scene()
        let side = LayeredVolume.side(of: scene.volume)
        if hasLayerBelow {
            try LayeredVolume.freeze(plain: scene.volume, as: "local-1", in: scene.layers)
            try Files.write("two".utf8, to: side.appending("upper/file"))
            try Files.write("local-2\nlocal-1".utf8, to: side.appending("lowers"))
            try Files.write("upper".utf8, to: side.appending("pending"))
        } else {
            try LayeredVolume.prepare(side, layers: ["local-2"], like: scene.volume)
            try Files.write("plain".utf8, to: side.appending("pending"))
        }
        let volume = try #require(try LayeredVolume(at: scene.volume))
        try volume.mount(layersIn: scene.layers)
        #expect(try scene.text("file") == (hasLayerBelow ? "two" : "one"))
        #expect(Files.exists(scene.layers.appending("local-2/file")))
        #expect(try Files.names(in: side.appending("upper")).isEmpty)
        #expect(!Files.exists(side.appending("pending")))
    }

    /// A layer that is gone must not become an empty one.
    @Test func aLostLayerIsAnError() throws {
        let scene = try Scene()
        try LayeredVolume.freeze(plain: scene.volume, as: "local-1", in: scene.layers)
        try Files.removeTree(scene.layers.appending("local-1"))
        let volume = try #require(try LayeredVolume(at: scene.volume))
        #expect(throws: SystemError.self) { try volume.mount(layersIn: scene.layers) }
        #expect(!Files.exists(scene.layers.appending("local-1")))
    }
}
