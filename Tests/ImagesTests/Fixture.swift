import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// A temporary directory with the calls that tests of images need.
final class Fixture {
    private let temporary: TemporaryDirectory
    let directory: FilePath

    init() throws {
        temporary = try TemporaryDirectory()
        directory = FilePath(temporary.path)
    }

    func store(_ limits: ExtractionLimits = ExtractionLimits()) throws -> ImageStore {
        try ImageStore(directory.appending("state"), limits: limits)
    }

    func reference(_ text: String) throws -> ImageReference {
        try ImageReference(text, relativeTo: directory.string)
    }

    /// Runs a program in the directory; its output is returned, and its failure is the test's.
    @discardableResult
    func run(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let output = try ProcessOutput.of(
            ChildProcess.Command(program, arguments, workingDirectory: directory), input: Array(input.utf8))
        guard output.status.isSuccess else { throw Failure(text: "\(program): \(output.message)") }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    struct Failure: Error {
        var text: String
    }

    /// Writes an archive with Python's tarfile: `body` adds entries to `t` by `add(name, **fields)`.
    func archive(_ name: String, _ mode: String = "w", _ body: String) throws {
        let prelude = """
            import io, sys, tarfile
            t = tarfile.open(sys.argv[1], sys.argv[2], format=tarfile.PAX_FORMAT)
            def add(name, data=b"", type=tarfile.REGTYPE, **fields):
                i = tarfile.TarInfo(name)
                i.type = type
                i.size = len(data)
                for key, value in fields.items(): setattr(i, key, value)
                t.addfile(i, io.BytesIO(data))
            DIR, SYM, LNK, CHR, FIFO = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE

            """
        try run("python3", ["-", name, mode], input: prelude + body + "\nt.close()\n")
    }

    func ensureRootfs(_ name: String, _ limits: ExtractionLimits = ExtractionLimits()) throws -> FilePath {
        let image = try store(limits).ensure(reference("rootfs:\(name)"))
        return try #require(image.layerDirectories.first)
    }

    /// What is left in both ingest directories, the gates aside.
    func leftovers() throws -> [String] {
        try ["content", "layers"].flatMap {
            try Files.names(in: directory.appending("state").appending($0).appending("ingest"))
        }.filter { $0 != "gate" }
    }

    func write(_ name: String, _ text: String) throws {
        try Files.write(text.utf8, to: directory.appending(name))
    }

    func read(_ path: FilePath) throws -> String {
        try #require(try Files.text(path))
    }
}

/// The error that `body` throws, or a failed expectation.
func imageError(_ body: () throws -> Void) throws -> ImageError {
    do {
        try body()
    } catch let error as ImageError {
        return error
    }
    throw Fixture.Failure(text: "no ImageError was thrown")
}
