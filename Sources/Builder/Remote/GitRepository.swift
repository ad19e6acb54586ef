internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// One commit of a remote repository.
///
/// All calls block. git uses the settings of the user: credentials, proxies and ssh keys work as in a shell, but
/// without prompts at the terminal.
package struct GitRepository: Sendable {
    private let reference: GitReference
    private var git: GitProgram

    /// - Parameters:
    ///   - environment: Variables for git, such as `SSH_AUTH_SOCK`, `GIT_SSH_COMMAND` or `GIT_CONFIG_COUNT` with a
    ///     header that carries a token.
    package init(_ reference: GitReference, program: String = "git", environment: [String: String] = [:]) {
        self.reference = reference
        git = GitProgram(program: program, environment: environment)
    }

    /// The commit of a reference at the time of the request.
    package struct Commit: Sendable, Hashable {
        /// The id of the commit itself: the key of a cache.
        package var id: String
        /// The full name of the ref that was found, such as `refs/heads/main`; `nil` when the reference is an id.
        package var ref: String?

        package init(id: String, ref: String?) {
            self.id = id
            self.ref = ref
        }
    }

    private var place: String { reference.shownRemote }

    /// Asks the remote for the commit; a full ID needs no request.
    ///
    /// - Throws: `.gitFailed`, `.sourceMissing` for a missing ref, `.checksumMismatch`, `.programMissing`.
    package func resolve() throws(BuildError) -> Commit {
        try checkArguments()
        if let ref = reference.ref, Self.isID(ref) {
            try check([ref])
            return Commit(id: ref, ref: nil)
        }
        let wanted = reference.ref ?? "HEAD"
        let text = try git.run(
            ["ls-remote", "--symref", "--", reference.remote, wanted, "\(wanted)^{}"], "ask \(place) for `\(wanted)`")
        let answer = RemoteRefs(text)
        guard let (ref, id) = answer.find(wanted) else {
            throw BuildError(.sourceMissing, "Could not find `\(wanted)` in \(place): it has no such branch or tag.")
        }
        // An annotated tag is a separate object; the build uses its commit.
        let commit = answer.ids["\(ref)^{}"] ?? id
        try check([id, commit])
        return Commit(id: commit, ref: ref)
    }

    /// What begins with a hyphen would be an option.
    private func checkArguments() throws(BuildError) {
        for text in [reference.remote, reference.ref ?? ""] where text.hasPrefix("-") {
            throw BuildError(
                .invalidReference, "Could not use the git address `\(place)`: `\(text)` is not an address.")
        }
    }

    private func check(_ ids: [String]) throws(BuildError) {
        guard let checksum = reference.checksum else { return }
        let wanted = checksum.lowercased()
        guard wanted.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw BuildError(
                .invalidReference, "Could not use the checksum `\(checksum)` of \(place): it is not the ID of a commit."
            )
        }
        guard !ids.contains(where: { $0.hasPrefix(wanted) }) else { return }
        throw BuildError(
            .checksumMismatch,
            "Could not use \(place): `\(reference.ref ?? "HEAD")` is the commit \(ids.last ?? "") instead of \(checksum)."
        )
    }

    /// Whether a text is a whole id, of SHA-1 or SHA-256.
    static func isID(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}

// MARK: - Checking out

extension GitRepository {
    /// Fetches a commit without its history and checks it out.
    ///
    /// Files have the mode 0644 or 0755, directories 0755. With a subdirectory there is never a `.git`.
    ///
    /// - Parameters:
    ///   - directory: An existing empty directory.
    ///   - keepsGitDirectory: `--keep-git-dir`; the value in the reference takes precedence.
    /// - Returns: The directory of the files: `directory`, or the reference's subdirectory in it.
    /// - Throws: `.gitFailed`, `.sourceMissing` for a missing subdirectory.
    package func checkOut(
        _ commit: Commit, into directory: FilePath, keepsGitDirectory: Bool = false
    ) throws(BuildError) -> FilePath {
        let keeps = (reference.keepsGitDirectory ?? keepsGitDirectory) && reference.subdirectory == nil
        let format = commit.id.utf8.count == 64 ? ["--object-format=sha256"] : []
        try git.run(["init", "--quiet"] + format + ["."], in: directory, "fetch \(place)")
        try git.run(["remote", "add", "origin", reference.remote], in: directory, "fetch \(place)")
        try fetch(commit, into: directory)
        try git.run(
            ["checkout", "--quiet", "--detach", commit.id], in: directory, "check out \(commit.id) of \(place)")
        if reference.fetchesSubmodules ?? true {
            try git.run(
                ["submodule", "--quiet", "update", "--init", "--recursive", "--depth=1"], in: directory,
                "fetch the submodules of \(place)")
        }
        if keeps {
            try clean(directory)
        } else {
            try removeGitDirectories(directory)
        }
        return try subdirectory(of: directory)
    }

    private func fetch(_ commit: Commit, into directory: FilePath) throws(BuildError) {
        let shallow = ["fetch", "--quiet", "--depth=1", "--no-tags", "--update-head-ok"]
        if let ref = commit.ref {
            let refspec = ref == "HEAD" ? [ref] : ["+\(ref):\(ref)"]
            try git.run(shallow + ["--", "origin"] + refspec, in: directory, "fetch \(place)")
            if try has(commit, in: directory) { return }
        }
        // The ref has moved, or does not exist: fetches the commit by its ID, or else the whole history.
        do throws(BuildError) {
            try git.run(shallow + ["--", "origin", commit.id], in: directory, "fetch \(place)")
        } catch  where error.code == .gitFailed {
            let isShallow = Files.exists(directory.appending(".git/shallow"))
            let everything = ["fetch", "--quiet", "--tags"] + (isShallow ? ["--unshallow"] : [])
            try git.run(
                everything + ["--", "origin", "+refs/heads/*:refs/remotes/origin/*"], in: directory, "fetch \(place)")
        }
        guard try has(commit, in: directory) else {
            throw BuildError(.sourceMissing, "Could not find the commit \(commit.id) in \(place).")
        }
    }

    private func has(_ commit: Commit, in directory: FilePath) throws(BuildError) -> Bool {
        do throws(BuildError) {
            try git.run(["cat-file", "-e", "\(commit.id)^{commit}"], in: directory, "look for \(commit.id)")
            return true
        } catch  where error.code == .gitFailed {
            return false
        }
    }

    /// Leaves no password and no time in what becomes part of an image.
    private func clean(_ directory: FilePath) throws(BuildError) {
        try git.run(["remote", "set-url", "origin", place], in: directory, "fetch \(place)")
        try git.run(["reflog", "expire", "--all", "--expire=now"], in: directory, "fetch \(place)")
        try attempting("write \(directory)") { () throws(SystemError) in
            try Files.remove(directory.appending(".git/FETCH_HEAD"))
        }
    }

    /// Each submodule has a file `.git` that points into the removed directory.
    private func removeGitDirectories(_ directory: FilePath) throws(BuildError) {
        let list = try git.run(
            ["submodule", "--quiet", "foreach", "--recursive", "printf '%s\\0' \"$displaypath\""], in: directory,
            "list the submodules of \(place)")
        let root = try DestinationRoot(directory)
        try attempting("write \(directory)") { () throws(SystemError) in
            for path in list.split(separator: "\0") {
                let submodule = try root.resolver.open(TreePath(String(path)), O_RDONLY | O_DIRECTORY)
                let fd = submodule.rawValue
                try systemCall("unlinkat", "\(path)/.git") { unlinkat(fd, ".git", 0) }
            }
            try Files.removeTree(directory.appending(".git"))
        }
    }

    private func subdirectory(of directory: FilePath) throws(BuildError) -> FilePath {
        guard let subdirectory = reference.subdirectory else { return directory }
        let root = try DestinationRoot(directory)
        do throws(SystemError) {
            _ = try root.resolver.open(TreePath(subdirectory), O_RDONLY | O_DIRECTORY)
        } catch {
            throw BuildError(
                .sourceMissing, "Could not find the directory `\(subdirectory)` in \(place).", cause: error)
        }
        return directory.appending(subdirectory)
    }
}

/// What `git ls-remote --symref` lists.
struct RemoteRefs {
    /// By the ref's full name; `^{}` at its end is the commit of an annotated tag.
    private(set) var ids: [String: String] = [:]
    /// Symbolic refs, such as `HEAD`.
    private(set) var targets: [String: String] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2 else { continue }
            if fields[0].hasPrefix("ref: ") {
                targets[String(fields[1])] = String(fields[0].dropFirst("ref: ".count))
            } else {
                ids[String(fields[1])] = String(fields[0])
            }
        }
    }

    /// A full name takes precedence, then a branch, then a tag.
    func find(_ name: String) -> (ref: String, id: String)? {
        if name == "HEAD" { return ids["HEAD"].map { (targets["HEAD"] ?? "HEAD", $0) } }
        for ref in ["refs/\(name.dropping("refs/"))", "refs/heads/\(name)", "refs/tags/\(name)"] {
            if let id = ids[ref] { return (ref, id) }
        }
        return nil
    }
}

extension String {
    fileprivate func dropping(_ prefix: String) -> Substring {
        hasPrefix(prefix) ? dropFirst(prefix.count) : self[...]
    }
}
