import Envfile
import Testing
import Vocabulary

@testable import Vagrantfile

/// What a Vagrantfile becomes, read back as an Envfile.
struct Converted {
    let envfile: String
    let leftOut: [String]
    let environment: Environment?

    /// - Parameter body: what is said of `config`; the lines of the file are the lines of the body and one more.
    init(
        body: String, directories: Set<String> = [], missing: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try self.init(
            "Vagrant.configure(\"2\") do |config|\n\(body)\nend\n", directories: directories, missing: missing,
            sourceLocation: sourceLocation)
    }

    init(
        _ text: String, directories: Set<String> = [], missing: Set<String> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let conversion = VagrantConversion(text, named: "Vagrantfile") { path in
            missing.contains(path) ? .missing : directories.contains(path) ? .directory : .file
        }
        envfile = conversion.envfile
        leftOut = conversion.leftOut.map(\.description)
        let made = envfile
        let loader = Loader(
            processEnvironment: ["HOME": "/home/me"],
            readFile: { $0 == "/p/Envfile" ? .bytes(Array(made.utf8)) : .absent })
        do throws(EnvfileError) {
            environment = try Self.load(loader)
        } catch {
            environment = nil
            // A file without machines has no service to bring up.
            if !made.contains("services: {}") {
                Issue.record("\(error.diagnostics)\n\(error.message)\n\(made)", sourceLocation: sourceLocation)
            }
        }
    }

    /// With all checks; the folders of these files are not on this host.
    private static func load(_ loader: Loader) throws(EnvfileError) -> Environment {
        do throws(EnvfileError) {
            return try loader.load(files: ["/p/Envfile"], profiles: ["*"]).environment
        } catch {
            let errors = error.diagnostics.filter { $0.severity == .error }
            guard !errors.isEmpty, errors.allSatisfy({ $0.message.contains("does not exist on the host") }) else {
                throw error
            }
            var options = LoadOptions()
            options.checksConsistency = false
            return try loader.load(files: ["/p/Envfile"], profiles: ["*"], options: options).environment
        }
    }

    func service(_ name: String = "default") throws -> Service {
        try #require(environment?.services.first { $0.name.rawValue == name }, "\(envfile)")
    }
}
