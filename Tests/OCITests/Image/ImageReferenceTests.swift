import OCI
import Testing

@Suite(.timeLimit(.minutes(2))) struct ImageReferenceTests {
    private static let digest = "sha256:" + String(repeating: "1f", count: 32)

    @Test(arguments: [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.25", "docker.io/library/nginx:1.25"),
        ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("index.docker.io/a/b", "docker.io/a/b:latest"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/x/y:t", "localhost:5000/x/y:t"),
        ("ghcr.io/org/app@\(digest)", "ghcr.io/org/app@\(digest)"),
        ("app:v1@\(digest)", "docker.io/library/app:v1@\(digest)"),
        ("[::1]:5000/a", "[::1]:5000/a:latest"),
        ("a__b/c.d--e_f", "docker.io/a__b/c.d--e_f:latest"),
        ("oci:images/web", "oci:/base/images/web"),
        ("oci:./images//web/:v1", "oci:/base/images/web:v1"),
        ("oci-archive:/x/y.tar:name:tag", "oci-archive:/x/y.tar:name:tag"),
        ("docker-archive:../a.tar", "docker-archive:/base/../a.tar"),
        ("rootfs:.", "rootfs:/base"),
        ("rootfs:/", "rootfs:/"),
        ("bootstrap:busybox", "bootstrap:busybox"),
        ("bootstrap:debian/bookworm", "bootstrap:debian/bookworm"),
        ("bootstrap:debian/trixie?variant=minbase", "bootstrap:debian/trixie"),
        (
            "bootstrap:debian/bookworm?variant=buildd&include=vim,curl,vim",
            "bootstrap:debian/bookworm?include=curl,vim&variant=buildd"
        ),
        (
            "bootstrap:debian/bookworm?include=vim@\(Self.digest)",
            "bootstrap:debian/bookworm?include=vim@\(Self.digest)"
        ),
    ]) func canonicalForm(_ text: String, _ canonical: String) throws {
        let reference = try ImageReference(text, relativeTo: "/base")
        #expect(reference.description == canonical)
        #expect(try ImageReference(canonical, relativeTo: "/elsewhere") == reference)
    }

    @Test func payloads() throws {
        #expect(
            try ImageReference("bootstrap:debian/sid?include=b,a", relativeTo: "/")
                == .bootstrapDebian(suite: "sid", include: ["a", "b"], variant: "minbase"))
        #expect(try ImageReference("oci:x:t", relativeTo: "/b") == .ociLayout(path: "/b/x", tag: "t"))
        let reference = try Reference("ghcr.io/org/app:1@\(Self.digest)")
        #expect(reference.registry == "ghcr.io" && reference.repository == "org/app")
        #expect(reference.tag == "1" && reference.digest?.description == Self.digest)
    }

    @Test(arguments: [
        ("", "the name is empty"),
        ("Nginx", "perhaps `nginx` is meant"),
        ("a//b", "lower-case"),
        ("a/-b", "lower-case"),
        ("a.._b", "lower-case"),
        ("a___b", "lower-case"),
        ("nginx:", "the tag ``"),
        ("nginx:-x", "the tag `-x`"),
        ("nginx:a b", "the tag `a b`"),
        ("nginx@sha256:12", "sha256 has exactly 64"),
        ("nginx@", "not a digest"),
        ("docker://nginx", "scheme `docker`"),
        ("host:99999/x", "not a host"),
        ("ho_st.x/y", "not a host"),
        ("oci:", "names no path"),
        ("oci::tag", "names no path"),
        ("oci:x:", "the tag ``"),
        ("oci:x:a b", "the tag `a b`"),
        ("rootfs:", "names no path"),
        ("bootstrap:debain/bookworm", "perhaps `debian` is meant"),
        ("bootstrap:alpine", "known are busybox, debian"),
        ("bootstrap:", "known are busybox, debian"),
        ("bootstrap:busybox/1", "takes no parameters"),
        ("bootstrap:busybox?x=1", "takes no parameters"),
        ("bootstrap:debian", "names no suite"),
        ("bootstrap:debian/", "names no suite"),
        ("bootstrap:debian/../x", "the suite `../x`"),
        ("bootstrap:debian/--help", "the suite"),
        ("bootstrap:debian/sid?includes=a", "perhaps `include` is meant"),
        ("bootstrap:debian/sid?mirror=a", "known are include, variant"),
        ("bootstrap:debian/sid?include=", "without a value"),
        ("bootstrap:debian/sid?include", "without a value"),
        ("bootstrap:debian/sid?", "the parameter ``"),
        ("bootstrap:debian/sid?include=a,,b", "includes ``"),
        ("bootstrap:debian/sid?include=./evil.deb", "includes `./evil.deb`"),
        ("bootstrap:debian/sid?include=a&include=b", "twice"),
        ("bootstrap:debian/sid?variant=minbas", "perhaps `minbase` is meant"),
    ]) func refuses(_ text: String, _ reason: String) throws {
        let error = try #require(throws: OCIError.self) { try ImageReference(text, relativeTo: "/base") }
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(error.message.contains("`\(text)`"), "\(error.message)")
    }
}
