package import Vocabulary

/// The source of the files of a build.
package enum BuildContext: Hashable, Sendable {
    /// A directory of the host; relative ones have been resolved against the project directory.
    case directory(String)
    /// A git repository, a URL or a context with a scheme of the builder, such as `docker-image://alpine`, as written.
    case remote(String)
    /// The image that another service is built as; only for additional contexts.
    case service(ServiceName)

    /// The context as Compose shows it.
    package var text: String {
        switch self {
        case .directory(let path): path
        case .remote(let text): text
        case .service(let name): "service:\(name)"
        }
    }
}

extension BuildContext {
    private static let remotePrefixes = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"]

    /// Reads a context by its form; a text that is neither remote nor a service is a path.
    ///
    /// - Returns: `nil` for a path that cannot be resolved, which is reported.
    static func parsed(_ text: String, at cursor: Cursor) -> BuildContext? {
        if text.contains("://") || remotePrefixes.contains(where: text.hasPrefix) { return .remote(text) }
        if text.hasPrefix("service:") {
            let name = String(text.dropFirst("service:".count))
            if let service = ServiceName(parsing: name) { return .service(service) }
            cursor.error("`\(name)` is no valid service name", expected: "`service:NAME`")
            return nil
        }
        return HostPath.resolvedAsWritten(text, at: cursor).map { .directory($0) }
    }

    /// `context` of a build.
    static func decoded(from cursor: Cursor) -> BuildContext? {
        guard let text = cursor.string() else { return nil }
        guard let context = parsed(text.isEmpty ? "." : text, at: cursor) else { return nil }
        guard case .service(let name) = context else { return context }
        cursor.error(
            "the service `\(name)` cannot be the context itself",
            hint: "name it below `additional_contexts:`, or write `./service:\(name)` for a directory")
        return nil
    }

    /// `additional_contexts`: a mapping, or a list of `NAME=CONTEXT`.
    static func decodedMap(from cursor: Cursor) -> [String: BuildContext] {
        var result: [String: BuildContext] = [:]
        if let entries = cursor.entries {
            for entry in entries {
                result[entry.key.name] = entry.value.string().flatMap { parsed($0, at: entry.value) }
            }
        } else if let items = cursor.items {
            for item in items {
                guard let text = item.string() else { continue }
                let (name, value) = KeyValue.split(text)
                if let value, !name.isEmpty {
                    result[name] = parsed(value, at: item)
                } else {
                    item.error("`\(text)` is no additional context", expected: "`NAME=CONTEXT`")
                }
            }
        } else {
            cursor.mismatch("a mapping or a list of `NAME=CONTEXT`")
        }
        return result
    }
}
