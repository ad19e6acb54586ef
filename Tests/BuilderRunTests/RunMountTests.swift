import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

@Suite(
    "Mounts of RUN steps", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root, crun and /bin/busybox") { try Requirement.met(.root, .busybox, .crun) })
struct RunMountTests {
    private func bind(_ source: String, _ target: String, from: MountSource, isReadOnly: Bool = true) -> StepMount {
        .bind(RunMount.Bind(from: nil, source: source, target: target, isReadOnly: isReadOnly), from: from)
    }

    @Test("bind: a directory and a file of the context, read-only; relative targets")
    func bindContext() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let context = try fixture.directory("context", ["sub/a.txt": "A\n", "b.txt": "B\n"])
        let source = MountSource.directory(context, named: "the context")
        let (step, text) = try await fixture.run(
            fixture.step("cat here/sub/a.txt /one; touch here/x /one 2>&1; true") {
                $0.workingDirectory = "/srv"
                $0.mounts = [bind("/", "here", from: source), bind("sub/../b.txt", "/one", from: source)]
            })
        #expect(text.hasPrefix("A\nB\n"), "\(text)")
        #expect(text.components("Read-only file system") == 2, "\(text)")
        #expect(step.isEmpty)
        #expect(try fixture.tree(context) == ["d sub", "f b.txt", "f sub/a.txt"])
    }

    @Test("bind: what is mounted below the context is read-only too, and a link does not lead out of it")
    func bindSafety() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let context = try fixture.directory("context", ["sub/keep": ""])
        let other = try fixture.directory("other", ["file": "kept"])
        let source = MountSource.directory(context, named: "the context")
        try Mounts.bind(other, at: context.appending("sub"))
        let (_, text) = try await fixture.run(
            fixture.step("cat /c/sub/file; echo x > /c/sub/file") { $0.mounts = [bind("/", "/c", from: source)] }
                .tolerant)
        #expect(text == "kept")
        try Mounts.unmount(context.appending("sub"))
        #expect(try Files.text(other.appending("file")) == "kept")
        try Files.createSymbolicLink(context.appending("out"), to: "/etc/../../../../../../etc")
        let error = try await fixture.failure(
            fixture.step("ls /c") { $0.mounts = [bind("out/passwd", "/c", from: source)] })
        #expect(error.code == .sourceMissing)
        #expect(error.message.contains("the source `out/passwd` of a mount is not in the context"), "\(error.message)")
    }

    @Test("bind: what is written to a writable one is thrown away")
    func bindWritable() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let context = try fixture.directory("context", ["dir/a": "A", "file": "F"])
        let source = MountSource.directory(context, named: "the context")
        let (step, text) = try await fixture.run(
            fixture.step("echo new > /c/dir/a; rm /c/file; touch /c/more; cat /c/dir/a; ls /c; echo 2 >> /f; cat /f") {
                $0.mounts = [
                    bind("/", "/c", from: source, isReadOnly: false),
                    bind("file", "/f", from: source, isReadOnly: false),
                ]
            })
        #expect(text == "new\ndir\nmore\nF2\n")
        #expect(step.isEmpty)
        #expect(try fixture.tree(context) == ["d dir", "f dir/a", "f file"])
        #expect(try Files.text(context.appending("dir/a")) == "A")
    }

    @Test("bind: from the layers of a stage, with their whiteouts", arguments: [true, false])
    func bindLayers(isReadOnly: Bool) async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (upper, _) = try await fixture.run(fixture.step("rm /etc/shadow; mkdir /out; echo built > /out/result"))
        let source = MountSource.layers([upper.upper] + fixture.base, named: "the stage `build`")
        let (step, text) = try await fixture.run(
            fixture.step(
                "cat /stage/out/result; ls /stage/etc; cat /one; touch /stage/x 2>/dev/null && echo written; true"
            ) {
                $0.mounts = [
                    bind("/", "/stage", from: source, isReadOnly: isReadOnly),
                    bind("/out/result", "/one", from: source),
                ]
            })
        #expect(text == "built\ngroup\nnsswitch.conf\npasswd\nprofile\nbuilt\n" + (isReadOnly ? "" : "written\n"))
        #expect(step.isEmpty && fixture.base.allSatisfy { !Files.exists($0.appending("x")) })
        #expect(!Files.exists(upper.upper.appending("x")))
    }

    @Test("tmpfs: its size, read-only, gone afterwards")
    func tmpfs() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (step, text) = try await fixture.run(
            fixture.step(
                "df -k /t | tail -1 | awk '{print $2}'; cp /bin/busybox /t/echo; /t/echo runs; touch /r/x; stat -c %a /t"
            ) {
                $0.mounts = [
                    .tmpfs(.init(target: "/t", size: 4 << 20, isReadOnly: false)),
                    .tmpfs(.init(target: "/r", size: nil, isReadOnly: true)),
                ]
            }.tolerant)
        #expect(text == "4096\nruns\n1777\n")
        #expect(step.isEmpty)
    }

    @Test("secrets: a file with owner and mode, a variable, both; never in the layer or on the disk")
    func secrets() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let token = "s3cr3t-\(UInt64.random(in: 0...UInt64.max))"
        func secret(_ target: String?, _ variable: String? = nil, _ permissions: RunMount.Permissions) -> StepMount {
            .secret(
                .init(id: "token", target: target, variable: variable, isRequired: true, permissions: permissions),
                contents: Array(token.utf8))
        }
        let script = """
            cat /run/secrets/token; echo; stat -c '%a %u:%g' /run/secrets/token /home/me/key; echo $TOKEN
            grep -rl \(token.prefix(6)) \(fixture.path) 2>/dev/null; (echo x > /run/secrets/token) 2>&1; sleep 0.3
            """
        let mounts = [
            secret("/run/secrets/token", nil, .standard(0o400)),
            secret("/home/me/key", nil, .init(mode: 0o440, uid: 33, gid: 5, isDefault: false)),
            secret(nil, "TOKEN", .standard(0o400)),
        ]
        async let running = fixture.run(fixture.step(script) { $0.mounts = mounts }.tolerant)
        // While it runs, nothing on the disk holds it: only what is mounted in memory.
        try await Task.sleep(for: .milliseconds(150))
        let found = try ProcessOutput.of(
            .init("/bin/grep", ["-rl", "--", token, fixture.runner.steps.directory.string]))
        let places = String(decoding: found.standardOutput, as: UTF8.self).split(separator: "\n")
        #expect(places.allSatisfy { $0.contains("/memory/") }, "\(places)")
        let (step, text) = try await running
        #expect(text.hasPrefix("\(token)\n400 0:0\n440 33:5\n\(token)\n"), "\(text)")
        #expect(text.contains("Read-only file system"), "\(text)")
        #expect(step.isEmpty)
        let after = try ProcessOutput.of(.init("/bin/grep", ["-rl", "--", token, fixture.path.string]))
        #expect(after.standardOutput.isEmpty)
    }

    @Test("secrets: one that is missing matters only when it is required")
    func missingSecrets() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        func mount(_ isRequired: Bool, _ contents: [UInt8]?) -> StepMount {
            .secret(
                .init(
                    id: "k", target: "/run/secrets/k", variable: "K", isRequired: isRequired,
                    permissions: .standard(0o400)),
                contents: contents)
        }
        let text = try await fixture.run(
            fixture.step("ls /run/secrets/k 2>&1; echo [$K]") { $0.mounts = [mount(false, nil)] }
        ).text
        #expect(text.contains("No such file") && text.hasSuffix("[]\n"))
        let error = try await fixture.failure(fixture.step("true") { $0.mounts = [mount(true, nil)] })
        #expect(error.code == .stepInvalid && error.message.contains("--secret id=k"), "\(error.message)")
        let binary = try await fixture.failure(fixture.step("true") { $0.mounts = [mount(true, [1, 0, 2])] })
        #expect(binary.message.contains("NUL"))
    }

    @Test("ssh: a socket of the user's own that leads to the agent")
    func ssh() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let agent = try Echo(fixture.path.appending("agent.sock"))
        let mount = RunMount.AgentSocket(
            id: "default", target: nil, isRequired: true,
            permissions: .init(mode: 0o600, uid: 33, gid: 33, isDefault: false))
        // busybox knows no unix sockets: the host's perl asks.
        let script = """
            echo $SSH_AUTH_SOCK; stat -c '%a %u %F' $SSH_AUTH_SOCK
            for i in 1 2; do /usr/bin/perl -MIO::Socket::UNIX -e '
                $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die "$!\\n";
                print $s "question $ARGV[0]\\n"; print <$s>' $i; done
            """
        let host = MountSource.directory("/", named: "the host")
        let tools =
            ["usr/bin", "usr/lib", "usr/share"].map { bind($0, "/\($0)", from: host) }
            + [bind("usr/lib", "/lib", from: host), bind("usr/lib64", "/lib64", from: host)]
        let (step, text) = try await fixture.run(
            fixture.step(script) {
                $0.user = "www-data"
                $0.mounts = tools + [.ssh(mount, socket: agent.path)]
            })
        let expected = "/run/buildkit/ssh_agent.0\n600 33 socket\nquestion 1\nquestion 2\n"
        #expect(text == expected)
        #expect(step.isEmpty)
        let error = try await fixture.failure(fixture.step("true") { $0.mounts = [.ssh(mount, socket: nil)] })
        #expect(error.code == .stepInvalid && error.message.contains("--ssh default"), "\(error.message)")
    }
}

extension RunRequest {
    /// The same, with a failure of the script forgiven.
    var tolerant: RunRequest {
        var copy = self
        if case .program(let words) = command {
            copy.command = .program(words.dropLast() + ["(\(words.last ?? "")\n); true"])
        }
        return copy
    }
}

extension String {
    /// How often a text occurs.
    func components(_ text: String) -> Int { split(separator: text, omittingEmptySubsequences: false).count - 1 }
}

/// A server that answers with what it was asked, in place of an SSH agent.
final class Echo: Sendable {
    let path: FilePath
    private let notifier: EventNotifier

    init(_ path: FilePath) throws {
        self.path = path
        notifier = try EventNotifier()
        let listening = try StreamListener.listen(at: path).release()
        let stop = notifier.descriptor.rawValue
        try DedicatedThread.detach {
            while true {
                var items = [listening, stop].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                guard poll(&items, 2, 30_000) > 0, items[1].revents == 0 else { break }
                let client = accept(listening, nil, nil)
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = read(client, &buffer, buffer.count)
                if count > 0 { _ = write(client, buffer, count) }
                close(client)
            }
            close(listening)
        }
    }

    deinit {
        notifier.signal()
        // The thread sees the notifier before its descriptor is closed.
        usleep(50_000)
    }
}
