internal import LinuxSystem
internal import SystemPackage
package import Workspaces

/// The address of a git repository, as `init --from` takes it; git-clone(1).
package struct GitAddress: Hashable, Sendable {
    /// What git is given.
    package let text: String
    /// What follows `#`: a branch or a tag; `nil` for the default branch.
    package let branch: String?

    private static let schemes = ["https://", "http://", "ssh://", "file://"]

    /// Reads what a user writes: `https://…`, `ssh://…`, `git@HOST:PATH`, or the directory of a repository.
    ///
    /// - Returns: `nil` for what is no such address.
    /// - Throws: `EngineError.template` for one that git would take and Trice does not: a transport that runs a program, such
    ///   as `ext::`, and `git://`, which nothing protects.
    package init?(_ text: String, _ request: ProjectRequest) throws {
        let head = text.prefix { $0 != "/" }
        if head.contains("::") || text.hasPrefix("git://") || text.hasPrefix("ftp") && text.contains("://") {
            throw EngineError(
                .template,
                "`\(text)` is not taken: `\(head.prefix { $0 != ":" })` runs a program or is not protected on its way. Use `https://`, "
                    + "`ssh://`, `git@HOST:PATH` or a directory.")
        }
        let (address, branch) = Self.parts(text)
        if Self.schemes.contains(where: address.hasPrefix) || Self.isShortSSH(address) {
            self.text = address
            self.branch = branch
            return
        }
        let path = FilePath(request.workingDirectory).pushing(FilePath(address)).lexicallyNormalized()
        guard !text.hasPrefix("oci://"), Self.isRepository(path) else { return nil }
        // A path alone would be copied with all of its history.
        self.text = "file://\(path)"
        self.branch = branch
    }

    private static func parts(_ text: String) -> (address: String, branch: String?) {
        guard let mark = text.lastIndex(of: "#"), mark != text.startIndex else { return (text, nil) }
        let branch = String(text[text.index(after: mark)...])
        return branch.isEmpty || branch.hasPrefix("-") ? (text, nil) : (String(text[..<mark]), branch)
    }

    /// `USER@HOST:PATH`, which has no `/` before its colon.
    private static func isShortSSH(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let at = text[..<colon].firstIndex(of: "@") else { return false }
        let host = text[text.index(after: at)..<colon]
        // An option for ssh is no name of a host.
        return !text[..<colon].contains("/") && !text.hasPrefix("-") && !host.hasPrefix("-") && !host.isEmpty
            && text.index(after: colon) < text.endIndex
    }

    private static func isRepository(_ path: FilePath) -> Bool {
        let isBare = Files.exists(path.appending("HEAD")) && Files.exists(path.appending("objects"))
        return isBare || Files.exists(path.appending(".git"))
    }
}
