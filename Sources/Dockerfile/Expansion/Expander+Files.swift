/// `COPY` and `ADD`.
extension Expander {
    mutating func add(_ add: AddInstruction) throws(Failure) -> AddStep {
        let transfer = try transfer(add.transfer, isAdd: true)
        let checksum = try text(add.checksum)
        if let checksum, let word = add.checksum { try check(checksum, at: word.location, of: transfer) }
        return AddStep(
            transfer: transfer, checksum: checksum, keepsGitDirectory: add.keepsGitDirectory ?? false,
            unpacks: add.unpacks)
    }

    private func check(_ checksum: String, at location: Location, of transfer: TransferStep) throws(Failure) {
        guard transfer.sources.count == 1 else {
            throw Failure("`--checksum` goes with a single source", at: location)
        }
        switch transfer.sources[0] {
        case .url:
            let digits = checksum.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
            guard digits.count == 2, lengths[String(digits[0])] == digits[1].utf8.count,
                digits[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else {
                throw Failure("`\(checksum)` is no digest", at: location, hint: "write it as `sha256:` and 64 digits")
            }
        case .git: break
        default: throw Failure("`--checksum` goes with a remote source", at: location)
        }
    }

    mutating func transfer(_ transfer: FileTransfer, isAdd: Bool) throws(Failure) -> TransferStep {
        let owner = try text(transfer.owner)
        let modeText = try text(transfer.mode)
        var mode: FileMode?
        if let word = transfer.mode, let modeText, !modeText.isEmpty {
            mode = try FileMode(modeText, at: word.location)
        }
        var paths: [TransferSource] = []
        var inline: [TransferSource] = []
        for source in transfer.sources {
            switch source {
            case .path(let word): paths.append(try self.source(word, isAdd: isAdd))
            case .heredoc(let heredoc): inline.append(.inline(try file(heredoc)))
            }
        }
        return TransferStep(
            sources: paths + inline, destination: try text(transfer.destination),
            owner: owner?.isEmpty == true ? nil : owner, mode: mode, modeText: mode == nil ? nil : modeText,
            isLinked: transfer.isLinked, excludes: transfer.excludes.map(\.text))
    }

    private mutating func source(_ word: Word, isAdd: Bool) throws(Failure) -> TransferSource {
        let text = try text(word)
        guard let remote = TransferSource(remote: text) else { return .path(text) }
        guard isAdd else {
            throw Failure("COPY cannot take `\(text)` from the network", at: word.location, hint: "use ADD")
        }
        return remote
    }

    /// In a here-document quotes are text, and the escape character is always the backslash.
    private mutating func file(_ heredoc: Heredoc) throws(Failure) -> InlineFile {
        guard heredoc.expands else { return InlineFile(name: heredoc.name, content: heredoc.text) }
        let variables = scope.variables
        let lexer = ShellLexer(ignoresQuotes: true) { variables.value(of: $0) }
        let word = Word(text: heredoc.text, location: heredoc.location)
        return InlineFile(name: heredoc.name, content: try expand(word, lexer).text)
    }
}

extension TransferSource {
    /// - Returns: `nil` for a path.
    init?(remote text: String) {
        let isHTTP = text.hasPrefix("http://") || text.hasPrefix("https://")
        let path = text.prefix { $0 != "#" && $0 != "?" }
        let user = text.prefix { $0 != ":" && $0 != "/" }
        // `git@host:path`, as ssh(1) names a place.
        let isSecureShell = user.contains("@") && text[user.endIndex...].hasPrefix(":")
        if text.hasPrefix("git://") || text.hasPrefix("ssh://") || isSecureShell || (isHTTP && path.hasSuffix(".git")) {
            self = .git(text)
        } else if isHTTP {
            self = .url(text)
        } else {
            return nil
        }
    }
}
