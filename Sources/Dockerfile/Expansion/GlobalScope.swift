/// The arguments above the first `FROM`, with their values: every `FROM` can use them, and a stage that declares them.
package struct GlobalScope: Sendable {
    /// The build arguments of the user.
    package let arguments: BuildArguments
    let escape: Unicode.Scalar
    let checks: CheckOptions
    private var variables: [Variable]

    /// - Throws: `DockerfileError` with code `expansion` for a default value that cannot be expanded.
    package init(_ file: ParsedDockerfile, arguments: BuildArguments) throws(DockerfileError) {
        self.arguments = arguments
        escape = file.directives.escape
        checks = file.directives.checks
        variables = arguments.platformVariables
        do {
            for declaration in file.globalArguments { try declare(declaration) }
        } catch {
            throw error.error(.expansion)
        }
    }

    private mutating func declare(_ declaration: ArgumentDeclaration) throws(Failure) {
        let name = declaration.name.text
        if let value = arguments.values[name] {
            variables.set(name, value)
        } else if let word = declaration.defaultValue {
            variables.set(name, try expand(word).text)
        }
    }

    /// The value of an `ARG` before the first `FROM`; `nil` for none.
    package func value(of name: String) -> String? { variables.value(of: name) }

    var names: [String] { variables.map(\.name) }

    /// Replaces the variables of a word of `FROM`.
    func expand(_ word: Word) throws(Failure) -> ShellLexer.Result {
        let lexer = ShellLexer(escape: escape) { variables.value(of: $0) }
        return try lexer.expand(word)
    }
}

extension ShellLexer {
    func expand(_ word: Word) throws(Failure) -> Result {
        do {
            return try process(word.text)
        } catch {
            throw Failure(error.message, at: word.location(at: error.offset))
        }
    }
}

extension Word {
    /// The place after `offset` code points, when the file contains the word unchanged.
    func location(at offset: Int) -> Location {
        let width = text.unicodeScalars.count
        guard offset < width, location.start.line == location.end.line,
            location.end.column - location.start.column == width
        else { return location }
        var place = location
        place.start.column += offset
        return place
    }
}
