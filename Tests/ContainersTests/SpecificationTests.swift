import FoundationEssentials
import Glibc
import OCI
import SystemPackage
import TestSupport
import Testing

@testable import Containers

/// Where the runtime-spec's own schemas are; `nil` skips.
private let schemas: String? = {
    let corpus = getenv("TRICE_CORPUS").map { String(cString: $0) } ?? "../shared/corpus"
    let folder = corpus + "/schema/runtime-spec"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
}()

@Suite("From configuration to runtime-spec", .timeLimit(.minutes(2)))
struct SpecificationTests {
    private let host = HostFacts(
        cgroups: .v2, kernelRelease: "6.1", hardLimits: ["RLIMIT_NOFILE": 20000], capabilities: .all, hasSeccomp: true)

    private var configuration: ContainerConfiguration {
        ContainerConfiguration(arguments: ["sh"], environment: ["A=b"], hostname: "web", rootfs: "/r")
    }

    @Test("Docker's 14 capabilities are the standard set")
    func capabilities() throws {
        #expect(
            CapabilitySet.standard.names == [
                "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
                "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE",
                "CAP_SETFCAP",
            ])
        let standard = CapabilitySet.standard
        #expect(try standard.changed(add: ["net_admin"], drop: ["CAP_MKNOD"]).names.contains("CAP_NET_ADMIN"))
        #expect(try standard.changed(add: ["KILL"], drop: ["ALL"]).names == ["CAP_KILL"])
        #expect(try standard.changed(add: ["ALL"], drop: ["KILL"]).names.count == CapabilitySet.all.names.count - 1)
        let error = #expect(throws: ContainersError.self) { try standard.changed(add: [], drop: ["NET_ADMINN"]) }
        #expect(error?.message.contains("NET_ADMINN") == true)
    }

    @Test("the standard container")
    func standard() throws {
        let made = try configuration.specification(on: host)
        #expect(made.linux?.namespaces?.map(\.type) == [.mount, .pid, .network, .ipc, .uts, .cgroup])
        #expect(
            made.mounts?.map(\.destination) == [
                "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/shm", "/dev/mqueue",
            ])
        #expect(made.mounts?.first { $0.destination == "/dev/shm" }?.options?.contains("size=67108864") == true)
        #expect(made.process?.noNewPrivileges == false && made.process?.terminal == false)
        #expect(made.process?.capabilities?.bounding == CapabilitySet.standard.names)
        #expect(made.process?.capabilities?.inheritable == [] && made.process?.capabilities?.ambient == [])
        #expect(made.linux?.maskedPaths?.contains("/proc/kcore") == true)
        #expect(made.linux?.resources?.devices == [.init(allow: false, access: "rwm")])
    }

    @Test("no mount hides one below it")
    func mountOrder() throws {
        func targets(_ mounts: String...) throws -> [String] {
            var configuration = configuration
            configuration.files = .init(hosts: "/f/hosts")
            configuration.mounts = mounts.map {
                ContainerMount(.bind(source: "/s", isRecursive: false), target: $0)
            }
            let all = try configuration.specification(on: host).mounts?.map(\.destination) ?? []
            return all.filter { mounts.contains($0) || ["/etc/hosts", "/dev/shm", "/proc"].contains($0) }
        }
        #expect(
            try targets("/app/node_modules", "/b", "/app", "/a/b/c/", "/app//src") == [
                "/proc", "/dev/shm", "/b", "/app", "/etc/hosts", "/app/node_modules", "/app//src", "/a/b/c/",
            ])
        #expect(try targets("/etc") == ["/proc", "/dev/shm", "/etc", "/etc/hosts"])
        #expect(try targets("/dev/") == ["/proc", "/dev/", "/dev/shm", "/etc/hosts"])
        #expect(try targets("/dev/shm/", "/proc") == ["/proc", "/etc/hosts", "/dev/shm/"])
    }

    @Test("namespaces of others")
    func namespaces() throws {
        var configuration = configuration
        configuration.namespaces = .init(network: .path("/run/netns/a"), pid: .host, ipc: .host, uts: .host)
        let made = try configuration.specification(on: host)
        #expect(
            made.linux?.namespaces == [.init(.mount), .init(.network, path: "/run/netns/a"), .init(.cgroup)])
        // The runtime would set the host's own name.
        #expect(made.hostname == nil)
        #expect(made.mounts?.first { $0.destination == "/dev/shm" }?.source == "/dev/shm")
    }

    @Test("mounts that were asked for, name files and the init program")
    func mounts() throws {
        var configuration = configuration
        configuration.files = .init(hosts: "/f/hosts", resolvConf: "/f/resolv")
        configuration.mounts = [
            .init(.bind(source: "/src", isRecursive: true), target: "/app", isReadOnly: true, options: ["rslave"]),
            .init(.tmpfs(size: 4096, mode: 0o1777), target: "/dev/shm"),
            .init(.bind(source: "/own", isRecursive: false), target: "/etc/hosts"),
        ]
        configuration.initProgram = .init(path: "/lib/trice-init", recordDescriptor: 3)
        let made = try configuration.specification(on: host)
        let mounts = try #require(made.mounts)
        #expect(
            mounts.filter { $0.destination == "/dev/shm" }.map(\.options) == [
                ["nosuid", "nodev", "rw", "noexec", "size=4096", "mode=1777"]
            ])
        #expect(mounts.filter { $0.destination == "/etc/hosts" }.map(\.source) == ["/own"])
        #expect(mounts.contains { $0.destination == "/etc/resolv.conf" && $0.source == "/f/resolv" })
        #expect(mounts.first { $0.destination == "/app" }?.options == ["rbind", "ro", "rslave"])
        #expect(mounts.last?.destination == "/dev/trice-init")
        #expect(made.process?.args == ["/dev/trice-init", "-x", "3", "--", "sh"])
    }

    @Test("a privileged container has nothing masked and no filter, and no more than the host can give")
    func privileged() throws {
        var configuration = configuration
        configuration.isPrivileged = true
        configuration.capabilities = .all
        configuration.seccomp = .compiled("AAAA")
        var host = host
        host.capabilities = try CapabilitySet.all.changed(add: [], drop: ["SYS_RESOURCE"])
        let made = try configuration.specification(on: host)
        #expect(made.linux?.maskedPaths == [] && made.linux?.seccomp == nil)
        #expect(made.annotations?["run.oci.seccomp_bpf_data"] == nil)
        #expect(made.process?.capabilities?.bounding?.contains("CAP_SYS_RESOURCE") == false)
        #expect(made.process?.capabilities?.bounding?.contains("CAP_SYS_ADMIN") == true)
    }

    @Test("what is made is what the specification's schema wants", .enabled(if: schemas != nil, "no corpus"))
    func schema() throws {
        let validator = try SchemaValidator(folder: #require(schemas))
        var configuration = configuration
        for _ in 0..<2 {
            let made = try JSONEncoder().encode(configuration.specification(on: host))
            #expect(try validator.problems(of: JSONValue(text: made), under: "config-schema.json") == [])
            configuration.terminal = .allocated(height: 24, width: 80)
            configuration.seccomp = .profile(SeccompProfile.standard(capabilities: .standard, architecture: .x86_64))
            configuration.mounts = [.init(.bind(source: "/s", isRecursive: false), target: "/t")]
            configuration.resourceLimits = [.init(type: "RLIMIT_NOFILE", soft: 1, hard: .max)]
            configuration.devices = [
                ContainerDevice(
                    .init(type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 0o666), access: "rw")
            ]
            configuration.sysctls = ["net.core.somaxconn": "1"]
            configuration.cgroupPath = "/trice/web"
        }
    }

    @Test("what no runtime could run is refused before anything is made")
    func refused() {
        let cases: [(String, (inout ContainerConfiguration) -> Void)] = [
            ("command", { $0.arguments = [] }), ("command", { $0.arguments = [""] }),
            ("not absolute", { $0.workingDirectory = "app" }), ("NAME=value", { $0.environment = ["A"] }),
            ("NAME=value", { $0.environment = ["=x"] }), ("NUL", { $0.arguments = ["a\0b"] }),
            ("64 bytes", { $0.hostname = String(repeating: "x", count: 65) }),
            ("mount target", { $0.mounts = [.init(.tmpfs(size: nil, mode: nil), target: "tmp")] }),
            ("mount target", { $0.mounts = [.init(.tmpfs(size: nil, mode: nil), target: "/")] }),
        ]
        for (part, change) in cases {
            var configuration = configuration
            change(&configuration)
            let error = #expect(throws: ContainersError.self) { try configuration.specification(on: host) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test("environments are joined: the service wins, a bare name removes")
    func environment() {
        #expect(
            ContainerEnvironment.assemble(
                image: ["PATH=/bin", "A=1", "B=2", "C=x=y"], service: ["B=3", "A", "=odd", "E="], home: "/h",
                hostname: "web",
                hasTerminal: true)
                == ["PATH=/bin", "HOSTNAME=web", "TERM=xterm", "B=3", "C=x=y", "E=", "HOME=/h"])
        #expect(
            ContainerEnvironment.assemble(
                image: [], service: ["HOME=/x"], home: "/h", hostname: "h", hasTerminal: false)
                == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=h", "HOME=/x"])
    }

    @Test("a bundle is written whole, private, and reads the same")
    func bundle() throws {
        let temporary = try TemporaryDirectory()
        defer { #expect(throws: Never.self) { try temporary.cleanUp() } }
        let directory = FilePath(temporary.path)
        let bundle = Bundle(directory.appending("a/b"))
        #expect(try bundle.read() == nil)
        let made = try configuration.specification(on: host)
        try bundle.write(made)
        try bundle.write(made)
        #expect(try bundle.read() == made)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bundle.directory.string) == ["config.json"])
        #expect(
            try FileManager.default.attributesOfItem(atPath: bundle.configuration.string)[.posixPermissions] as? Int
                == 0o600)
        try bundle.remove()
        try bundle.remove()
        #expect(try bundle.read() == nil)
    }

    @Test("exec takes what it is not given from the first process")
    func exec() throws {
        let made = try configuration.specification(on: host)
        let record = try EntryRecord(made, id: "a", runtime: GenericRuntime(program: "runc", root: "/r"))
        #expect(EntryRecord(decoding: record.encoded) == record)
        #expect(EntryRecord(decoding: []) == nil)
        func process(_ request: ExecRequest) throws -> RuntimeSpecification.Process {
            let text = try record.text(for: request)
            return try JSONDecoder().decode(RuntimeSpecification.Process.self, from: Data(text.utf8))
        }
        let plain = try process(ExecRequest(["id", "quote\" back\\ line\n tab\t \u{1} é"]))
        #expect(plain.cwd == "/" && plain.env?.contains("A=b") == true)
        #expect(plain.args == ["id", "quote\" back\\ line\n tab\t \u{1} é"])
        #expect(plain.capabilities == made.process?.capabilities && plain.user == made.process?.user)
        let other = try process(
            ExecRequest(
                ["id"], hasTerminal: true, workingDirectory: "/tmp", environment: ["A=c"],
                user: .init(uid: 5, gid: 6, additionalGroups: [6, 7], home: "/five")))
        #expect(other.user == .init(uid: 5, gid: 6, additionalGids: [6, 7]))
        #expect(
            other.env?.contains("A=c") == true && other.env?.contains("HOME=/five") == true && other.terminal == true)
        #expect(throws: ContainersError.self) { try process(ExecRequest([])) }
        #expect(throws: ContainersError.self) { try process(ExecRequest(["a"], workingDirectory: "x")) }
    }
}
