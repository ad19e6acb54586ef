import Glibc
import Images
import LinuxSystem
import OCI
import SystemPackage

/// Makes image layouts of tars, and pictures of trees that can be compared.
extension Fixture {
    /// How the layers of a layout are compressed.
    enum Packing: String, CaseIterable {
        case none, gzip, zstd
        /// One file of several members, as pigz and others write it.
        case members
    }

    /// Writes the layout `name` with one image `latest` that has the tars as layers, lowest first.
    func layout(_ name: String, _ tars: [String], _ packing: Packing) throws {
        try run("python3", ["-", name, packing.rawValue] + tars, input: Self.layoutScript)
    }

    private static let layoutScript = """
        import gzip, hashlib, json, os, subprocess, sys
        out, packing, tars = sys.argv[1], sys.argv[2], sys.argv[3:]
        os.makedirs(out + "/blobs/sha256")
        def blob(data):
            digest = hashlib.sha256(data).hexdigest()
            open(f"{out}/blobs/sha256/{digest}", "wb").write(data)
            return {"digest": "sha256:" + digest, "size": len(data)}
        def pack(data):
            if packing == "gzip": return gzip.compress(data)
            if packing == "members":
                third = len(data) // 3
                return b"".join(gzip.compress(p) for p in (data[:third], b"", data[third:2 * third], data[2 * third:]))
            if packing == "zstd": return subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout
            return data
        suffix = {"none": "", "zstd": "+zstd"}.get(packing, "+gzip")
        layers, ids = [], []
        for name in tars:
            data = open(name, "rb").read()
            ids.append("sha256:" + hashlib.sha256(data).hexdigest())
            layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar" + suffix, **blob(pack(data))})
        config = blob(json.dumps({"architecture": ARCH, "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": ids}}).encode())
        manifest = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}, "layers": layers}).encode())
        json.dump({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": {"org.opencontainers.image.ref.name": "latest"}, **manifest}]}, open(out + "/index.json", "w"))
        open(out + "/oci-layout", "w").write('{"imageLayoutVersion":"1.0.0"}')
        """.replacing("ARCH", with: "\"\(Platform.host.architecture)\"")

    /// One line for everything in a tree: type, mode, owner, size, content, time, attributes, device, links.
    ///
    /// The root's own line and the names in `ignored` are left out.
    func picture(of root: FilePath) throws -> [String] {
        try run("python3", ["-", root.string], input: Self.pictureScript).split(separator: "\n").map(String.init)
    }

    private static let pictureScript = #"""
        import hashlib, os, stat, sys
        root = os.fsencode(sys.argv[1])
        first = {}
        lines = []
        for directory, names, files in os.walk(root):
            for name in sorted(names + files):
                path = os.path.join(directory, name)
                shown = os.path.relpath(path, root)
                s = os.lstat(path)
                line = [repr(shown), oct(s.st_mode), f"{s.st_uid}:{s.st_gid}", f"t={s.st_mtime_ns}"]
                if stat.S_ISREG(s.st_mode):
                    digest = hashlib.sha256()
                    with open(path, "rb") as f:
                        while piece := f.read(1 << 20): digest.update(piece)
                    line += [f"size={s.st_size}", digest.hexdigest()[:16]]
                if stat.S_ISLNK(s.st_mode): line.append(repr(os.readlink(path)))
                if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode):
                    line.append(f"dev={os.major(s.st_rdev)}:{os.minor(s.st_rdev)}")
                if not stat.S_ISDIR(s.st_mode):
                    line.append(f"links={s.st_nlink}")
                    if s.st_nlink > 1: line.append("with=" + repr(first.setdefault((s.st_dev, s.st_ino), shown)))
                line.append(repr(sorted((k, os.getxattr(path, k, follow_symlinks=False))
                    for k in os.listxattr(path, follow_symlinks=False))))
                lines.append(" ".join(line))
        print("\n".join(sorted(lines)))
        """#

    /// Runs `body` with the overlay of an image's layers.
    func mounted<Result>(_ image: Image, _ body: (FilePath) throws -> Result) throws -> Result {
        let name = "mount-\(UInt32.random(in: 0...UInt32.max))"
        for part in ["upper", "work", "merged"] { try Files.createDirectory(directory.appending("\(name)/\(part)")) }
        let merged = directory.appending("\(name)/merged")
        try Mounts.overlay(
            lowers: image.layerDirectories, upper: directory.appending("\(name)/upper"),
            work: directory.appending("\(name)/work"), at: merged)
        // The directory of the test is removed next, which says so when the mount is still there.
        defer { _ = try? Mounts.unmount(merged) }
        return try body(merged)
    }
}
