import Glibc
import LinuxSystem
import OCI
import SystemPackage
import Testing

@testable import Containers

@Suite("Real containers", .serialized, .enabled(if: canRunContainers, "needs root and /bin/busybox"))
struct ContainerKernelTests {
    private static let runtimes = ["crun", "runc"].filter { name in
        ["/usr/bin", "/usr/sbin"].contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    @Test("both runtimes are there")
    func runtimesExist() {
        #expect(Self.runtimes == ["crun", "runc"])
    }

    @Test("namespaces, capabilities, filter and masked paths", arguments: runtimes)
    func isolation(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        let script = """
            for n in mnt pid uts ipc net cgroup user; do echo ns $n $(readlink /proc/self/ns/$n); done
            grep -E '^(CapEff|CapInh|CapAmb|Seccomp|NoNewPrivs):' /proc/self/status
            echo kcore $(dd if=/proc/kcore bs=16 count=1 2>/dev/null | wc -c)
            (echo x > /proc/sys/kernel/hostname) 2>/dev/null && echo writable sys || echo read-only sys
            hostname; echo $GREETING; pwd; id -u
            mount -t tmpfs none /tmp 2>&1; unshare -U true 2>&1; unshare -m true 2>&1
            echo shm $(df -k /dev/shm | tail -1 | awk '{print $2}')
            """
        let text = try fixture.run("web", fixture.configuration("web", ["sh", "-c", script]))
        for kind in ["mnt", "pid", "uts", "ipc", "net", "cgroup"] {
            let own = try ProcessOutput.of(.init("/bin/busybox", ["readlink", "/proc/self/ns/\(kind)"]))
            #expect(text.contains("ns \(kind) \(kind):["), "\(text)")
            #expect(!text.contains("ns \(kind) \(String(decoding: own.standardOutput, as: UTF8.self))"))
        }
        #expect(text.contains("CapEff:\t00000000a80425fb") && text.contains("CapInh:\t0000000000000000"))
        #expect(text.contains("Seccomp:\t2") && text.contains("NoNewPrivs:\t0"), "\(text)")
        #expect(text.contains("kcore 0") && text.contains("read-only sys"))
        #expect(text.contains("\nweb\nhello world\n/\n0\n"), "\(text)")
        #expect(
            text.contains("mount: permission denied") || text.contains("mount: mounting none on /tmp failed"), "\(text)"
        )
        #expect(text.components("Operation not permitted") >= 2, "\(text)")
        #expect(text.contains("shm 65536"))
    }

    @Test("what the filter answers to calls made with nothing in between", arguments: runtimes)
    func answers(program: String) throws {
        try #require(access("/usr/bin/perl", X_OK) == 0, "the calls are made by the host's perl")
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        // keyctl, clone3, a number that no kernel has, unshare(CLONE_NEWNET), io_uring_setup, AF_VSOCK, AF_INET.
        let calls = """
            sub t { my $n = shift; my $r = syscall($n, @_); my $e = $! + 0; print $r < 0 ? "$e " : "ok "; }
            t(\(number(keyctl: true)), 0, -3, 0); t(435, 0, 0); t(9999); t(\(number(keyctl: false)), 0x40000000);
            t(425, 1, 0); use Socket; print socket(S, 40, 1, 0) ? "ok " : ($! + 0) . " ";
            print socket(S, 2, 1, 0) ? "ok" : "$!";
            """
        var configuration = try fixture.configuration("calls", ["chroot", "/mnt", "/usr/bin/perl", "-e", calls])
        configuration.mounts = [.init(.bind(source: "/", isRecursive: true), target: "/mnt", isReadOnly: true)]
        let text = try fixture.run("calls", configuration)
        #expect(text == "\(EPERM) \(ENOSYS) \(ENOSYS) \(EPERM) \(EPERM) \(EPERM) ok")
    }

    private func number(keyctl: Bool) -> Int {
        #if arch(x86_64)
            keyctl ? 250 : 272
        #else
            keyctl ? 219 : 97
        #endif
    }

    @Test("crun without cgroups, for hosts whose layout it refuses")
    func withoutCgroups() throws {
        let fixture = try ContainerFixture("crun", cgroups: .disabled(reason: "test"))
        defer { fixture.cleanUp() }
        let process = try fixture.start("web", fixture.configuration("web", ["sh", "-c", "echo up; exec sleep 60"]))
        try fixture.waitForOutput("web", "up")
        let mine = try Files.text("/proc/self/cgroup")
        #expect(try Files.text(FilePath("/proc/\(process.pid)/cgroup")) == mine)
        #expect(try fixture.exec("web", ExecRequest(["true"])).status.isSuccess)
    }

    @Test("limits are in force", arguments: runtimes)
    func limits(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        var configuration = try fixture.configuration("web", ["sh", "-c", "ulimit -n; exec sleep 60"])
        configuration.resources = .init(memory: .init(limit: 64 << 20), pids: .init(limit: 50))
        configuration.resourceLimits = [.init(type: "RLIMIT_NOFILE", soft: 1 << 20, hard: 1 << 20)]
        let process = try fixture.start("web", configuration)
        let text = try #require(try Files.text(FilePath("/proc/\(process.pid)/cgroup")))
        #expect(text.contains("\(fixture.cgroup)/web"))
        if case .hybrid = fixture.host.cgroups {
            let limit = try Files.text(FilePath("/sys/fs/cgroup/memory\(fixture.cgroup)/web/memory.limit_in_bytes"))
            #expect(limit == "67108864\n")
        }
        let hard = min(1 << 20, fixture.host.hardLimits["RLIMIT_NOFILE"] ?? .max)
        try fixture.waitForOutput("web", "\(hard)\n")
    }

    @Test("without the filter the same calls are there: the filter is what refuses", arguments: runtimes)
    func unconfined(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        var configuration = try fixture.configuration(
            "open", ["sh", "-c", "grep Seccomp: /proc/self/status; unshare -U echo unshared"])
        configuration.seccomp = .unconfined
        let text = try fixture.run("open", configuration)
        #expect(text.contains("Seccomp:\t0") && text.contains("unshared"), "\(text)")
    }

    @Test("ordinary programs work under the filter, the loopback network too", arguments: runtimes)
    func ordinaryPrograms(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        try NetworkNamespace.run(in: fixture.network) { () throws(SystemError) in
            _ = try ChildProcess.start(.init("/bin/busybox", ["ip", "link", "set", "lo", "up"])).wait()
        }
        let script = """
            mkdir /tmp/w; echo page > /tmp/w/index.html; httpd -p 127.0.0.1:8080 -h /tmp/w
            for i in 1 2 3 4 5; do wget -qO- http://127.0.0.1:8080/index.html && break; sleep 0.1; done
            ls / | tr '\\n' ' '; find /etc -type f | sort | tr '\\n' ' '; touch /new && ln -s /new /link && chown 5:5 /new
            stat -c '%u' /new; (sleep 0.05 & wait); date +%Y; ping -c1 -W1 127.0.0.1 | grep -c 'bytes from'
            """
        let text = try fixture.run("busy", fixture.configuration("busy", ["sh", "-c", script]))
        #expect(text.contains("page\n"), "\(text)")
        #expect(
            text.contains("bin dev etc") && text.contains("/etc/group /etc/passwd") && text.contains("5\n20"), "\(text)"
        )
        #expect(text.hasSuffix("1\n"), "\(text)")
    }

    @Test("exec: user, groups, directory, variables, exit code, filter", arguments: runtimes)
    func exec(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        let process = try fixture.start("web", fixture.configuration("web", ["sleep", "60"]))
        let state = try #require(try fixture.runtime.state("web"))
        #expect(state.status == .running && state.pid == process.pid)
        let user = try UserResolver(rootfs: fixture.path.appending("rootfs-web")).resolve("app")
        let script = """
            id -u; id -g; id -G; pwd; echo $GREETING; echo $MORE; echo $HOME; grep Seccomp: /proc/self/status
            grep CapBnd /proc/self/status; ls /proc/self/fd | tr '\\n' ' '; exit 42
            """
        let output = try fixture.exec(
            "web",
            ExecRequest(["sh", "-c", script], workingDirectory: "/tmp", environment: ["MORE=m o"], user: user))
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(output.status == .exited(42), "\(output.message)")
        #expect(text.hasPrefix("1000\n1000\n1000 55\n/tmp\nhello world\nm o\n/tmp\nSeccomp:\t2\n"), "\(text)")
        #expect(text.contains("CapBnd:\t00000000a80425fb"))
        #expect(text.hasSuffix("0 1 2 3 "), "no descriptor of ours comes along: \(text)")
        let missing = try fixture.exec("web", ExecRequest(["/nosuch"]))
        #expect(!missing.status.isSuccess && missing.message.contains("nosuch"))
        #expect(try fixture.runtime.kill("web", signal: SIGKILL))
        #expect(try process.waitForEnd(milliseconds: 5000))
        // The pidfd hangs up a moment before the runtime's own view of the process changes.
        for _ in 0..<100 where try fixture.runtime.state("web")?.status != .stopped { usleep(10_000) }
        #expect(try fixture.runtime.kill("web", signal: SIGTERM) == false, "it has ended")
    }

    @Test("what is not there is a result, what fails is one line", arguments: runtimes)
    func lifecycle(program: String) throws {
        let fixture = try ContainerFixture(program)
        defer { fixture.cleanUp() }
        #expect(try fixture.runtime.state("ghost") == nil)
        #expect(try fixture.runtime.kill("ghost", signal: 9) == false)
        #expect(try fixture.runtime.delete("ghost", force: true) == false)
        #expect(throws: ContainersError.self) { try fixture.runtime.state("../x") }
        let process = try fixture.start("web", fixture.configuration("web", ["sleep", "60"]))
        #expect(try fixture.runtime.containers() == ["web"])
        let error = #expect(throws: ContainersError.self) { try fixture.runtime.delete("web") }
        #expect(error?.code == .runtimeFailed)
        #expect(
            error?.message.contains("`web`") == true && error?.message.contains("\n") == false,
            "\(error?.message ?? "")")
        #expect(try fixture.runtime.delete("web", force: true))
        #expect(try process.waitForEnd(milliseconds: 5000))
        #expect(try fixture.runtime.containers() == [])
    }

    @Test("an overlay root: mounted once, written to the upper, gone after unmounting, twice")
    func rootFilesystem() throws {
        let fixture = try ContainerFixture("crun")
        defer { fixture.cleanUp() }
        _ = try fixture.configuration("one", ["sh"])
        let target = fixture.path.appending("rootfs-one")
        #expect(try Mounts.list(below: target) == [target])
        _ = try fixture.configuration("one", ["sh"])
        #expect(try Mounts.list(below: target) == [target], "a second mount would hide the first")
        try Files.write("x".utf8, to: target.appending("new"))
        #expect(!Files.exists(fixture.path.appending("layer/new")))
        try RootFilesystem.unmount(target)
        try RootFilesystem.unmount(target)
        #expect(try Files.names(in: target) == [])
        let bad = RootFilesystem(
            lowers: [fixture.path.appending("nosuch")], upper: fixture.path.appending("u"),
            work: fixture.path.appending("w"), target: fixture.path.appending("t"))
        let error = #expect(throws: ContainersError.self) { try bad.mount() }
        #expect(error?.code == .rootFilesystem && error?.message.contains("nosuch") == true, "\(error?.message ?? "")")
    }
}

extension String {
    /// How often `part` occurs.
    func components(_ part: String) -> Int {
        ranges(of: part).count
    }
}
