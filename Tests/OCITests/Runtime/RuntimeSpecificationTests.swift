import FoundationEssentials
import Glibc
import OCI
import TestSupport
import Testing

/// Where the runtime-spec's own schemas and samples are; `nil` skips.
private let schemas: String? = {
    let corpus = getenv("TRICE_CORPUS").map { String(cString: $0) } ?? "../shared/corpus"
    let folder = corpus + "/schema/runtime-spec"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
}()

@Suite("runtime-spec documents", .timeLimit(.minutes(2)))
struct RuntimeSpecificationTests {
    @Test("what we write is what the schema wants", .enabled(if: schemas != nil, "no corpus"))
    func writtenIsValid() throws {
        let validator = try SchemaValidator(folder: #require(schemas))
        let written = try JSONEncoder().encode(Self.full)
        #expect(try validator.problems(of: JSONValue(text: written), under: "config-schema.json") == [])
        let minimal = try JSONEncoder().encode(RuntimeSpecification())
        #expect(try validator.problems(of: JSONValue(text: minimal), under: "config-schema.json") == [])
    }

    @Test("the validator finds what is wrong", .enabled(if: schemas != nil, "no corpus"))
    func brokenIsFound() throws {
        let validator = try SchemaValidator(folder: #require(schemas))
        var broken = Self.full
        broken.process?.rlimits = [.init(type: "nofile", soft: 1, hard: 1)]
        broken.linux?.seccomp?.syscalls = [.init(names: [], action: .allow)]
        broken.linux?.devices = [.init(type: "x", path: "/dev/x")]
        let found = try validator.problems(
            of: JSONValue(text: JSONEncoder().encode(broken)), under: "config-schema.json")
        #expect(found.count == 3, "\(found)")
    }

    @Test(
        "the schemas' own samples pass and fail as they should", .enabled(if: schemas != nil, "no corpus"),
        arguments: [
            ("config", "config-schema.json"), ("state", "state-schema.json"), ("features", "features-schema.json"),
        ])
    func samples(kind: String, schema: String) throws {
        let folder = try #require(schemas)
        let validator = try SchemaValidator(folder: folder)
        var counted = 0
        for verdict in ["good", "bad"] {
            let samples = "\(folder)/test/\(kind)/\(verdict)"
            for name in try FileManager.default.contentsOfDirectory(atPath: samples) {
                let data = try #require(FileManager.default.contents(atPath: samples + "/" + name))
                guard let value = try? JSONValue(text: data) else {
                    #expect(verdict == "bad", "\(name) is no JSON")
                    counted += 1
                    continue
                }
                let problems = try validator.problems(of: value, under: schema)
                // FreeBSD's rule uses a keyword outside draft 4's core; its bad sample must fail all the same.
                #expect(problems.isEmpty == (verdict == "good"), "\(name): \(problems)")
                counted += 1
            }
        }
        #expect(counted >= 2)
    }

    @Test("the specification's example reads, and reads the same again", .enabled(if: schemas != nil, "no corpus"))
    func exampleRoundTrips() throws {
        let path = try #require(schemas) + "/test/config/good/spec-example.json"
        let data = try #require(FileManager.default.contents(atPath: path))
        let read = try JSONDecoder().decode(RuntimeSpecification.self, from: data)
        #expect(read.hostname == "slartibartfast")
        #expect(read.linux?.namespaces?.contains(.init(.network)) == true)
        let again = try JSONDecoder().decode(RuntimeSpecification.self, from: JSONEncoder().encode(read))
        #expect(again == read)
    }

    @Test("what is nil is left out")
    func nilIsOmitted() throws {
        let text = String(decoding: try JSONEncoder().encode(RuntimeSpecification(hostname: "web")), as: UTF8.self)
        #expect(!text.contains("null") && !text.contains("process"))
    }

    @Test("a state with a runtime's own word is read")
    func stateIsOpen() throws {
        let text = #"{"ociVersion":"1.0.2","id":"a","status":"paused","bundle":"/b","owner":"root"}"#
        let state = try JSONDecoder().decode(RuntimeState.self, from: Data(text.utf8))
        #expect(state.status == .paused && state.pid == nil)
    }

    /// Uses every part of the types at least once.
    static let full = RuntimeSpecification(
        process: .init(
            terminal: true, consoleSize: .init(height: 24, width: 80),
            user: .init(uid: 1000, gid: 1000, umask: 0o22, additionalGids: [1000, 44]), args: ["sh"], env: ["A=b"],
            cwd: "/",
            capabilities: .init(bounding: ["CAP_KILL"], effective: [], inheritable: [], permitted: [], ambient: []),
            rlimits: [.init(type: "RLIMIT_NOFILE", soft: 1024, hard: .max)], noNewPrivileges: true, oomScoreAdj: -5,
            apparmorProfile: "a", selinuxLabel: "s"),
        root: .init(path: "rootfs", readonly: true), hostname: "web", domainname: "test",
        mounts: [
            .init(
                destination: "/data", type: "bind", source: "/srv", options: ["rbind", "rw"],
                uidMappings: [.init(containerID: 0, hostID: 1000, size: 1)],
                gidMappings: [.init(containerID: 0, hostID: 1000, size: 1)])
        ],
        annotations: ["a": "b"],
        linux: .init(
            uidMappings: [.init(containerID: 0, hostID: 1, size: 2)],
            namespaces: [.init(.pid), .init(.network, path: "/n")],
            devices: [.init(type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 0o666, uid: 0, gid: 0)],
            resources: .init(
                devices: [.init(allow: false, type: "a", major: 1, minor: 3, access: "rwm")],
                memory: .init(limit: 1 << 20, reservation: 1, swap: -1, swappiness: 0, disableOOMKiller: true),
                cpu: .init(shares: 2, quota: -1, period: 100_000, cpus: "0-1", mems: "0"), pids: .init(limit: -1),
                blockIO: .init(
                    weight: 10, weightDevice: [.init(major: 8, minor: 0, weight: 20)],
                    throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)]),
                unified: ["memory.high": "1"]),
            cgroupsPath: "/trice/web", rootfsPropagation: .private,
            seccomp: .init(
                defaultAction: .errno, defaultErrnoRet: 38, architectures: ["SCMP_ARCH_X86_64"],
                syscalls: [
                    .init(
                        names: ["clone"], action: .allow,
                        args: [.init(index: 0, value: .max, valueTwo: 0, op: .maskedEqual)])
                ]),
            sysctl: ["net.ipv4.ip_forward": "1"], maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"]))
}
