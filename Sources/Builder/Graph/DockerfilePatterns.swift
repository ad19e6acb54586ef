internal import Dockerfile

extension IgnoreRules {
    /// The rules of a `.dockerignore`.
    init(dockerignore text: String, name: String) throws(BuildError) {
        let file: IgnoreFile
        do throws(DockerfileError) {
            file = try IgnoreFile(parsing: DockerfileSource(name: name, text: text))
        } catch {
            throw BuildError(.invalidDockerfile, "Could not read \(name): \(error)", cause: error)
        }
        self.init(file, fingerprint: text)
    }

    fileprivate init(_ file: IgnoreFile, fingerprint: String) {
        self.init(
            fingerprint: file.isEmpty ? "" : fingerprint, excludes: { path, _ in file.isIgnored(path) },
            mayBringBack: { file.mayBringBack(below: $0) })
    }
}

extension PatternLanguage {
    /// That of Dockerfiles.
    static let dockerfile = PatternLanguage(
        component: { text in
            guard let pattern = PathPattern(text, doubleStar: false) else { return nil }
            return { pattern.matches($0) }
        },
        rules: { patterns in
            let text = patterns.joined(separator: "\n")
            // The caller reports the invalid pattern.
            guard let file = try? IgnoreFile(parsing: DockerfileSource(name: "--exclude", text: text)) else {
                return nil
            }
            return IgnoreRules(file, fingerprint: text)
        })
}
