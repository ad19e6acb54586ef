import Testing

@testable import Dockerfile

/// Flags, options and forms of the instructions.
@Suite(.timeLimit(.minutes(2))) struct InstructionTests {
    private static func error(_ instruction: String) -> String? {
        Fixture.summaries("FROM a\n\(instruction)\n").first { $0.hasPrefix("error: ") }.map { String($0.dropFirst(7)) }
    }

    @Test func copyFlags() throws {
        let text =
            "COPY --from=b --chown=me:us --chmod=u=rwX,go-w --link --parents --exclude=*.md --exclude='a b' x y /z/"
        let copy = try #require(try Fixture.step(text).copy)
        #expect(copy.from?.text == "b")
        #expect(copy.keepsParents)
        #expect(copy.transfer.owner == "me:us")
        #expect(copy.transfer.modeText == "u=rwX,go-w")
        #expect(copy.transfer.isLinked)
        #expect(copy.transfer.excludes == ["*.md", "a b"])
        #expect(copy.transfer.sources == [.path("x"), .path("y")])
        #expect(copy.transfer.destination == "/z/")
    }

    @Test func addFlags() throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        let add = try #require(
            try Fixture.step("ADD --checksum=\(digest) --unpack --keep-git-dir=false --link=false https://x.de/a.tgz /")
                .add)
        #expect(add.checksum == digest)
        #expect(add.unpacks == true)
        #expect(!add.keepsGitDirectory && !add.transfer.isLinked)
        #expect(add.transfer.sources == [.url("https://x.de/a.tgz")])
        let local = try #require(try Fixture.step("ADD a.tar /b").add)
        #expect(local.unpacks == nil)
    }

    @Test(arguments: [
        ("https://x.de/a.git#main:dir", "git"), ("https://x.de/a.git?ref=b", "git"), ("git@x.de:a/b", "git"),
        ("git://x.de/a", "git"), ("ssh://git@x.de/a", "git"), ("http://x.de/a", "url"), ("https://x.de/a.git/b", "url"),
        ("a/b", "path"), ("x.de/a.git", "path"), ("C:a", "path"), ("a/b@c:d", "path"),
    ])
    func remoteSources(text: String, kind: String) {
        switch TransferSource(remote: text) {
        case .git: #expect(kind == "git")
        case .url: #expect(kind == "url")
        default: #expect(kind == "path")
        }
    }

    @Test func runFlags() throws {
        let text = """
            RUN --mount=type=bind,from=b,source=/s,target=/t,rw --mount=type=cache,dst=/c,id=i,sharing=locked,mode=0700,uid=1 \
            --mount=type=tmpfs,destination=/m,size=1.5m --mount=type=secret,id=k,env=KEY,required \
            --mount=type=ssh,required=true,mode=0660 --network=none --security=insecure \
            --device=vendor.com/gpu=0,required --device=name=x make
            """
        let run = try #require(try Fixture.step(text).run)
        #expect(run.network == .none)
        #expect(run.security == .insecure)
        #expect(
            run.devices == [
                .init(name: "vendor.com/gpu=0", isRequired: true), .init(name: "x", isRequired: false),
            ])
        #expect(run.command == .shell("make"))
        guard case .bind(let bind) = run.mounts[0], case .cache(let cache) = run.mounts[1],
            case .tmpfs(let temporary) = run.mounts[2], case .secret(let secret) = run.mounts[3],
            case .ssh(let socket) = run.mounts[4]
        else { return #expect(Bool(false), "\(run.mounts)") }
        #expect(bind.from?.text == "b")
        #expect([bind.source, bind.target] == ["/s", "/t"])
        #expect(!bind.isReadOnly)
        #expect([cache.id, cache.target, cache.sharing.rawValue] == ["i", "/c", "locked"])
        #expect(cache.permissions == .init(mode: 0o700, uid: 1, gid: 0, isDefault: false))
        #expect(temporary.size == 1_572_864)
        #expect(secret.target == nil && secret.variable == "KEY" && secret.isRequired)
        #expect(socket.id == "default" && socket.isRequired && socket.permissions.mode == 0o660)
    }

    @Test func mountDefaults() throws {
        let text =
            "RUN --mount=target=/a/ --mount=type=cache,target=/c/../d --mount=type=secret,target=/x/key --mount=type=secret,id=a/b c"
        let run = try #require(try Fixture.step(text).run)
        guard case .bind(let bind) = run.mounts[0], case .cache(let cache) = run.mounts[1],
            case .secret(let first) = run.mounts[2], case .secret(let second) = run.mounts[3]
        else { return #expect(Bool(false), "\(run.mounts)") }
        #expect(bind.from == nil && bind.source == "/" && bind.isReadOnly)
        guard case .bind(let whole) = try Fixture.step("RUN --mount=from=b x").run?.mounts.first else {
            return #expect(Bool(false))
        }
        #expect(whole.target == ".")
        #expect(cache.id == "/d" && cache.sharing == .shared && !cache.isReadOnly)
        #expect(cache.permissions == .init(mode: 0o755, uid: 0, gid: 0, isDefault: true))
        #expect(first.id == "key" && first.target == "/x/key" && !first.isRequired)
        #expect(second.id == "a/b" && second.target == "/run/secrets/b" && second.permissions.mode == 0o400)
    }

    @Test func mountOptionsInQuotes() throws {
        let run = try #require(try Fixture.step("RUN --mount='type=bind,\"source=a,b\",target=/c' x").run)
        guard case .bind(let bind) = run.mounts[0] else { return #expect(Bool(false)) }
        #expect(bind.source == "a,b")
        #expect(bind.target == "/c")
        #expect(Self.error("RUN --mount='\"a' x") == "the quotes in these options do not match")
    }

    @Test(arguments: [
        ("RUN --mount=type=bind,target=/ x", "a mount cannot cover `/`"),
        ("RUN --mount=type=secret x", "the secret has no name"),
        ("RUN --mount=type=cache,target x", "option `target` of a mount needs a value"),
        ("RUN --mount=type=secret,id=a,source=b x", "`source` and `id` of a secret are the same thing"),
        ("RUN --mount=type=secret,from=a,id=b x", "a secret mount has no option `from`"),
        ("RUN --mount=type=cache,target=/a,sharing=lock x", "`lock` is no way of sharing"),
        ("RUN --mount=type=bind,target=/a,ro=maybe x", "`ro` can be true or false, not `maybe`"),
        ("RUN --mount=type=tmpfs,target=/a,size=big x", "`big` is no size"),
        ("RUN --mount=type=cache,target=/a,uid=me x", "`me` is no user number"),
        ("RUN --mount=type=bind,from=$X,target=/a x", "`from` of a mount cannot hold a variable"),
        ("RUN --mount x", "`--mount` needs a value"), ("RUN --network=a --network=b x", "`--network` is given twice"),
        ("RUN --security=x y", "`x` is no value of `--security`"), ("RUN --device= x", "the device has no name"),
        ("RUN", "RUN needs a command"), ("CMD", "CMD needs a command"),
        ("COPY a", "COPY needs a destination behind the source"),
        ("COPY --link=x a b", "`--link` can be true or false, not `x`"),
        ("COPY --from= a b", "`--from` names no stage"),
        ("COPY a <<EOF\nEOF", "a here-document cannot be the destination"),
        ("COPY --chmod=9 a b", "`9` is no file mode"),
        ("SHELL bash", "SHELL needs a JSON array"), ("SHELL []", "SHELL needs a JSON array"),
        ("VOLUME []", "VOLUME needs a path"),
        ("VOLUME [\" \"]", "a path of VOLUME is empty"), ("ENV =a", "a name of ENV is empty"),
        ("ENV a=b c", "`c` is not of the form NAME=VALUE"),
        ("ARG =a", "a name of ARG is empty"), ("ARG", "ARG needs a name"), ("LABEL", "LABEL needs a name and a value"),
        ("ONBUILD", "ONBUILD needs an instruction"), ("ONBUILD FROM a", "FROM cannot be a trigger of ONBUILD"),
        ("ONBUILD MAINTAINER a", "MAINTAINER cannot be a trigger of ONBUILD"),
        ("ONBUILD ONBUILD RUN a", "an ONBUILD cannot be the trigger of another one"),
        ("ONBUILD COPY --x a b", "unknown flag `--x` of COPY"), ("HEALTHCHECK", "HEALTHCHECK needs a command"),
        ("HEALTHCHECK NONE a", "NONE takes nothing behind it"), ("HEALTHCHECK CMD", "no command stands behind CMD"),
        ("HEALTHCHECK --retries=-1 CMD a", "`-1` is no number of retries"),
        ("HEALTHCHECK --timeout=1us CMD a", "`--timeout` must be 1ms or more"),
        ("HEALTHCHECK a", "a health check is `CMD` or `NONE`, not `a`"), ("STOPSIGNAL 65", "65 is no signal"),
        ("STOPSIGNAL RTMIN+16", "`RTMIN+16` is no signal"), ("EXPOSE 80/icmp", "`icmp` is no protocol of a port"),
        ("EXPOSE 90-80", "`90-80` is no port"), ("EXPOSE", "EXPOSE needs a port"),
        ("CMD [1]", "a JSON array here can hold strings only"),
        ("FROM", "FROM needs an image"), ("FROM b c", "FROM takes an image, or an image, `AS` and a name"),
        ("FROM --plattform=x b", "unknown flag `--plattform` of FROM"),
    ])
    func refused(instruction: String, message: String) {
        #expect(Self.error(instruction) == message)
    }

    @Test func healthchecks() throws {
        let text =
            "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0s --start-interval=100ms --retries=3 cmd [\"a\"]"
        guard case .healthcheck(let check) = try Fixture.step(text) else { return #expect(Bool(false)) }
        #expect(
            check
                == Healthcheck(
                    command: .exec(["a"]), interval: .seconds(90), timeout: .milliseconds(1500), startPeriod: nil,
                    startInterval: .milliseconds(100), retries: 3))
        #expect(try Fixture.step("HEALTHCHECK none") == .healthcheck(Healthcheck(command: nil)))
        #expect(Healthcheck(command: nil).test == ["NONE"])
        #expect(Healthcheck(command: .shell("a b")).test == ["CMD-SHELL", "a b"])
    }

    @Test(arguments: ["9", "KILL", "SIGTERM", "sigint", "RTMIN", "SIGRTMIN+3", "rtmax-2", "64"])
    func signals(name: String) throws {
        #expect(try Fixture.step("STOPSIGNAL \(name)") == .stopSignal(name))
    }

    @Test func portsAndRanges() throws {
        guard case .expose(let ports) = try Fixture.step("EXPOSE 80 81-83/udp 1:2/SCTP 9/") else {
            return #expect(Bool(false))
        }
        #expect(ports.map(\.description) == ["80/tcp", "81/udp", "82/udp", "83/udp", "2/sctp", "9/tcp"])
    }

    @Test func formsOfCommands() throws {
        #expect(try Fixture.step("CMD [\"a\", \"b c\"]") == .cmd(.exec(["a", "b c"])))
        #expect(try Fixture.step("CMD []") == .cmd(.exec([])))
        #expect(try Fixture.step("ENTRYPOINT a  $B 'c'") == .entrypoint(.shell("a  $B 'c'")))
        #expect(try Fixture.step("VOLUME /a \"/b\"") == .volume(["/a", "/b"]))
        #expect(try Fixture.step("VOLUME [\"/a b\"]") == .volume(["/a b"]))
        #expect(
            try Fixture.step("LABEL a=\"b c\" 'd e'=f")
                == .label([Variable(name: "a", value: "b c"), Variable(name: "d e", value: "f")]))
    }

    @Test func heredocsAsCommands() throws {
        #expect(try Fixture.step("RUN <<EOF\na $B\nb\nEOF").run?.command == .shell("a $B\nb\n"))
        #expect(try Fixture.step("RUN <<-EOF\n\ta\nEOF").run?.command == .shell("a\n"))
        #expect(
            try Fixture.step("RUN <<X\n#!/bin/env python\nprint()\nX").run?.command
                == .script(InlineFile(name: "X", content: "#!/bin/env python\nprint()\n")))
        #expect(
            try Fixture.step("RUN cat <<A <<-B > c\na\nA\n\tb\nB").run?.command
                == .shell("cat <<A <<-B > c\na\nA\n\tb\nB"))
    }

    @Test(arguments: [
        ("u=rwX,go=rX", 0o100 as UInt16, false, 0o755 as UInt16), ("u=rwX,go=rX", 0o600, false, 0o644),
        ("u=rwX,go=rX", 0o600, true, 0o755),
        ("+x", 0o644, false, 0o755), ("a-w", 0o777, false, 0o555), ("g=u", 0o740, false, 0o770),
        ("u+s,o+t", 0o755, false, 0o5755),
        ("ug+s", 0o755, false, 0o6755), ("=", 0o7777, false, 0o0), ("u=rw", 0o4755, true, 0o4655),
        ("u-x+w", 0o500, false, 0o600), ("0640", 0o777, false, 0o640),
    ])
    func fileModes(text: String, before: UInt16, isDirectory: Bool, after: UInt16) throws {
        let copy = try #require(try Fixture.step("COPY --chmod=\(text) a b").copy)
        #expect(copy.transfer.mode?.applied(to: before, isDirectory: isDirectory) == after)
    }

    @Test(arguments: ["888", "10000", "u", "u=q", "x+r", "u=rg", "a+w,", "+-"])
    func noFileModes(text: String) {
        let error = Self.error("COPY --chmod=\(text) a b")
        #expect(error == "`\(text)` is no file mode" || text == "+-")
    }
}
