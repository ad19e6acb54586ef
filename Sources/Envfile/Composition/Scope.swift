/// Files that are read together: those of the project, or those of one entry of `include`.
struct Scope {
    /// What relative paths are resolved against; absolute.
    var directory: String
    var variables: Variables
    /// The entry of `include` that brought the files in.
    var inclusion: Mark?
    /// The files whose `include` is being followed, outermost first.
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

/// That a service was extended from another one, and where that one is written.
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
