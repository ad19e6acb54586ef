internal import FoundationEssentials
internal import OCI
internal import Vocabulary

/// Everything that the result of a step depends on.
///
/// The key is made of it, and it is kept with the result, so that a later build can say what has changed. Values that
/// may be secret are kept as digests.
struct StepComponents: Sendable {
    /// `run`, `copy` or `workdir`.
    var kind: String
    /// The instruction on one line, before variables are replaced; not part of the key.
    var text: String
    /// The key of the root that the step starts from; `nil` for one that does not look at it.
    var parent: OCI.Digest?
    /// What the instruction says once its variables are replaced, and what the build says of every step.
    var settings: [Field] = []
    /// Variables that the step sees.
    var variables: [Field] = []
    /// Whether the variables themselves count, or only what the settings have of them.
    var countsVariables = false
    /// What it reads.
    var inputs: [Input] = []

    struct Field: Sendable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    struct Input: Sendable {
        /// For messages, such as `src/`.
        var name: String
        /// What it stands for is part of the key; its name is not.
        var digest: OCI.Digest
        /// The files that the digest stands for, where they are known.
        var files: FileSelection?
        /// Whether the digest is the same for the same input on every machine.
        var isPortable = true
    }

    func key() throws(BuildError) -> OCI.Digest { try Self.key(of: operation(), on: parent) }

    /// The key of a step by what it does and by the root that it starts from.
    static func key(of operation: OCI.Digest, on parent: OCI.Digest?) throws(BuildError) -> OCI.Digest {
        var writer = KeyWriter("step 2")
        writer.add(parent?.description ?? "")
        writer.add(operation.description)
        return writer.digest
    }

    /// The operation where others can compute it, too: what an image says of its layers.
    func portableOperation() throws(BuildError) -> OCI.Digest? {
        inputs.allSatisfy(\.isPortable) ? try operation() : nil
    }

    /// What the step does, whatever it starts from.
    private func operation() throws(BuildError) -> OCI.Digest {
        var writer = KeyWriter("operation 1 \(kind)")
        writer.add(UInt64(settings.count))
        for field in settings {
            writer.add(field.name)
            writer.add(field.value)
        }
        if countsVariables {
            writer.add(UInt64(variables.count))
            for field in variables {
                writer.add(field.name)
                writer.add(field.value)
            }
        }
        writer.add(inputs.map(\.digest.description))
        return writer.digest
    }
}

/// The components as they are kept with a record.
struct KeptComponents: Codable, Sendable {
    var text: String
    var parent: String?
    /// Names with the first digits of the values' digests.
    var settings: [String: String]
    var variables: [String: String]
    var inputs: [Input]

    struct Input: Codable, Sendable {
        var name: String
        var digest: String
        /// Of `FileManifest.encoded`.
        var manifest: Data?
    }

    init(_ components: StepComponents) throws(BuildError) {
        text = components.text
        parent = components.parent?.description
        settings = try Self.fields(components.settings)
        variables = try Self.fields(components.variables)
        inputs = components.inputs.map {
            Input(name: $0.name, digest: $0.digest.description, manifest: $0.files.map { Data($0.manifest.encoded) })
        }
    }

    private static func fields(_ fields: [StepComponents.Field]) throws(BuildError) -> [String: String] {
        var result: [String: String] = [:]
        for field in fields {
            result[field.name] = KeyWriter.digest(of: ((result[field.name] ?? "") + field.value).utf8).short
        }
        return result
    }

    func encoded() throws(BuildError) -> [UInt8] {
        do {
            return try JSONCoding.encode(self)
        } catch {
            throw BuildError(.cacheUnusable, "Could not write down what a step is made of: \(error).", cause: error)
        }
    }

    /// - Returns: `nil` for bytes of another version.
    static func decoded(_ bytes: [UInt8]) -> KeptComponents? {
        // What cannot be read explains nothing; that is no failure of the build.
        try? JSONCoding.decode(KeptComponents.self, from: bytes)
    }
}
