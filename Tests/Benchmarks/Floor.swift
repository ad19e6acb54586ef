import Foundation
import TestSupport

/// What any program on top of `crun` has to pay: everything around the runtime is prepared beforehand.
///
/// Ten bundles with an overlay root file system each, and ten network namespaces; only the runtime is measured.
final class Floor {
    private let fixture: Fixture
    let usesCgroups: Bool
    private let count: Int
    private let root: String

    private(set) var up = Samples()
    private(set) var down = Samples()

    /// - Parameters:
    ///   - usesCgroups: whether Trice's containers have cgroups of their own on this host; the floor's do too then.
    ///   - count: the number of containers; one floor of each number at a time.
    init(fixture: Fixture, usesCgroups: Bool, count: Int = serviceCount) throws {
        self.fixture = fixture
        self.usesCgroups = usesCgroups
        self.count = count
        root = "\(fixture.directory)/floor\(count)"
        try shell(
            """
            mkdir -p \(root)/lower/bin \(root)/lower/proc \(root)/lower/sys \(root)/lower/dev
            cp "$(command -v busybox)" \(root)/lower/bin/busybox
            chroot \(root)/lower /bin/busybox --install -s /bin
            """)
        for number in 0..<count { try prepare(number) }
    }

    private func id(_ number: Int) -> String { "\(fixture.id)-floor\(count)-\(number)" }
    private func bundle(_ number: Int) -> String { "\(root)/\(number)" }

    private func shell(_ script: String) throws {
        let output = try Command("sh", ["-ec", script]).run()
        guard output.succeeded else { throw TestError(output.description) }
    }

    private func prepare(_ number: Int) throws {
        let bundle = bundle(number)
        let id = id(number)
        let delete = crun("delete", "-f", id)
        fixture.onCleanUp {
            _ = try delete.run()
            _ = try Command("ip", ["netns", "del", id]).run()
            _ = try Command("umount", ["\(bundle)/rootfs"]).run()
        }
        try shell(
            """
            mkdir -p \(bundle)/upper \(bundle)/work \(bundle)/rootfs
            mount -t overlay -o lowerdir=\(root)/lower,upperdir=\(bundle)/upper,workdir=\(bundle)/work overlay \
                \(bundle)/rootfs
            ip netns add \(id)
            cd \(bundle) && crun spec
            """)
        let file = URL(filePath: "\(bundle)/config.json")
        guard var config = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any],
            var process = config["process"] as? [String: Any], var linux = config["linux"] as? [String: Any],
            let namespaces = linux["namespaces"] as? [[String: Any]]
        else { throw TestError("`crun spec` wrote something unexpected") }
        process["terminal"] = false
        process["args"] = ["sleep", "100000"]
        process["rlimits"] = nil
        linux["namespaces"] = namespaces.map { namespace in
            var namespace = namespace
            if namespace["type"] as? String == "network" { namespace["path"] = "/run/netns/\(id)" }
            return namespace
        }
        linux["cgroupsPath"] = "/\(id)"
        config["process"] = process
        config["linux"] = linux
        config["root"] = ["path": "rootfs", "readonly": false]
        try JSONSerialization.data(withJSONObject: config).write(to: file)
    }

    private func crun(_ arguments: String...) -> Command {
        Command(
            "crun", ["--cgroup-manager", usesCgroups ? "cgroupfs" : "disabled", "--root", "\(root)/run"] + arguments)
    }

    /// How long the runtime takes to start the first container, which is gone again afterwards.
    func start() throws -> Duration {
        let time = try measure(crun("run", "--detach", "--bundle", bundle(0), id(0)))
        try measure(crun("delete", "-f", id(0)))
        return time
    }

    func round() throws {
        let numbers = 0..<count
        up.add(
            try measureTwoAtATime(numbers.map { crun("run", "--detach", "--bundle", bundle($0), id($0)) }))
        down.add(try measureTwoAtATime(numbers.map { crun("delete", "-f", id($0)) }))
    }
}
