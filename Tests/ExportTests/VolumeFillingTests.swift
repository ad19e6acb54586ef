import Foundation
import TestSupport
import Testing

@testable import Export

/// The script that gives a new claim what the image has, run by the shell of this machine.
@Suite(.timeLimit(.minutes(1))) struct VolumeFillingTests {
    private let directory: TemporaryDirectory
    private var image: String { directory.path + "/it's an image" }
    private var volume: String { directory.path + "/volume" }

    init() throws {
        directory = try TemporaryDirectory()
        for path in [image + "/sub", volume + "/lost+found"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try write("one", image + "/a b")
        try write("two", image + "/.hidden")
        try write("three", image + "/sub/c")
        try FileManager.default.createSymbolicLink(atPath: image + "/link", withDestinationPath: "nowhere")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: image + "/sub")
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func fill(isRoot: Bool, _ shell: [String] = ["/bin/sh"]) throws {
        let script = VolumeFilling.script([(image, volume), (image, volume)], isRoot: isRoot)
        let output = try Command(shell[0], Array(shell.dropFirst()) + ["-ec", script]).run()
        #expect(output.succeeded, "\(output.description)")
    }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: volume).sorted() }

    @Test(arguments: [true, false]) func aNewVolumeGetsEverything(_ isRoot: Bool) throws {
        try fill(isRoot: isRoot)
        #expect(try names() == [".hidden", "a b", "link", "lost+found", "sub"])
        #expect(try String(contentsOfFile: volume + "/sub/c", encoding: .utf8) == "three")
        let mode = try FileManager.default.attributesOfItem(atPath: volume + "/sub")[.posixPermissions] as? Int
        #expect(mode == 0o700)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: volume + "/link") == "nowhere")
    }

    @Test(arguments: ["data", ".data", "..data"]) func aVolumeThatHasSomethingStays(_ name: String) throws {
        try write("mine", volume + "/" + name)
        try fill(isRoot: true)
        #expect(try names() == [name, "lost+found"].sorted())
    }

    @Test func aCopyThatWasBrokenOffIsDoneAgain() throws {
        try FileManager.default.createDirectory(atPath: volume + "/.trice-fill", withIntermediateDirectories: true)
        try write("on", volume + "/a b")
        try fill(isRoot: false)
        #expect(try String(contentsOfFile: volume + "/a b", encoding: .utf8) == "one")
        #expect(try names() == [".hidden", "a b", "link", "lost+found", "sub"])
    }

    @Test(.enabled("needs busybox") { try Requirement.met(.busybox) }, arguments: [true, false])
    func theShellOfBusyboxDoesTheSame(_ isRoot: Bool) throws {
        try fill(isRoot: isRoot, ["busybox", "sh"])
        #expect(try names() == [".hidden", "a b", "link", "lost+found", "sub"])
    }
}
