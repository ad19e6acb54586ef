import FoundationEssentials
import Glibc
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

/// Real containers from a busybox root, with a runtime root, cgroup and directory of the test's own.
final class ContainerFixture {
    private let directory: TemporaryDirectory
    let path: FilePath
    let host: HostFacts
    let runtime: any OCIRuntime
    let network: OwnedDescriptor
    private let name: String
    private var mounted: [FilePath] = []

    init(_ program: String, cgroups: CgroupManager? = nil) throws {
        directory = try TemporaryDirectory()
        path = FilePath(directory.path)
        host = try HostFacts.observe()
        name = directory.id
        let facts = try RuntimeFacts.observe(
            program, in: ProgramSearch(only: "/usr/bin:/usr/sbin"), cache: path.appending("cache"))
        let root = path.appending("runtime")
        if let cgroups {
            runtime = Crun(root: root, cgroups: cgroups)
        } else {
            runtime = try #require(facts).runtime(root: root, on: host)
        }
        network = try NetworkNamespace.create()
        try makeLayer()
    }

    var cgroup: String { "/\(name)" }

    /// The exit record's program, built beside the tests.
    static var initProgram: FilePath {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            for place in [FilePath(tests), FilePath(CommandLine.arguments[0])] {
                let program = place.removingLastComponent().appending("trice-init")
                if Files.exists(program) { return program }
            }
            // swift-testing may run the tests from the toolchain's helper: then the bundle is among the arguments.
            let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ""
            let program = FilePath(bundle).removingLastComponent().appending("trice-init")
            try #require(Files.exists(program), "trice-init is not built beside \(tests)")
            return program
        }
    }

    private func makeLayer() throws {
        let layer = path.appending("layer")
        for name in ["bin", "etc", "proc", "dev", "sys", "tmp", "root"] {
            try Files.createDirectory(layer.appending(name))
        }
        try Files.write(Files.read("/bin/busybox"), to: layer.appending("bin/busybox"), mode: 0o755)
        let list = try ProcessOutput.of(.init("/bin/busybox", ["--list"]))
        for applet in String(decoding: list.standardOutput, as: UTF8.self).split(separator: "\n")
        where applet != "busybox" {
            try Files.createSymbolicLink(layer.appending("bin").appending(String(applet)), to: "busybox")
        }
        try Files.write(
            "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n".utf8, to: layer.appending("etc/passwd"))
        try Files.write("root:x:0:\napp:x:1000:\nextra:x:55:app\n".utf8, to: layer.appending("etc/group"))
    }

    /// A container `id` that runs `arguments` on an overlay of its own.
    func configuration(_ id: String, _ arguments: [String]) throws -> ContainerConfiguration {
        // /tmp may itself be an overlay, which cannot be an upper: take a tmpfs.
        let space = FilePath("/dev/shm/\(name)-\(id)")
        let root = RootFilesystem(
            lowers: [path.appending("layer")], upper: space.appending("upper"), work: space.appending("work"),
            target: path.appending("rootfs-\(id)"))
        mounted.append(root.target)
        try root.mount()
        var made = ContainerConfiguration(
            arguments: arguments,
            environment: ContainerEnvironment.assemble(
                image: [], service: ["GREETING=hello world"], home: "/root", hostname: id, hasTerminal: false),
            hostname: id, rootfs: root.target)
        made.namespaces.network = .path(FilePath("/proc/\(getpid())/fd/\(network.rawValue)"))
        made.cgroupPath = "\(cgroup)/\(id)"
        made.seccomp = try seccomp(made.capabilities)
        return made
    }

    /// Compiled for crun, as a profile for the others.
    func seccomp(_ capabilities: CapabilitySet) throws -> ContainerConfiguration.Seccomp {
        let profile = SeccompProfile.standard(
            capabilities: capabilities, architecture: try #require(SeccompArchitecture.native))
        if runtime is Crun {
            return .compiled(try SeccompCache(directory: path.appending("seccomp")).compiled(profile))
        }
        return .profile(profile)
    }

    /// Starts the container and returns its first process; its outputs go to `output`, an exit record to `record`.
    func start(_ id: String, _ configuration: ContainerConfiguration) throws -> ProcessDescriptor {
        let bundle = Bundle(path.appending("bundle-\(id)"))
        try bundle.write(configuration.specification(on: host))
        let output = try OwnedDescriptor.open(outputFile(id), O_WRONLY | O_CREAT | O_APPEND, mode: 0o666)
        let record = try OwnedDescriptor.open(recordFile(id), O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let pidFile = path.appending("pid-\(id)")
        var command = runtime.runCommand(id, bundle: bundle.directory, pidFile: pidFile, preservedDescriptors: 1)
        command.descriptors = [1: output.rawValue, 2: output.rawValue, 3: record.rawValue]
        let status = try ChildProcess.start(command).wait()
        let said = try self.output(id)
        try #require(status.isSuccess, "\(command.program): \(said)")
        let pid = try #require(Int32(try Files.text(pidFile) ?? ""))
        return try ProcessDescriptor(pid: pid)
    }

    /// Runs the container to its end and returns what it wrote.
    func run(_ id: String, _ configuration: ContainerConfiguration) throws -> String {
        let bundle = Bundle(path.appending("bundle-\(id)"))
        try bundle.write(configuration.specification(on: host))
        let arguments = runtime.globalArguments + ["run", "--bundle", bundle.directory.string, id]
        let output = try ProcessOutput.of(.init(runtime.program, arguments))
        return String(decoding: output.standardOutput, as: UTF8.self) + output.message
    }

    func exec(_ id: String, _ request: ExecRequest) throws -> ProcessOutput {
        let specification = try #require(try Bundle(path.appending("bundle-\(id)")).read())
        let record = try EntryRecord(specification, id: id, runtime: runtime)
        let document = try record.document(for: request)
        var command = record.command(document: document)
        // Otherwise the errors go to those of this process.
        command.descriptors[2] = nil
        return try ProcessOutput.of(command)
    }

    func outputFile(_ id: String) -> FilePath { path.appending("output-\(id)") }
    func recordFile(_ id: String) -> FilePath { path.appending("record-\(id)") }

    func output(_ id: String) throws -> String { try Files.text(outputFile(id)) ?? "" }

    /// Waits until the container has written `text`.
    func waitForOutput(_ id: String, _ text: String) throws {
        if try eventually({ try output(id).contains(text) }) { return }
        Issue.record("'\(text)' never came; there was: \(try output(id))")
    }

    /// Takes everything away and tells what could not be.
    func cleanUp() {
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { Issue.record("clean-up: \(error)") }
        }
        attempt { for id in try runtime.containers() { attempt { try runtime.delete(id, force: true) } } }
        for target in mounted { attempt { try RootFilesystem.unmount(target) } }
        attempt {
            let left = try Mounts.list(below: path)
            #expect(left == [])
        }
        for entry in (try? Files.names(in: "/dev/shm")) ?? [] where entry.hasPrefix(name) {
            attempt { try Files.removeTree(FilePath("/dev/shm/\(entry)")) }
        }
        for controller in (try? Files.names(in: "/sys/fs/cgroup")) ?? [] {
            rmdir("/sys/fs/cgroup/\(controller)\(cgroup)")
        }
    }
}
