/// Where the content of secrets and configs comes from.
struct FileSources {
    let context: DecodingContext

    /// No secret or config is larger, as in Docker.
    static let largestSize = 1_000_000

    /// The reference with what its file holds.
    func filled(_ reference: FileReference, from definitions: [FileDefinition]) -> FileReference {
        var reference = reference
        if let definition = definitions.first(where: { $0.key == reference.source }) {
            reference.content = try? content(of: definition).get()
        }
        return reference
    }

    /// Why there is no content; `nil` where there is.
    func problem(of definition: FileDefinition) -> String? {
        if case .failure(let problem) = content(of: definition) { problem.message } else { nil }
    }

    private struct Problem: Error {
        var message: String
    }

    private func content(of definition: FileDefinition) -> Result<[UInt8], Problem> {
        switch definition.source {
        case .content(let text): return .success(Array(text.utf8))
        case .variable(let name):
            if let value = context.variables.value(name) { return .success(Array(value.utf8)) }
            return .failure(Problem(message: "comes from the variable `\(name)`, which is not set"))
        case .elsewhere:
            let what = definition.identity.isExternal ? "is external" : "comes from a driver"
            return .failure(Problem(message: "\(what), and only those of this file can be used"))
        case .file(let path):
            switch context.readFile(path) {
            case .bytes(let bytes) where bytes.count <= Self.largestSize: return .success(bytes)
            case .bytes, .tooLarge:
                return .failure(
                    Problem(message: "is the file `\(path)`, which is larger than \(Self.largestSize) bytes"))
            case .absent: return .failure(Problem(message: "is the file `\(path)`, which does not exist"))
            case .directory: return .failure(Problem(message: "is `\(path)`, which is a directory and no file"))
            case .unreadable(let reason):
                return .failure(Problem(message: "is the file `\(path)`, which cannot be read: \(reason)"))
            }
        }
    }
}
