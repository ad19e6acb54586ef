extension IgnoreFile {
    /// Warns of the sources of a `COPY` or `ADD` that the file takes away.
    ///
    /// With exceptions in the file it says nothing: a directory that is ignored may then hold files that are not.
    /// Patterns are not looked at; a builder sees whether they match anything.
    public func warnings(for step: Step) -> [DockerfileDiagnostic] {
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
    /// The sources that are paths; they stand before the others in a step, too.
    fileprivate var paths: [Word] {
        sources.compactMap { source in
            if case .path(let word) = source { word } else { nil }
        }
    }
}
