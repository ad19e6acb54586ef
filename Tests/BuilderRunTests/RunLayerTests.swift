import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

@testable import Builder
@testable import Dockerfile

@Suite(
    "Layers of RUN steps", .timeLimit(.minutes(5)), .serialized,
    .enabled("needs root, crun and /bin/busybox") { try Requirement.met(.root, .busybox, .crun) })
struct RunLayerTests {
    @Test("no mount point and no name file is in the layer", arguments: ["crun", "runc"])
    func stubs(program: String) async throws {
        let fixture = try RunFixture(program: program)
        defer { fixture.cleanUp() }
        let context = try fixture.directory("context", ["a": "A"])
        let source = MountSource.directory(context, named: "the context")
        let mounts: [StepMount] = [
            .bind(.init(from: nil, source: "/", target: "/deep/new/place", isReadOnly: true), from: source),
            .bind(.init(from: nil, source: "a", target: "/etc/app/a", isReadOnly: true), from: source),
            .bind(.init(from: nil, source: "a", target: "/var/run/link/a", isReadOnly: true), from: source),
            .tmpfs(.init(target: "/opt/scratch", size: nil, isReadOnly: false)),
            .cache(
                .init(
                    id: "c", target: "/root/.cache", isReadOnly: false, sharing: .shared, from: nil, source: "/",
                    permissions: .standard(0o755)), seed: nil),
            .secret(
                .init(
                    id: "s", target: "/run/secrets/s", variable: nil, isRequired: true, permissions: .standard(0o400)),
                contents: [1]),
        ]
        let base = try fixture.directory("base", [:])
        try Files.createSymbolicLink(base.appending("link"), to: "/run/app")
        let request = fixture.step("ls /deep/new/place /etc/app /opt /root/.cache /run/secrets; test -f /etc/hosts") {
            $0.lowers = [base] + fixture.base
            $0.mounts = mounts
        }
        let (step, _) = try await fixture.run(request)
        #expect(try fixture.tree(step.upper) == [])
        #expect(step.isEmpty)
        // What the step itself writes beside them is there, in directories that look as they did.
        let (written, _) = try await fixture.run(
            fixture.step("echo x > /etc/x; echo y > /deep/y; echo n > /etc/hosts; mkdir -p /opt/b") {
                $0.lowers = [base] + fixture.base
                $0.mounts = mounts
            })
        #expect(
            try fixture.tree(written.upper) == ["d deep", "d etc", "d opt", "d opt/b", "f deep/y", "f etc/x"])
    }

    @Test("a mount point behind a link of the image")
    func linkedTarget() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let base = try fixture.directory("base", [:])
        try Files.createSymbolicLink(base.appending("link"), to: "../../srv/app")
        let (step, text) = try await fixture.run(
            fixture.step("touch /srv/app/new/x; ls /link/new; mount | grep -c /srv/app/new") {
                $0.lowers = [base] + fixture.base
                $0.mounts = [.tmpfs(.init(target: "/link/new", size: nil, isReadOnly: false))]
            })
        #expect(text == "x\n1\n" && step.isEmpty, "\(text)")
        let blocked = try await fixture.failure(
            fixture.step("true") { $0.mounts = [.tmpfs(.init(target: "/etc/passwd/x", size: nil, isReadOnly: false))] })
        #expect(blocked.code == .destinationConflict && blocked.message.contains("a file is in the way"), "\(blocked)")
    }

    @Test("one layer builds on the other: changes, whiteouts, opaque directories, owners, times")
    func stacking() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (first, _) = try await fixture.run(
            fixture.step(
                "mkdir -p /srv/d; echo 1 > /srv/d/old; touch -d '2001-02-03 04:05:06' /srv/d; chown 7:8 /srv/d"))
        #expect(try fixture.tree(first.upper) == ["d srv", "d srv/d", "f srv/d/old"])
        let (second, _) = try await fixture.run(
            fixture.step("rm -r /srv/d /etc/shadow; mkdir /srv/d; echo 2 > /srv/d/new") {
                $0.lowers = [first.upper] + fixture.base
            })
        #expect(try fixture.tree(second.upper) == ["c etc/shadow", "d etc", "d srv", "d srv/d", "f srv/d/new"])
        let (third, text) = try await fixture.run(
            fixture.step("ls /srv/d; ls /etc/shadow 2>&1 | wc -l; touch /run/x; ls -ld /srv | cut -c1-10") {
                $0.lowers = [second.upper, first.upper] + fixture.base
            })
        #expect(text == "new\n1\ndrwxr-xr-x\n")
        #expect(try fixture.tree(third.upper) == ["d run", "f run/x"])
        let times = try await fixture.run(
            fixture.step("stat -c '%Y %u:%g' /srv/d") { $0.lowers = [first.upper] + fixture.base })
        #expect(times.text == "981173106 7:8\n")
    }

    @Test("directories that mounts need keep the owner, mode and time that the image gives them")
    func stubAttributes() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (first, _) = try await fixture.run(
            fixture.step("mkdir -m 750 /data; chown 33:5 /data; touch -d '2001-02-03 04:05:06' /data; chmod 700 /"))
        let look = "stat -c '%n %a %u:%g %Y' /data; stat -c '%a' /"
        let (step, text) = try await fixture.run(
            fixture.step(look + "; touch /data/new") {
                $0.lowers = [first.upper] + fixture.base
                $0.mounts = [.tmpfs(.init(target: "/data/tmp", size: nil, isReadOnly: false))]
            })
        #expect(text == "/data 750 33:5 981173106\n700\n")
        #expect(try fixture.tree(step.upper) == ["d data", "f data/new"])
        let info = try #require(try Files.status(step.upper.appending("data")))
        #expect(info.mode == 0o750 && info.owner == 33 && info.group == 5)
    }

    @Test("a missing working directory is made, and is in the layer; one that a mount shows is not")
    func workingDirectory() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        let (step, text) = try await fixture.run(
            fixture.step("pwd; stat -c '%a %u' .") {
                $0.workingDirectory = "/app/sub"
                $0.user = "nobody"
            })
        #expect(text == "/app/sub\n755 0\n")
        #expect(try fixture.tree(step.upper) == ["d app", "d app/sub"])
        let mounted = try await fixture.run(
            fixture.step("pwd; touch x") {
                $0.workingDirectory = "/work"
                $0.mounts = [.tmpfs(.init(target: ".", size: nil, isReadOnly: false))]
            })
        #expect(mounted.text == "/work\n" && mounted.step.isEmpty)
    }

    @Test("an untaken layer goes with its value, a taken one stays")
    func ownership() async throws {
        let fixture = try RunFixture()
        defer { fixture.cleanUp() }
        var step: CompletedStep? = try await fixture.run(fixture.step("touch /x")).step
        let upper = try #require(step?.upper)
        let taken = fixture.path.appending("taken")
        try Files.rename(upper, to: taken)
        step = nil
        #expect(Files.exists(taken.appending("x")))
        #expect(try fixture.leftovers() == [])
    }
}
