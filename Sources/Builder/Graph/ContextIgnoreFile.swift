internal import LinuxSystem
package import SystemPackage

/// What `.dockerignore` says about a context.
package struct ContextIgnoreFile: Sendable {
    /// More bytes than this are no `.dockerignore`.
    private static let maximumSize = 16 << 20

    /// The file, or the first name that it can have where no such file exists.
    package let path: FilePath
    /// Empty without a file.
    package let text: String

    /// - Parameter dockerfile: the path of the Dockerfile in the context; the file beside it, named like it, counts before
    ///   the context's own.
    /// - Throws: `.invalidRequest` for what is no regular file.
    package init(of context: FilePath, dockerfile: String?) throws(BuildError) {
        let own = dockerfile.map { context.pushing(FilePath($0 + ".dockerignore")) }
        let common = context.appending(".dockerignore")
        if let own, let text = try Self.read(own) {
            (path, self.text) = (own, text)
        } else {
            (path, text) = (common, try Self.read(common) ?? "")
        }
    }

    private static func read(_ path: FilePath) throws(BuildError) -> String? {
        do throws(SystemError) {
            return String(decoding: try Files.readRegular(path, limit: maximumSize), as: UTF8.self)
        } catch  where error.errno == .notDirectory || error.errno == .noSuchFileOrDirectory {
            return nil
        } catch  where error.errno == .invalidArgument || error.errno == .isDirectory {
            throw BuildError(
                .invalidRequest, "Could not read `\(path)`: it is not a regular file. Remove it or rename it.",
                cause: error)
        } catch {
            throw BuildError("read \(path)", error)
        }
    }
}
