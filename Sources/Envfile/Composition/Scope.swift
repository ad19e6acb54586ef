/// Files that are read together: those of the project, or those of one entry of `include`.
struct Scope {
    /// The base of relative paths; absolute.
    var directory: String
    var variables: Variables
    /// The entry of `include` that includes the files.
    var inclusion: Mark?
    /// The files whose `include` is being resolved, outermost first.
    var trail: [String] = []
}

/// The variables that each file is read with.
struct ScopeTable {
    private var variables: [ObjectIdentifier: Variables] = [:]
    /// Keeps the files alive, so that no other gets the identity of one that is known.
    private var files: [SourceFile] = []

    mutating func register(_ file: SourceFile, _ variables: Variables) {
        files.append(file)
        self.variables[ObjectIdentifier(file)] = variables
    }

    subscript(file: SourceFile) -> Variables? { variables[ObjectIdentifier(file)] }
}

/// The extension of a service by another one, and the place of that one.
struct Extension: Sendable {
    /// The name of the service that has the `extends`.
    var service: String
    var base: String
    var file: SourceFile
    /// The bytes of the file that the base is written in.
    var span: Range<Int>
    /// The place of the base's name.
    var place: Mark
}
