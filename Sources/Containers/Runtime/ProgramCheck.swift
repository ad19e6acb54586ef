internal import CLinux
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// Finds out whether a program can be started in a container, before a runtime is asked.
///
/// A runtime says why it cannot on the standard error of the program and in its own words, and runc ends with 1 where
/// execve(2) refuses. This finds what a shell would find; what it cannot judge is left to the runtime.
package struct ProgramCheck: ~Copyable {
    /// The root of the container as its processes see it, with all mounts.
    private let root: OwnedDescriptor
    private let variables: [String]
    private let workingDirectory: String

    /// How many interpreters may follow one another; execve(2).
    private static let maximumInterpreters = 5

    /// - Parameters:
    ///   - process: a process of the container.
    ///   - variables: `NAME=value` each, of which `PATH` counts.
    ///   - workingDirectory: where relative paths begin.
    /// - Throws: when the process is gone, or this process may not look at it.
    package init(
        process: Int32, variables: [String], workingDirectory: String
    ) throws(SystemError) {
        root = try OwnedDescriptor.open(FilePath("/proc/\(process)/root"), CL_O_PATH | O_DIRECTORY)
        self.variables = variables
        self.workingDirectory = workingDirectory
    }

    /// Why the program cannot be started; `nil` when nothing is known to hinder it.
    package borrowing func refusal(of program: String) -> Launcher.Refusal? {
        guard !program.utf8.contains(UInt8(ascii: "/")) else {
            return judge(absolute(program), depth: 0)
        }
        guard let path = variables.last(where: { $0.hasPrefix("PATH=") })?.dropFirst("PATH=".count) else { return nil }
        for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = absolute("\(directory.isEmpty ? "." : directory)/\(program)")
            switch find(candidate) {
            case .executable: return judge(candidate, depth: 0)
            case .unknown: return nil
            case .missing, .unfit: continue
            }
        }
        return Launcher.Refusal(words: "no directory of its PATH, \(path), has it", exitCode: 127, isMissing: true)
    }

    private borrowing func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)"
    }

    // MARK: - Files

    private enum Finding {
        case executable
        case missing
        case unfit(String)
        case unknown
    }

    private borrowing func find(_ path: String) -> Finding {
        do throws(SystemError) {
            let file = try root.openBeneath(path, CL_O_PATH)
            var info = stat()
            let fd = file.rawValue
            try systemCall("fstat", path) { fstat(fd, &info) }
            switch info.st_mode & S_IFMT {
            case S_IFDIR: return .unfit("it is a directory")
            case S_IFREG where info.st_mode & 0o111 == 0: return .unfit("no one may execute it (chmod +x)")
            case S_IFREG: return .executable
            default: return .unfit("it is not a regular file")
            }
        } catch {
            return error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory ? .missing : .unknown
        }
    }

    /// - Parameter depth: the number of interpreters on the way here.
    private borrowing func judge(_ path: String, depth: Int) -> Launcher.Refusal? {
        switch find(path) {
        case .executable: break
        case .unknown: return nil
        case .unfit(let why):
            let words = depth == 0 ? why : "its interpreter `\(path)` cannot be run: \(why)"
            return Launcher.Refusal(words: words, exitCode: 126, isMissing: false)
        case .missing where depth == 0:
            return Launcher.Refusal(words: "there is no such file", exitCode: 127, isMissing: true)
        case .missing:
            return Launcher.Refusal(words: "its interpreter `\(path)` is not there", exitCode: 127, isMissing: false)
        }
        guard depth < Self.maximumInterpreters, let format = ProgramFormat(path, in: root) else { return nil }
        switch format {
        case .script(let interpreter):
            return judge(absolute(interpreter), depth: depth + 1)
        case .binary(let loader):
            return loader.flatMap { judge(absolute($0), depth: Self.maximumInterpreters) }
        case .damaged:
            return Launcher.Refusal(words: "it is a damaged program", exitCode: 126, isMissing: false)
        case .other:
            if Self.kernelKnowsMoreFormats { return nil }
            return Launcher.Refusal(
                words: "it is neither a program nor a script that begins with `#!`", exitCode: 126, isMissing: false)
        }
    }

    /// Whether interpreters for further formats are registered; binfmt_misc.rst of the kernel.
    private static var kernelKnowsMoreFormats: Bool {
        // Where it is not mounted, nothing is registered as a rule; the runtime has the last word only where it is.
        let names = (try? Files.names(in: "/proc/sys/fs/binfmt_misc")) ?? []
        return names.contains { $0 != "register" && $0 != "status" }
    }
}

/// What execve(2) does with a file.
private enum ProgramFormat {
    case script(interpreter: String)
    /// An ELF file; `loader` is `nil` for a static one.
    case binary(loader: String?)
    case damaged
    case other

    /// - Returns: `nil` for a file that cannot be read.
    init?(_ path: String, in root: borrowing OwnedDescriptor) {
        // What cannot be read is left to the runtime.
        guard let file = try? root.openBeneath(path, O_RDONLY | O_NONBLOCK), let start = Self.bytes(file, at: 0, 256)
        else { return nil }
        if start.starts(with: Array("#!".utf8)) {
            let line = start.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
            let word = line.drop(while: Self.isBlank).prefix { !Self.isBlank($0) }
            self = word.isEmpty ? .other : .script(interpreter: String(decoding: word, as: UTF8.self))
        } else if start.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
            self = Self.binary(file, start)
        } else {
            self = .other
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The program header of type PT_INTERP of a 64-bit file of this byte order; elf(5).
    private static func binary(_ file: borrowing OwnedDescriptor, _ start: [UInt8]) -> ProgramFormat {
        guard start.count >= 64 else { return .damaged }
        // Other classes and byte orders are for the kernel to judge.
        guard start[4] == 2, start[5] == 1 else { return .binary(loader: nil) }
        let (offset, size, count) = (integer(start, 32, 8), integer(start, 54, 2), integer(start, 56, 2))
        guard size >= 56, count <= 128, offset >= 0, let headers = bytes(file, at: offset, size * count),
            headers.count == size * count
        else { return .damaged }
        for index in 0..<count where integer(headers, index * size, 4) == 3 {
            let length = integer(headers, index * size + 32, 8)
            guard (1...4096).contains(length), let name = bytes(file, at: integer(headers, index * size + 8, 8), length)
            else {
                return .damaged
            }
            return .binary(loader: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
        }
        return .binary(loader: nil)
    }

    private static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        Int(truncatingIfNeeded: bytes[offset..<(offset + count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private static func bytes(_ file: borrowing OwnedDescriptor, at offset: Int, _ count: Int) -> [UInt8]? {
        guard let offset = UInt64(exactly: offset) else { return nil }
        // A file that cannot be read there is damaged.
        return try? file.read(at: offset, atMost: count)
    }
}
