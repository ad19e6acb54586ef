import Builder
import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// The same Dockerfile by us and by buildah.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled("needs root, busybox and buildah") { try Requirement.met(.root, .busybox, .buildah) })
struct SolveBuildahTests {
    @Test func agree() async throws {
        let fixture = try SolveFixture()
        try fixture.run(
            """
            mkdir -p src/lib; echo a > src/a.c; echo b > src/lib/b.c; ln -s a.c src/link; echo r > README
            cp /bin/busybox busybox; mkdir in; echo t > in/t; tar -cf in.tar in
            """)
        let text = """
            FROM scratch AS base
            COPY busybox /bin/busybox
            RUN ["/bin/busybox", "--install", "-s", "/bin"]
            FROM base AS build
            COPY src /src
            RUN cat /src/a.c /src/lib/b.c > /out && chmod 750 /out
            FROM base
            ENV NAME=value
            WORKDIR /srv/app
            ADD in.tar .
            COPY --from=build /out ./
            COPY --chown=5:6 README src/ ./files/
            RUN rm in/t && mkdir -p made/deep && echo $NAME > made/deep/file && ln -s made link
            LABEL a=b
            EXPOSE 80
            USER 5
            ENTRYPOINT ["/bin/sh"]
            CMD ["-c", "true"]
            """
        try Files.write(text.utf8, to: fixture.directory.appending("Dockerfile"))
        let theirs = try fixture.run(
            #"""
            b() { buildah --storage-driver vfs --root "$PWD/store" --runroot "$PWD/run" "$@"; }
            trap 'b rm -a > /dev/null 2>&1 || true' EXIT
            b bud --layers --isolation chroot -q -t t -f Dockerfile context > /dev/null
            c="$(b from t)"
            b inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.WorkingDir}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}} {{.OCIv1.Config.Labels.a}} {{.OCIv1.Config.ExposedPorts}}' "$c"; echo
            cd "$(b mount "$c")"
            find . -mindepth 1 \( -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sed 's/ *$//' | LC_ALL=C sort
            cd /
            """#, in: fixture.directory)
        let result = try await fixture.build(text)
        let config = result.image.configuration.config
        let ours =
            "\(config.user) \(config.workingDirectory) [\(config.entrypoint.joined(separator: " "))] "
            + "[\(config.command.joined(separator: " "))] \(config.labels["a"] ?? "") map[80/tcp:{}]\n"
        #expect(config.exposedPorts == ["80/tcp"])
        // Mount points that buildah makes for its commands and leaves behind are no part of the comparison.
        let stray = [
            "etc", "etc/hosts", "etc/hostname", "etc/resolv.conf", "run", "run/.containerenv", "dev", "proc", "sys",
        ]
        func compared(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { line in !stray.contains(String(line.prefix { $0 != " " })) }
        }
        let mine = ours + (try fixture.listing(result.image))
        #expect(compared(theirs) == compared(mine))
    }
}
