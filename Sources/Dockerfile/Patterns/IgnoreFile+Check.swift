extension IgnoreFile {
    /// Warns about the sources of a `COPY` or `ADD` that the file excludes.
    ///
    /// With exceptions in the file there is no warning: an ignored directory may then contain files that are not
    /// ignored. Patterns are not checked; a builder finds out whether they match.
    package func warnings(for step: Step) -> [DockerfileDiagnostic] {
        guard !hasExceptions, !step.instruction.checks.skips(.copyIgnoredFile) else { return [] }
        let words: [Word]
        let sources: [TransferSource]
        switch (step.action, step.instruction.kind) {
        case (.copy(let copy), .copy(let instruction)) where copy.from == nil:
            words = instruction.transfer.paths
            sources = copy.transfer.sources
        case (.add(let add), .add(let instruction)):
            words = instruction.transfer.paths
            sources = add.transfer.sources
        default: return []
        }
        return zip(sources, words).compactMap { source, word in
            guard case .path(let text) = source, PathPattern(text)?.hasWildcards == false else { return nil }
            let path = String(SlashPath.join("/", text).dropFirst())
            guard !path.isEmpty, isIgnored(path) else { return nil }
            return .warning(
                .copyIgnoredFile, "`\(text)` is ignored, so there is nothing to copy", at: word.location,
                hint: "remove its pattern from .dockerignore")
        }
    }
}

extension FileTransfer {
    /// The sources that are paths; a step has them before the others, too.
    fileprivate var paths: [Word] {
        sources.compactMap { source in
            if case .path(let word) = source { word } else { nil }
        }
    }
}
