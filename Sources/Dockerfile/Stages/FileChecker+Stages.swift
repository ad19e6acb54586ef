internal import Diagnostics

/// The checks of whole stages.
extension FileChecker {
    mutating func checkNames() {
        var seen: [String: Stage] = [:]
        for stage in stages {
            guard let name = stage.name else { continue }
            if name == "scratch" || name == "context" {
                list.warn(
                    .reservedStageName, "`\(name)` means something else than a stage", at: stage.location,
                    local: stage.checks)
            }
            if let first = seen[name] {
                list.warn(
                    .duplicateStageName, "there is already a stage `\(name)`, in line \(first.location.start.line)",
                    at: stage.location, hint: "what names it means the nearest one above", local: stage.checks)
            }
            seen[name] = seen[name] ?? stage
        }
    }

    mutating func checkBase(_ stage: Stage) {
        let known = globalArguments.map(\.name.text) + BuildArguments.platformNames
        for word in [stage.base, stage.platform].compactMap(\.self) {
            for name in unset(in: word, but: known) {
                let nearest = Suggestion.meant(by: name, in: known)
                list.warn(
                    .undefinedArgInFrom, "argument `\(name)` is not declared above the first FROM", at: word.location,
                    hint: nearest.map { "did you mean `\($0)`?" } ?? "declare it with `ARG \(name)` up there",
                    local: stage.checks)
            }
        }
        if unset(in: stage.base, but: known).isEmpty { checkDefaults(stage) }
        checkPlatform(stage)
    }

    private func unset(in word: Word, but known: [String]) -> [String] {
        let lexer = ShellLexer(escape: escape) { known.contains($0) ? "x" : nil }
        // A word that the lexer refuses is an error when the stages are put together.
        return (try? lexer.process(word.text).unset) ?? []
    }

    /// Checks the base without build arguments.
    private mutating func checkDefaults(_ stage: Stage) {
        var values = BuildArguments.platformNames.map { Variable(name: $0, value: "x") }
        for argument in globalArguments {
            guard let word = argument.defaultValue else { continue }
            let lexer = ShellLexer(escape: escape) { [values] in values.value(of: $0) }
            // An error of the lexer is reported when the stages are linked.
            guard let value = try? lexer.process(word.text).text else { return }
            values.set(argument.name.text, value)
        }
        let lexer = ShellLexer(escape: escape) { [values] in values.value(of: $0) }
        // Likewise.
        guard let name = try? lexer.process(stage.base.text).text else { return }
        guard
            name.isEmpty || [":", "/", "@"].contains(where: { name.hasPrefix($0) || name.hasSuffix($0) })
                || name.contains("/:")
        else { return }
        list.warn(
            .invalidDefaultArgInFrom, "without build arguments `\(stage.base.text)` is no image",
            at: stage.base.location, hint: "give the ARG a default", local: stage.checks)
    }

    private mutating func checkPlatform(_ stage: Stage) {
        guard let platform = stage.platform else { return }
        if platform.text == "$TARGETPLATFORM" || platform.text == "${TARGETPLATFORM}" {
            list.warn(
                .redundantTargetPlatform, "`--platform=\(platform.text)` is what holds without it",
                at: platform.location,
                hint: "remove the flag", local: stage.checks)
        }
        guard !platform.text.contains("$") else { return }
        let parts = platform.text.split(separator: "/").map(String.init)
        guard !parts.contains(where: { stage.name?.contains($0) == true }) else { return }
        list.warn(
            .fromPlatformFlagConstDisallowed, "`--platform` holds one platform for every build", at: platform.location,
            hint: "use `$BUILDPLATFORM`, or name the stage for the platform", local: stage.checks)
    }

    mutating func check(_ stage: Stage) {
        var last: [Keyword: Instruction] = [:]
        let hasShell = stage.instructions.contains { $0.keyword == .shell }
        for instruction in stage.instructions {
            switch instruction.kind {
            case .cmd(let command), .entrypoint(let command):
                if case .shell = command, !hasShell {
                    list.warn(
                        .jsonArgsRecommended, "in the shell form \(instruction.keyword.rawValue) gets no signals",
                        at: instruction.location,
                        hint: "write it as a JSON array: `\(instruction.keyword.rawValue) [\"PROGRAM\", \"ARGUMENT\"]`",
                        local: instruction.checks)
                }
            case .healthcheck: break
            default: continue
            }
            if let earlier = last[instruction.keyword] {
                let line = instruction.location.start.line
                list.warn(
                    .multipleInstructionsDisallowed,
                    "this \(instruction.keyword.rawValue) has no effect: there is another one in line \(line)",
                    at: earlier.location, hint: "remove one of them", local: instruction.checks)
            }
            last[instruction.keyword] = instruction
        }
        checkFirstDirectory(stage)
    }

    private mutating func checkFirstDirectory(_ stage: Stage) {
        let isImage = !stages.prefix(stage.index).contains { $0.name == stage.base.text.lowercased() }
        let first = stage.instructions.first { $0.keyword == .workdir }
        guard isImage, let first, case .workdir(let path) = first.kind,
            !path.text.hasPrefix("/"), !path.text.hasPrefix("$"), !path.text.hasPrefix("\"")
        else { return }
        list.warn(
            .workdirRelativePath, "where `\(path.text)` is depends on the base image", at: path.location,
            hint: "write an absolute path", local: first.checks)
    }
}
