internal import LinuxSystem
internal import OCI
internal import SystemPackage

/// `bootstrap:busybox`: an image of nothing but the host's busybox and its applets, made without a network.
struct BusyboxSource: ImageSource {
    private static let remedy = "Install it with: apt install busybox-static"

    private func program() throws(ImageError) -> FilePath {
        guard let path = ProgramSearch.ofProcess.find("busybox") else {
            throw ImageError(
                .programMissing, "bootstrap:busybox needs the program `busybox`, which is not installed. \(Self.remedy)"
            )
        }
        return path
    }

    func fingerprint() throws(ImageError) -> String? {
        try SourceFingerprint.file(program())
    }

    func bring(into target: ImageTarget) throws(ImageError) -> Descriptor {
        let program = try program()
        let binary = try attempting("read \(program)") { () throws(SystemError) in try Files.read(program) }
        guard ExecutableFile.isStatic(binary) else {
            throw ImageError(
                .programMissing,
                "\(program) is not a static executable, so it cannot run alone in a container. \(Self.remedy)")
        }
        let writer = try target.content.writer()
        try Self.pack(binary, applets: try applets(of: program), into: TarWriter(writer))
        let size = writer.size
        let digest = try writer.commit()
        if !target.layers.contains(digest) {
            try target.layers.unpack(blob: target.content.path(of: digest), digest: digest, diffID: digest)
        }
        return try target.compose(
            layer: UnpackedLayer(digest: digest, size: size, diffID: digest), .layer, .plain(command: ["sh"]),
            createdBy: "bootstrap:busybox")
    }

    /// The paths of the applets, relative to the root, as this busybox was configured.
    private func applets(of program: FilePath) throws(ImageError) -> [String] {
        let output = try attempting("run \(program)") { () throws(SystemError) in
            try ProcessOutput.of(ChildProcess.Command(program.string, ["--list-full"]))
        }
        guard output.status.isSuccess else {
            throw ImageError(
                .programFailed, "\(program) --list-full ended with \(output.status.code): \(output.message)")
        }
        return String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

extension BusyboxSource {
    private static let directories: [(path: String, mode: UInt32)] = [
        ("bin", 0o755), ("dev", 0o755), ("etc", 0o755), ("home", 0o755), ("lib", 0o755), ("mnt", 0o755), ("opt", 0o755),
        ("proc", 0o555), ("root", 0o700), ("run", 0o755), ("sbin", 0o755), ("srv", 0o755), ("sys", 0o555),
        ("tmp", 0o1777), ("usr", 0o755), ("usr/bin", 0o755), ("usr/lib", 0o755), ("usr/local", 0o755),
        ("usr/local/bin", 0o755), ("usr/local/sbin", 0o755), ("usr/sbin", 0o755), ("var", 0o755), ("var/cache", 0o755),
        ("var/lib", 0o755), ("var/log", 0o755), ("var/spool", 0o755), ("var/tmp", 0o1777),
    ]

    private static let files: [(path: String, mode: UInt32, text: String)] = [
        (
            "etc/passwd", 0o644,
            """
            root:x:0:0:root:/root:/bin/sh
            daemon:x:1:1:daemon:/usr/sbin:/bin/false
            www-data:x:33:33:www-data:/var/www:/bin/false
            nobody:x:65534:65534:nobody:/nonexistent:/bin/false

            """
        ),
        (
            "etc/group", 0o644,
            """
            root:x:0:
            daemon:x:1:
            tty:x:5:
            www-data:x:33:
            nogroup:x:65534:

            """
        ),
        ("etc/shadow", 0o640, "root:*:::::::\ndaemon:*:::::::\nwww-data:*:::::::\nnobody:*:::::::\n"),
        ("etc/nsswitch.conf", 0o644, "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("etc/profile", 0o644, "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"),
    ]

    /// Writes the layer: the same busybox gives the same bytes.
    private static func pack(_ binary: [UInt8], applets: [String], into tar: TarWriter) throws(ImageError) {
        let program = "bin/busybox"
        for directory in directories {
            try tar.write(TarEntry(name: Array("\(directory.path)/".utf8), kind: .directory, mode: directory.mode))
        }
        for file in files {
            let data = Array(file.text.utf8)
            try tar.write(
                TarEntry(name: Array(file.path.utf8), kind: .file(size: Int64(data.count)), mode: file.mode), data)
        }
        try tar.write(
            TarEntry(name: Array(program.utf8), kind: .file(size: Int64(binary.count)), mode: 0o755), binary)
        // Programs look for the shell and its tools below /bin. A link in a directory that is not listed above would
        // need that directory, so such a name (an installer's `linuxrc`) is left out.
        let known = Set(directories.map(\.path))
        for applet in Set(applets).sorted() where applet != program {
            guard let slash = applet.lastIndex(of: "/"), known.contains(String(applet[..<slash])) else { continue }
            try tar.write(
                TarEntry(name: Array(applet.utf8), kind: .symbolicLink(target: Array("/\(program)".utf8)), mode: 0o777))
        }
        try tar.finish()
    }
}
