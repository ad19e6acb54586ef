import Builder
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing

/// The same instruction by us and by buildah, where that is installed.
@Suite(.timeLimit(.minutes(5)), .enabled("needs root and buildah") { try Requirement.met(.root, .buildah) })
struct BuildahTests {
    static let setUp = """
        mkdir -p src/lib/deep docs private; echo m > src/main.c; echo l > src/lib/l.c; echo d > src/lib/deep/d.c
        ln -s main.c src/link; ln -s lib src/dirlink; ln -s src/main.c top; echo r > README; echo x > docs/x.md
        chmod 600 src/lib/l.c; chmod 711 private; chmod 1777 docs; touch private/k; echo run > run.sh; chmod 755 run.sh
        """

    struct Step: Sendable, CustomTestStringConvertible {
        var sources: [String]
        var destination: String
        var owner: (UInt32, UInt32)?
        var mode: UInt16?

        init(_ sources: String, _ destination: String, owner: (UInt32, UInt32)? = nil, mode: UInt16? = nil) {
            self.sources = sources.split(separator: " ").map(String.init)
            self.destination = destination
            self.owner = owner
            self.mode = mode
        }

        var testDescription: String { instruction }

        var instruction: String {
            let owner = owner.map { "--chown=\($0.0):\($0.1) " } ?? ""
            let mode = mode.map { "--chmod=\(String($0, radix: 8)) " } ?? ""
            return "COPY \(owner)\(mode)\(sources.joined(separator: " ")) \(destination)"
        }
    }

    @Test(arguments: [
        [Step("README", "/README")], [Step("README", "/a/b/c")], [Step("README", "/a/b/")], [Step("src", "/s")],
        [Step("src/", "/s/")], [Step(".", "/all/")], [Step("README run.sh", "/two/")],
        [Step("src docs README", "/mix/")],
        [Step("*", "/star/")], [Step("src/*.c", "/c/")], [Step("top", "/followed")], [Step("src/dirlink", "/dl")],
        [Step("src", "/o", owner: (5, 6))], [Step("README", "/n/e/w", owner: (7, 8))],
        [Step("src/lib/l.c", "/m/l", mode: 0o751)], [Step("src", "/x"), Step("docs", "/x")],
        [Step("docs", "/t/"), Step("docs", "/t/docs/"), Step("README", "/t")],
        [Step("README", "/f"), Step("run.sh", "/f")],
        [Step("src", "/x", owner: (1, 1)), Step("src", "/x", owner: (2, 2))], [Step("src/link", "/y/")],
    ]) func agree(_ steps: [Step]) throws {
        let fixture = try Fixture()
        try fixture.run(Self.setUp)
        for step in steps {
            try fixture.copy(step.sources, to: step.destination) { options in
                options.owner = step.owner.map { FileOwner(user: $0.0, group: $0.1) }
                guard let mode = step.mode else { return }
                options.mode = { _, _ in mode }
            }
        }
        let theirs = try Buildah(fixture).build(steps.map(\.instruction))
        #expect(try fixture.listing(of: fixture.root) == theirs)
    }
}

/// One build by buildah with a store of the test's own.
struct Buildah {
    let fixture: Fixture

    init(_ fixture: Fixture) {
        self.fixture = fixture
    }

    /// What is in the image, as `Fixture.listing` shows it.
    func build(_ instructions: [String]) throws -> String {
        let file = (["FROM scratch"] + instructions).joined(separator: "\n") + "\n"
        try Files.write(file.utf8, to: fixture.directory.appending("Dockerfile"))
        return try fixture.run(
            #"""
            b() { buildah --storage-driver vfs --root "$PWD/store" --runroot "$PWD/run" "$@"; }
            trap 'b rm -a > /dev/null 2>&1 || true' EXIT
            b bud --isolation chroot -q -t t -f Dockerfile context > /dev/null
            cd "$(b mount "$(b from t)")"
            find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sed 's/ *$//' | LC_ALL=C sort
            cd /
            """#, in: fixture.directory)
    }
}
