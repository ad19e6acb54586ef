internal import Glibc

/// The directories of the XDG Base Directory Specification.
package enum BaseDirectories {
    private static let variables = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"]

    /// Removes from the variables of this process those that are not absolute: programs that it starts need not know that they
    /// are to be ignored, as crun(1) does not.
    package static func forgetRelative() {
        for name in variables {
            guard let value = getenv(name), !String(cString: value).hasPrefix("/") else { continue }
            unsetenv(name)
        }
    }
}

extension [String: String] {
    /// A directory that a variable of the XDG Base Directory Specification names; `nil` for one that is not set, empty or not
    /// absolute, which the specification has programs ignore.
    package func baseDirectory(_ variable: String) -> String? {
        self[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
