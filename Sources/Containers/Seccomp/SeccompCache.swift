internal import FoundationEssentials
internal import LinuxSystem
package import OCI
package import SystemPackage
internal import Vocabulary

/// Compiled profiles on disk, so that the start of a container does not wait for the compiler.
///
/// One file for each profile, architecture and version of libseccomp. A file contains its key and is compiled again
/// when the key differs; it can be removed at any time.
package struct SeccompCache: Sendable {
    private let directory: FilePath

    package init(directory: FilePath) {
        self.directory = directory
    }

    /// The compiled profile in base64, as crun's annotation takes it.
    package func compiled(_ profile: RuntimeSpecification.Seccomp) throws(ContainersError) -> String {
        let key = Self.key(of: profile)
        let path = directory.appending("\(Self.hash(key)).bpf")
        // An unreadable cache counts as empty.
        if let text = (try? Files.text(path)) ?? nil, text.hasPrefix(key), text.hasSuffix("\n") {
            return String(text.dropFirst(key.count).dropLast())
        }
        let program = Data(try SeccompCompiler.compile(profile)).base64EncodedString()
        do throws(SystemError) {
            try Files.createDirectory(directory, mode: 0o700)
            try Files.write((key + program + "\n").utf8, to: path, mode: 0o600)
        } catch {
            throw ContainersError(
                .seccomp, "Could not write the compiled seccomp profile into `\(directory)`.", cause: error)
        }
        return program
    }

    /// One line that two profiles share only if they compile to the same.
    static func key(of profile: RuntimeSpecification.Seccomp) -> String {
        var parts = ["libseccomp", SeccompCompiler.libraryVersion, SeccompArchitecture.native?.name ?? "unknown"]
        parts.append("\(profile.defaultAction.rawValue)=\(profile.defaultErrnoRet ?? 1)")
        parts += profile.architectures ?? []
        for rule in profile.syscalls ?? [] {
            parts.append("\(rule.action.rawValue)=\(rule.errnoRet ?? 1):\(rule.names.joined(separator: ","))")
            for argument in rule.args ?? [] {
                parts.append("\(argument.index)\(argument.op.rawValue)\(argument.value)/\(argument.valueTwo ?? 0)")
            }
        }
        return parts.joined(separator: " ") + "\n"
    }

    /// It only spreads names; the key in the file decides.
    private static func hash(_ text: String) -> String {
        var hash = FNVHash<UInt64>()
        hash.combine(text.utf8)
        return String(hash.value, radix: 16)
    }
}
