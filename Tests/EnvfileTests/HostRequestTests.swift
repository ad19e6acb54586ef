import Testing

@testable import Envfile

/// What a service asks of the kernel and of the host is checked when the file is read.
@Suite(.timeLimit(.minutes(1))) struct HostRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var body: String
        /// `LINE:COLUMN error: ` and the message.
        var says: String
        var missing: Set<String> = []
        var testDescription: String { body }
    }

    @Test(arguments: [
        Case(body: "cap_add: [NET_ADMN]", says: "4:15 error: `NET_ADMN` is no capability"),
        Case(body: "cap_drop: [ALL, CAP_X]", says: "4:21 error: `CAP_X` is no capability"),
        Case(body: "security_opt: [no-new-privilege]", says: "4:20 error: `no-new-privilege` is no security option"),
        Case(body: "security_opt: ['label:colour:x']", says: "4:20 error: `label:colour:x` is no security option"),
        Case(
            body: "security_opt: ['seccomp:./p.json']",
            says: "4:19 error: services.web has the seccomp profile `/srv/shop/p.json`, which does not exist",
            missing: ["/srv/shop/p.json"]),
        Case(
            body: "devices: ['/dev/nothing:/dev/x']",
            says: "4:15 error: services.web uses the device `/dev/nothing`, which does not exist on the host",
            missing: ["/dev/nothing"]),
        Case(body: "device_cgroup_rules: ['c 1 rw']", says: "4:27 error: `c 1 rw` is no rule for devices"),
        Case(
            body: "sysctls: { vm.max_map_count: 1 }",
            says: "4:34 error: services.web sets `vm.max_map_count`, which holds for the whole host"),
        Case(
            body: "sysctls: { net.core.nothing: 1 }",
            says: "4:34 error: services.web sets `net.core.nothing`, which is no parameter of this kernel",
            missing: ["/proc/sys/net/core/nothing"]),
        Case(
            body: "sysctls: { kernel.shmmax: 1 }\nipc: host",
            says: "4:31 error: services.web sets `kernel.shmmax`, which belongs to what `ipc: host` shares"),
        Case(body: "ulimits: { files: 1 }", says: "4:23 error: `files` is no resource limit"),
        Case(body: "mem_limit: 1m", says: "4:16 error: services.web.mem_limit is 1048576 bytes, and a container"),
        Case(body: "mem_limit: 64m\nmem_reservation: 65m", says: "5:22 error: services.web.mem_reservation is above"),
        Case(
            body: "mem_limit: 64m\nmemswap_limit: 32m", says: "5:20 error: services.web.memswap_limit is the limit of"),
        Case(
            body: "memswap_limit: 32m", says: "4:20 error: services.web.memswap_limit is the limit of memory and swap"),
        Case(body: "mem_swappiness: 101", says: "4:21 error: services.web.mem_swappiness must be a number from 0"),
        Case(body: "cpus: 1\ncpu_quota: 5000", says: "5:16 error: services.web.cpu_quota cannot stand beside `cpus`"),
        Case(body: "cpu_period: 10", says: "4:17 error: services.web.cpu_period must be from 1000"),
        Case(body: "cpuset: 0-x", says: "4:13 error: services.web.cpuset must be a list of processors"),
        Case(body: "pids_limit: 1", says: "4:17 error: services.web.pids_limit is 1, and the container's first"),
        Case(body: "cgroup_parent: a/../b", says: "4:20 error: services.web.cgroup_parent must be a path without"),
        Case(body: "ipc: 'service:db'", says: "4:10 error: services.web shares the memory of the service `db`"),
        Case(body: "pid: 'service:web'", says: "4:10 error: services.web.pid names the service itself"),
        Case(body: "pid: 'container:x'", says: "4:10 error: services.web.pid names the container `x`"),
        Case(body: "pid: all", says: "4:10 error: services.web.pid must be `host`, `private` or `service:NAME`"),
        Case(body: "userns_mode: keep-id", says: "4:18 error: services.web.userns_mode is `keep-id`"),
        Case(
            body: "blkio_config: { device_read_bps: [{ path: /dev/nothing, rate: 1 }] }",
            says: "4:19 error: services.web.blkio_config names the device `/dev/nothing`, which does not exist",
            missing: ["/dev/nothing"]),
    ])
    func aMistakeIsFound(_ bad: Case) throws {
        var fixture = Fixture()
        fixture.missing = bad.missing
        let found = fixture.diagnostics(Fixture.file(service: bad.body))
        #expect(found.contains { $0.hasPrefix(bad.says) }, "\(found)")
        if bad.body == "pid: 'service:web'" { return }
        // What Compose accepts is shown by `config`, and `up` refuses it.
        fixture.file = "/srv/shop/compose.yaml"
        let loaded = try fixture.load(Fixture.file(service: bad.body))
        #expect(!loaded.unsupported.isEmpty || bad.body == "pids_limit: 1")
    }

    @Test func whatIsRightPasses() throws {
        let service = try Fixture().service(
            """
            cap_add: [ALL, net_admin, CAP_SYS_TIME]
            security_opt:
              - no-new-privileges:true
              - seccomp=unconfined
              - apparmor:unconfined
              - label=type:container_t
              - label:disable
              - systempaths=unconfined
            sysctls: { net.core.somaxconn: 1, kernel.msgmax: 2, fs.mqueue.msg_max: 3 }
            device_cgroup_rules: ["a *:* rwm", "c 1:3 mr"]
            mem_limit: 64m
            memswap_limit: -1
            cpuset: 0-3,7
            pids_limit: -1
            """)
        #expect(
            service.security.options == [
                .noNewPrivileges(true), .seccomp(.unconfined), .appArmor("unconfined"), .label(.type, "container_t"),
                .labelDisabled, .systemPathsShown,
            ])
        #expect(service.security.givenOptions.count == 6)
        #expect(service.memoryLimit == 64 << 20 && service.limits.memory.swapLimit == -1)
    }

    @Test func deploySaysTheLimitsThatTheServiceDoesNot() throws {
        let service = try Fixture().service(
            """
            pids_limit: 7
            deploy:
              resources:
                limits: { cpus: "0.5", memory: 64m, pids: 7 }
                reservations: { memory: 32m, devices: [{ capabilities: [gpu], driver: nvidia }] }
            """)
        #expect(service.processorLimit == 0.5 && service.memoryLimit == 64 << 20 && service.processLimit == 7)
        #expect(service.memoryReservation == 32 << 20 && service.deviceRequests.map(\.driver) == ["nvidia"])
    }
}
