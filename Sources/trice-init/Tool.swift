import CInit

/// A program of the host in a container: `trice-init` as `…/bin/NAME` starts `…/programs/NAME` by the dynamic loader
/// `…/ld.so` with the libraries in `…/lib`, since the container may have neither.
///
/// The name `git-…` is git, which looks at the name by which it is started.
enum Tool {
    private static let longestPath = 4096

    /// Replaces this process by the program; returns where this program has its own name, or the other one cannot start.
    static func runIfNamed(_ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, count: Int) {
        guard let called = arguments[0], strcmp(lastName(called), "trice-init") != 0 else { return }
        let path = UnsafeMutablePointer<CChar>.allocate(capacity: longestPath)
        let length = readlink("/proc/self/exe", path, longestPath - 64)
        guard length > 0 else { return }
        path[length] = 0
        let name = lastName(path)
        guard strcmp(name, "trice-init") != 0, let directory = parent(of: path, above: name) else { return }
        let program =
            strncmp(name, "git-", 4) == 0
            ? joined(directory, "/programs/", "git") : joined(directory, "/programs/", name)
        let loader = joined(directory, "/ld.so", "")
        let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count + 6)
        words[0] = loader
        words[1] = strdup("--argv0")
        words[2] = strdup(name)
        words[3] = strdup("--library-path")
        words[4] = joined(directory, "/lib", "")
        words[5] = program
        for index in 1..<max(count, 1) { words[5 + index] = arguments[index] }
        words[5 + max(count, 1)] = nil
        execv(loader, words)
        say(name, ": ", strerror(ci_errno()))
        exit(126)
    }

    private static func lastName(_ path: UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<CChar> {
        guard let slash = strrchr(path, 47) else { return path }
        return slash + 1
    }

    /// The directory above `bin`; `nil` where the program is not in one.
    private static func parent(
        of path: UnsafeMutablePointer<CChar>, above name: UnsafeMutablePointer<CChar>
    ) -> UnsafeMutablePointer<CChar>? {
        let length = name - path
        guard length > 5, strncmp(path + length - 5, "/bin/", 5) == 0, let copy = strdup(path) else { return nil }
        copy[length - 5] = 0
        return copy
    }

    private static func joined(
        _ first: UnsafePointer<CChar>, _ second: UnsafePointer<CChar>, _ third: UnsafePointer<CChar>
    ) -> UnsafeMutablePointer<CChar> {
        let size = Int(strlen(first) + strlen(second) + strlen(third)) + 1
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: size)
        strcpy(text, first)
        strcat(text, second)
        strcat(text, third)
        return text
    }
}
