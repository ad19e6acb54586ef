internal import CLinux
internal import LinuxSystem
internal import SystemPackage

/// What changed inside files, as a unified diff.
package enum TextPatch {
    /// Larger files are summarised.
    package static let sizeLimit: Int64 = 1 << 20
    /// A file with a NUL among so many first bytes is no text.
    static let probeLength = 8192

    /// The patches of the files in some changes of a difference, in the same order; the host's diff(1) makes them.
    ///
    /// A binary file, or one larger than `sizeLimit`, gets one line that says so; other kinds of files get none.
    ///
    /// - Throws: `.programMissing` when there is no `diff`.
    package static func patches(
        of changes: [TreeChange], from old: LayerStack, to new: LayerStack
    ) throws(ImageError) -> [(path: String, text: String)] {
        let patches = try inParallel(changes) { (change: TreeChange) throws(ImageError) -> String? in
            try patch(of: change, from: old, to: new)
        }
        return zip(changes, patches).compactMap { change, patch in patch.map { (change.path.string, $0) } }
    }

    private static func patch(
        of change: TreeChange, from old: LayerStack, to new: LayerStack
    ) throws(ImageError) -> String? {
        let hadFile = change.kind != .added && (change.oldType ?? change.type) == .file
        let hasFile = change.kind != .removed && change.type == .file
        let isRewritten = hadFile && hasFile && !change.aspects.contains(.content)
        guard hadFile || hasFile, !isRewritten else { return nil }
        let path = change.path.string
        let (before, after) = (hadFile ? "a\(path)" : "/dev/null", hasFile ? "b\(path)" : "/dev/null")
        let limit = Int(sizeLimit)
        guard change.oldSize <= sizeLimit, change.newSize <= sizeLimit else {
            return summary("Files", before, after, change)
        }
        let one = hadFile ? try old.read(change.path, atMost: limit) ?? [] : []
        let other = hasFile ? try new.read(change.path, atMost: limit) ?? [] : []
        if [one, other].contains(where: { $0.prefix(probeLength).contains(0) }) {
            return summary("Binary files", before, after, change)
        }
        return try unified(one, other, before, after)
    }

    private static func summary(_ what: String, _ before: String, _ after: String, _ change: TreeChange) -> String {
        "\(what) \(before) and \(after) differ (\(ByteCount.text(change.oldSize)) → \(ByteCount.text(change.newSize)))\n"
    }

    private static func unified(
        _ one: [UInt8], _ other: [UInt8], _ before: String, _ after: String
    ) throws(ImageError) -> String {
        let output: ProcessOutput
        do throws(SystemError) {
            output = try compare(one, other, before, after)
        } catch {
            guard error.errno == .noSuchFileOrDirectory && error.call == "posix_spawn" else {
                throw ImageError("compare \(before) and \(after)", error)
            }
            throw ImageError(
                .programMissing,
                "Patches are made by diff, which is not installed. Install it with: apt install diffutils", cause: error
            )
        }
        // Exit code 1 means that the files differ; diff(1).
        guard output.status.code <= 1 else {
            throw ImageError(.programFailed, "Could not compare \(before) and \(after): \(output.message)")
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// diff reads the first text from its standard input, and the second from a file in memory; memfd_create(2).
    private static func compare(
        _ one: [UInt8], _ other: [UInt8], _ before: String, _ after: String
    ) throws(SystemError) -> ProcessOutput {
        let file = OwnedDescriptor(
            owning: try systemCall("memfd_create", after) { cl_memfd_create("new", CL_MFD_CLOEXEC) })
        try file.write(other)
        let output = try ProcessOutput.of(
            ChildProcess.Command(
                "diff", ["-u", "--label", before, "--label", after, "--", "-", "/dev/fd/3"],
                descriptors: [3: file.rawValue]), input: one)
        _ = consume file
        return output
    }
}
