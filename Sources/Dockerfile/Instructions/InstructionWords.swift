extension Instruction {
    /// Looks for quotes and braces without an end in the words that will be expanded, so that they are reported with all
    /// else that is wrong. An `ARG` is not looked at: its default may never be used.
    ///
    /// - Throws: `Failure` for the first one.
    func checkWords(escape: Unicode.Scalar) throws(Failure) {
        let lexer = ShellLexer(escape: escape) { _ in "x" }
        for word in kind.expandedWords { _ = try lexer.expand(word) }
        let plain = ShellLexer(ignoresQuotes: true) { _ in "x" }
        for heredoc in kind.expandedHeredocs {
            _ = try plain.expand(Word(text: heredoc.text, location: heredoc.location))
        }
    }
}

extension Instruction.Kind {
    /// The words in which variables are replaced.
    fileprivate var expandedWords: [Word] {
        switch self {
        case .add(let add): add.transfer.expandedWords + [add.checksum].compactMap(\.self)
        case .copy(let copy): copy.transfer.expandedWords
        case .env(let assignments), .label(let assignments): assignments.flatMap { [$0.name, $0.value] }
        case .expose(let words), .volume(let words): words
        case .run(let run): run.mounts.flatMap(\.options).filter { $0.key != .from }.compactMap(\.value)
        case .stopSignal(let word), .user(let word), .workdir(let word): [word]
        case .arg, .cmd, .entrypoint, .healthcheck, .maintainer, .onbuild, .shell: []
        }
    }

    fileprivate var expandedHeredocs: [Heredoc] {
        switch self {
        case .add(let add): add.transfer.expandedHeredocs
        case .copy(let copy): copy.transfer.expandedHeredocs
        default: []
        }
    }
}

extension FileTransfer {
    fileprivate var expandedWords: [Word] {
        sources.compactMap { if case .path(let word) = $0 { word } else { nil } }
            + [destination, owner, mode].compactMap(\.self)
    }

    fileprivate var expandedHeredocs: [Heredoc] {
        sources.compactMap { if case .heredoc(let heredoc) = $0, heredoc.expands { heredoc } else { nil } }
    }
}
