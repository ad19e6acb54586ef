import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)), .enabled("needs root for owners, whiteouts and mounts") { try Requirement.met(.root) })
struct DifferenceTests {
    private func lines(_ changes: [TreeChange]) -> [String] {
        changes.map { change in
            let parts = [change.kind.letter, change.path.string, change.type.rawValue] + change.aspects.names
            return parts.joined(separator: " ") + (change.type == .file ? " \(change.oldSize)→\(change.newSize)" : "")
        }
    }

    @Test func everyKindOfChangeIsFound() throws {
        let fixture = try Fixture()
        let old = try fixture.tree(
            "old",
            """
            mkdir -p d/gone same; echo 1 > d/content; echo 1 > d/mode; echo 1 > d/owner; echo 1 > d/gone/f; ln -s a d/link
            echo 1 > d/attr; echo 1 > type; echo s > same/f; echo 1 > a.b; mkdir a; echo 1 > a/x; mknod n c 1 3
            head -c 200000 /dev/zero > big; echo t > touched
            """)
        let new = try fixture.tree(
            "new",
            """
            mkdir -p d same type new/deep; echo 2 > d/content; echo 1 > d/mode; chmod 600 d/mode; echo 1 > d/owner
            chown 5:6 d/owner; ln -s b d/link; echo 1 > d/attr; setfattr -n user.k -v v d/attr 2>/dev/null || \
            python3 -c 'import os; os.setxattr("d/attr", "user.k", b"v")'
            echo s > same/f; echo 22 > a.b; mkdir a; echo 1 > a/x; mknod n c 1 5; echo x > new/deep/f; chmod 700 same
            (head -c 199999 /dev/zero; printf x) > big; echo t > touched; touch -d @5 touched; echo y > type/in
            """)
        let changes = try TreeDifference(from: LayerStack([old]), to: LayerStack([new])).changes()
        #expect(
            lines(changes) == [
                "C /a.b file content 2→3", "C /big file content 200000→200000", "C /d/attr file attributes 2→2",
                "C /d/content file content 2→2", "D /d/gone directory", "D /d/gone/f file 2→0", "C /d/link link target",
                "C /d/mode file mode 2→2", "C /d/owner file owner 2→2", "C /n characterDevice target",
                "A /new directory", "A /new/deep directory", "A /new/deep/f file 0→2", "C /same directory mode",
                "C /type directory type mode", "A /type/in file 0→2",
            ])
        #expect(try TreeDifference(from: LayerStack([old]), to: LayerStack([old])).changes() == [])
    }

    /// Two stacks over one base; the expectation is what diff(1) says of the mounts.
    @Test func stacksAreComparedAsTheirMountsAre() throws {
        let fixture = try Fixture()
        let base = try fixture.tree(
            "base",
            """
            for d in a b c d e; do mkdir -p $d/sub; for f in 1 2 3; do echo $d$f > $d/$f; echo $d$f > $d/sub/$f; done; done
            """)
        let opaque = "python3 -c 'import os, sys; os.setxattr(sys.argv[1], \"trusted.overlay.opaque\", b\"y\")'"
        let one = try fixture.tree(
            "one", "mkdir a b; mknod a/1 c 0 0; echo n > a/new; mknod b/sub c 0 0; mknod c c 0 0; echo f > file")
        let two = try fixture.tree(
            "two", "mkdir a c; echo back > a/1; mknod a/new c 0 0; \(opaque) c; echo fresh > c/9; echo f > file")
        let three = try fixture.tree("three", "mkdir d; mknod d/sub c 0 0; mknod file c 0 0; echo e > e; mknod b c 0 0")
        let stacks = [[base], [one, base], [two, one, base], [three, base], [three, two, one, base], [two, base]]
        for (number, old) in stacks.enumerated() {
            for new in stacks[(number + 1)...] {
                let changes = try TreeDifference(from: LayerStack(old), to: LayerStack(new)).changes()
                let found = changes.filter { $0.type != .directory || $0.kind != .changed }
                #expect(
                    try Set(found.map { "\($0.kind.letter) \($0.path)" }) == mountedChanges(fixture, old, new),
                    "\(old) \(new)")
            }
        }
    }

    /// The same by two mounts and Python.
    private func mountedChanges(_ fixture: Fixture, _ old: [FilePath], _ new: [FilePath]) throws -> Set<String> {
        let mounts = ["m1", "m2"].map { fixture.directory.appending($0) }
        for (mount, stack) in zip(mounts, [old, new]) {
            for name in ["\(mount)", "\(mount)-u", "\(mount)-w"] { try Files.createDirectory(FilePath(name)) }
            try Mounts.overlay(lowers: stack, upper: FilePath("\(mount)-u"), work: FilePath("\(mount)-w"), at: mount)
        }
        defer {
            // The directories go with the fixture, and a mount left there would be seen.
            for mount in mounts { _ = try? Mounts.unmount(mount) }
            _ = try? fixture.run("rm", ["-rf"] + mounts.flatMap { ["\($0)-u", "\($0)-w"] })
        }
        let output = try fixture.run(
            "python3", ["-", mounts[0].string, mounts[1].string],
            input: """
                import os, sys
                def tree(root):
                    found = {}
                    for folder, names, files in os.walk(root):
                        for n in names + files:
                            p = os.path.join(folder, n)
                            found["/" + os.path.relpath(p, root)] = None if os.path.isdir(p) else open(p, "rb").read()
                    return found
                a, b = tree(sys.argv[1]), tree(sys.argv[2])
                for p in sorted(set(a) | set(b)):
                    if p not in a: print("A", p)
                    elif p not in b: print("D", p)
                    elif a[p] != b[p] and not (a[p] is not None and b[p] is None): print("C", p)
                """)
        return Set(output.split(separator: "\n").map(String.init))
    }

    @Test func containersChangesAreThoseOfItsUpper() throws {
        let fixture = try Fixture()
        let lower = try fixture.tree(
            "lower", "mkdir -p etc usr/bin; echo 1 > etc/conf; echo 1 > etc/old; echo b > usr/bin/b")
        for name in ["upper", "work", "merged"] { try Files.createDirectory(fixture.directory.appending(name)) }
        let merged = fixture.directory.appending("merged")
        try fixture.run("chmod", ["--reference=lower", "upper"])
        try Mounts.overlay(
            lowers: [lower], upper: fixture.directory.appending("upper"), work: fixture.directory.appending("work"),
            at: merged)
        // The directory is removed with the fixture, and a mount left there would be seen.
        defer { _ = try? Mounts.unmount(merged) }
        try fixture.run(
            "sh", ["-ec", "cd merged; echo 2 >> etc/conf; rm etc/old; mkdir tmp; echo x > tmp/x; touch usr/bin/b"])
        let changes = try TreeDifference.changes(
            in: fixture.directory.appending("upper"), over: LayerStack([lower]))
        #expect(
            lines(changes) == [
                "C /etc directory", "C /etc/conf file content 2→4", "D /etc/old file 2→0", "A /tmp directory",
                "A /tmp/x file 0→2", "C /usr directory", "C /usr/bin directory", "C /usr/bin/b file 2→2",
            ])
    }

    @Test func onlyWhatTheTopLayerHasIsReported() throws {
        let fixture = try Fixture()
        let base = try fixture.tree("base", "for n in $(seq 200); do mkdir -p d$n/s; echo $n > d$n/s/f; done")
        let top = try fixture.tree("top", "mkdir -p d7/s; echo other > d7/s/f")
        let stack = LayerStack([base])
        #expect(try TreeDifference(from: stack, to: stack.below(top)).changes().map(\.path) == ["/d7/s/f"])
    }

    @Test func namesThatAreNoTextAreFound() throws {
        let fixture = try Fixture()
        let old = try fixture.tree("old", "mkdir d")
        let new = try fixture.tree("new", #"mkdir d; printf x > "d/$(printf 'a\377b')""#)
        // The fixture removes by names that are text; what stays is seen in /tmp.
        defer { _ = try? fixture.run("rm", ["-rf", "new"]) }
        let changes = try TreeDifference(from: LayerStack([old]), to: LayerStack([new])).changes()
        #expect(changes.count == 1)
        let path = try #require(changes.first?.path)
        #expect(path.withPlatformString { strlen($0) } == 6)
        #expect(try TextPatch.patches(of: changes, from: LayerStack([old]), to: LayerStack([new])).count == 1)
    }

    @Test func patchesAreUnifiedDiffs() throws {
        let fixture = try Fixture()
        let old = try fixture.tree(
            "old",
            "mkdir etc; printf '1\\n2\\n3\\n' > etc/a; printf gone > b; printf 'x\\0y' > bin; head -c 1100000 /dev/zero > large; echo m > m"
        )
        let new = try fixture.tree(
            "new",
            "mkdir etc; printf '1\\n2b\\n3\\n' > etc/a; printf 'new\\n' > c; printf 'x\\0z!' > bin; echo > large; echo m > m; chmod 600 m"
        )
        let (before, after) = (LayerStack([old]), LayerStack([new]))
        let changes = try TreeDifference(from: before, to: after).changes()
        let patches = try TextPatch.patches(of: changes, from: before, to: after)
        #expect(
            patches.map(\.text) == [
                "--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n\\ No newline at end of file\n",
                "Binary files a/bin and b/bin differ (3 B → 4 B)\n",
                "--- /dev/null\n+++ b/c\n@@ -0,0 +1 @@\n+new\n",
                "--- a/etc/a\n+++ b/etc/a\n@@ -1,3 +1,3 @@\n 1\n-2\n+2b\n 3\n",
                "Files a/large and b/large differ (1.1 MB → 1 B)\n",
            ])
        try fixture.write("p", patches.map(\.text).filter { !$0.contains("differ (") }.joined())
        try fixture.run("sh", ["-c", "cd old && patch -p1 < ../p"])
        #expect(try fixture.read(old.appending("etc/a")) == "1\n2b\n3\n" && !Files.exists(old.appending("b")))
    }
}

/// What is found in documents and shown as text; pure but for the package lists.
@Suite(.timeLimit(.minutes(2))) struct DifferenceTextTests {
    @Test func changesAreDrawn() {
        let changes = [
            TreeChange(path: "/etc", kind: .changed, type: .directory),
            TreeChange(path: "/etc/conf", kind: .changed, type: .file, oldSize: 100, newSize: 1300, aspects: .content),
            TreeChange(
                path: "/etc/mode", kind: .changed, type: .file, oldSize: 5, newSize: 5, aspects: [.mode, .owner]),
            TreeChange(path: "/lib/libx.so", kind: .added, type: .link),
            TreeChange(
                path: "/usr/share/doc/with/a/very/long/name/indeed", kind: .added, type: .file, newSize: 2_500_000),
            TreeChange(path: "/usr/share/old", kind: .removed, type: .file, oldSize: 1_250_000),
        ]
        #expect(
            DifferenceText.lines(changes, width: 72) == [
                " /etc/                               |        touched",
                " /etc/conf                           | 100 B → 1.3 kB +",
                " /etc/mode                           |    mode, owner",
                " /lib/libx.so@                       |            new +",
                " …e/doc/with/a/very/long/name/indeed |         2.5 MB +++++++++++++++++",
                " /usr/share/old                      |         1.3 MB --------",
                "3 paths changed, 2 added, 1 removed, +2.5 MB, −1.3 MB",
            ])
        #expect(DifferenceText.lines(changes, width: 72).allSatisfy { $0.count <= 72 })
        #expect(DifferenceText.lines([]) == ["0 paths changed, 0 added, 0 removed, +0 B, −0 B"])
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1049, "1.0 kB"), (9949, "9.9 kB"), (9951, "10 kB"),
            (999_499, "999 kB"), (999_500, "1.0 MB"), (12_345_678, "12 MB"), (Int64.max, "9.2 EB"), (-1500, "-1.5 kB"),
        ] as [(Int64, String)]) func bytesAreForPeople(_ bytes: Int64, _ text: String)
    {
        #expect(ByteCount.text(bytes) == text)
    }

    @Test func configurationsAreCompared() throws {
        var old = ImageConfiguration(platform: Platform(architecture: "amd64"), diffIDs: [])
        var new = ImageConfiguration(platform: Platform(architecture: "arm64"), diffIDs: [])
        old.config.environment = ["A=1", "B=2", "A=3"]
        new.config.environment = ["A=3", "B=x=y", "C="]
        old.config.command = ["sh"]
        new.config.entrypoint = ["a", "b\"c"]
        old.config.exposedPorts = ["80/tcp"]
        new.config.volumes = ["/data"]
        old.config.labels = ["k": "v"]
        new.config.labels = ["k": "w"]
        new.config.user = "me"
        new.config.stopSignal = "SIGQUIT"
        let shown = try ConfigurationChange.between(old, and: new).map {
            "\($0.field): \($0.old ?? "nil") → \($0.new ?? "nil")"
        }
        #expect(
            shown == [
                "platform: linux/amd64 → linux/arm64", "user: nil → me", "entrypoint: nil → [\"a\",\"b\\\"c\"]",
                "command: [\"sh\"] → nil", "stop signal: nil → SIGQUIT", "environment B: 2 → x=y",
                "environment C: nil → ", "port 80/tcp:  → nil", "volume /data: nil → ", "label k: v → w",
            ])
        #expect(try ConfigurationChange.between(new, and: new) == [])
    }

    @Test func packagesAreCompared() throws {
        let fixture = try Fixture()
        let old = try fixture.tree(
            "old",
            """
            mkdir -p var/lib/dpkg var/lib/dpkg/status.d; cat > var/lib/dpkg/status <<'E'
            Package: libc6
            Status: install ok installed
            Architecture: amd64
            Version: 2.36-9
            Description: text
             Version: not this

            Package: libc6
            Status: install ok installed
            Architecture: i386
            Version: 2.36-9

            Package: purged
            Status: deinstall ok config-files
            Version: 1

            Package: gone
            Status: install ok installed
            Version: 1
            E
            printf 'Package: tz\\nVersion: 2024a\\n' > var/lib/dpkg/status.d/tz; echo > var/lib/dpkg/status.d/tz.md5sums
            """)
        let new = try fixture.tree(
            "new",
            """
            mkdir -p lib/apk/db; printf 'C:Q1\\nP:musl\\nV:1.2.5-r0\\nA:x86_64\\nF:lib\\n\\nP:tz\\nV:2025b\\n\\n' > lib/apk/db/installed
            """)
        let (had, has) = try (PackageList(of: LayerStack([old])), PackageList(of: LayerStack([new])))
        #expect(had.versions == ["libc6": "2.36-9", "libc6:i386": "2.36-9", "gone": "1", "tz": "2024a"])
        #expect(
            PackageChange.between(had, and: has).map { "\($0.name) \($0.oldVersion ?? "-") \($0.newVersion ?? "-")" }
                == ["gone 1 -", "libc6 2.36-9 -", "libc6:i386 2.36-9 -", "musl - 1.2.5-r0", "tz 2024a 2025b"])
        #expect(try PackageList(of: LayerStack([old.appending("var/lib/dpkg/status.d")])).versions == [:])
    }

    @Test func treesAreListed() throws {
        let fixture = try Fixture()
        let low = try fixture.tree("low", "mkdir -p a/b; head -c 1500 /dev/zero > a/b/f; ln a/b/f a/g; echo 1 > z")
        let top = try fixture.tree("top", "ln -s z link; mkdir a; head -c 20 /dev/zero > a/h")
        let listing = try TreeListing(of: LayerStack([top, low]), depth: 2)
        #expect(
            listing.lines() == [
                "1.5 kB  /", "1.5 kB  ├─ a/", "1.5 kB  │  ├─ b/", "   0 B  │  ├─ g", "  20 B  │  └─ h",
                "   0 B  ├─ link@", "   2 B  └─ z",
            ])
        #expect(listing.size == 1522 && listing.entryCount == 7)
        let bySize = try TreeListing(of: LayerStack([top, low]), depth: 1, order: .size)
        #expect(bySize.children.map(\.name) == ["a", "z", "link"] && bySize.children[0].children == [])
        #expect(try TreeListing(of: LayerStack([top, low]), depth: 0).children == [])
    }
}
