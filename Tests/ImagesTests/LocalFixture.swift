import Glibc
import Images
import LinuxSystem
import OCI
import Synchronization
import SystemPackage

/// Records that live as long as the test.
final class MemoryRecords: ImageRecords {
    private struct State {
        var images: [String: LocalImage] = [:]
        var layers: [LayerName: LocalLayerRecord] = [:]
        /// How often a layer was saved as packed.
        var packings = 0
    }
    private let state = Mutex(State())

    var packings: Int { state.withLock { $0.packings } }

    func image(named name: String) throws(ImageError) -> LocalImage? { state.withLock { $0.images[name] } }

    func set(_ image: LocalImage, named name: String) throws(ImageError) { state.withLock { $0.images[name] = image } }

    func removeImage(named name: String) throws(ImageError) -> Bool {
        state.withLock { $0.images.removeValue(forKey: name) != nil }
    }

    func images() throws(ImageError) -> [String: LocalImage] { state.withLock { $0.images } }

    func layer(named name: LayerName) throws(ImageError) -> LocalLayerRecord? { state.withLock { $0.layers[name] } }

    func save(_ layer: LocalLayerRecord) throws(ImageError) {
        state.withLock {
            $0.layers[layer.name] = layer
            if layer.packed != nil { $0.packings += 1 }
        }
    }

    func removeLayer(named name: LayerName) throws(ImageError) -> Bool {
        state.withLock { $0.layers.removeValue(forKey: name) != nil }
    }

    func layers() throws(ImageError) -> [LocalLayerRecord] { state.withLock { Array($0.layers.values) } }
}

extension Fixture {
    func local(_ records: MemoryRecords = MemoryRecords()) throws -> LocalImages {
        try LocalImages(store(), records: records)
    }

    /// Makes a directory of the fixture with a shell script; its path.
    func tree(_ name: String, _ script: String) throws -> FilePath {
        let path = directory.appending(name)
        try Files.createDirectory(path)
        try run("sh", ["-ec", "umask 022; cd \(name)\n\(script)"])
        return path
    }

    /// All that a tree is, one line for each name: type, mode, owner, size, time, links, device, attributes, content.
    func describe(_ root: FilePath, withTimes: Bool = true) throws -> String {
        try run(
            "python3", ["-", root.string, withTimes ? "1" : "0"],
            input: """
                import hashlib, os, stat, sys
                root, times = sys.argv[1], sys.argv[2] == "1"
                paths = ["."]
                for folder, names, files in os.walk(root):
                    paths += [os.path.relpath(os.path.join(folder, n), root) for n in names + files]
                first = {}
                for path in sorted(paths):
                    full = os.path.join(root, path); s = os.lstat(full); kind = stat.S_IFMT(s.st_mode)
                    white = kind == stat.S_IFCHR and s.st_rdev == 0
                    line = [path, oct(kind)]
                    if white: print(*line, "whiteout"); continue
                    line += [oct(s.st_mode & 0o7777), s.st_uid, s.st_gid]
                    if times: line.append(s.st_mtime_ns)
                    if kind == stat.S_IFREG:
                        line += [s.st_size, hashlib.sha256(open(full, "rb").read()).hexdigest()[:16]]
                    if kind == stat.S_IFLNK: line.append(os.readlink(full))
                    if kind in (stat.S_IFCHR, stat.S_IFBLK): line.append(s.st_rdev)
                    if kind != stat.S_IFDIR and s.st_nlink > 1: line.append("= " + first.setdefault(s.st_ino, path))
                    for name in sorted(os.listxattr(full, follow_symlinks=False)):
                        if name == "trusted.overlay.opaque" or "overlay" not in name:
                            line.append((name, os.getxattr(full, name, follow_symlinks=False)))
                    print(*line)
                """)
    }

    /// A tree with everything that an upper directory may have, whiteouts and an opaque directory, too.
    func upper(_ name: String) throws -> FilePath {
        try tree(
            name,
            """
            mkdir -p a/deep/er opaque empty "n\(String(repeating: "x", count: 150))"
            printf hello > a/file; printf '#!/bin/sh\\n' > a/run; chmod 4755 a/run
            ln a/file a/hard; ln a/file hard-above; ln -s ../nowhere a/link; ln -s "\(String(repeating: "t/", count: 100))" long
            head -c 300000 /dev/urandom > a/deep/big; printf x > "n\(String(repeating: "x", count: 150))/grüße"
            truncate -s 5M a/deep/er/sparse; printf end >> a/deep/er/sparse
            mkfifo fifo; chmod 640 fifo; mknod null c 1 3; mknod gone c 0 0; ln gone a/gone-too; mknod a/aaa c 0 0
            printf o > opaque/new; chown 70000:3000000 a/deep; chown -h 7:8 a/link; chmod 711 . ; chmod 1777 a/deep
            : > a/nothing; chmod 200 a/nothing
            python3 - <<'P'
            import os
            os.setxattr("opaque", "trusted.overlay.opaque", b"y")
            os.setxattr("a", "trusted.overlay.origin", b"\\0\\xfb")
            os.setxattr("a", "trusted.overlay.impure", b"y")
            os.setxattr("a/file", "user.note", b"line\\nzwei\\0")
            os.setxattr("a/run", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))
            os.utime("a/file", ns=(1, 1234567890123456789))
            os.utime("a/link", ns=(1, 987654321987654321), follow_symlinks=False)
            os.utime("a/deep", ns=(1, -2000000000))
            P
            """)
    }
}
