import Testing
import Vocabulary

@testable import Snapshots

/// Documents of packages, which may be anybody's.
@Suite(.timeLimit(.minutes(1))) struct PackageDocumentTests {
    private let layer = String(repeating: "a", count: 64)

    private func document() throws -> PackageDocument {
        var document = PackageDocument(architecture: "amd64", version: "1.2", project: "shop")
        var snapshot = SnapshotDocument(architecture: "amd64", version: "1.2", project: "shop", method: .stopped)
        snapshot.volumes = [.init(name: "data", layers: [layer])]
        var container = SnapshotDocument.Container(
            id: try ContainerID("web-1"), imageID: "sha256:1", image: "web", upon: "sha256:1", wasRunning: true,
            layers: [layer])
        container.dotfiles = "/root/.gitconfig"
        snapshot.containers = [container]
        document.snapshot = .init(name: "base", document: snapshot)
        document.files = .init(layer: layer, paths: ["Envfile", "conf/web.conf"])
        return document
    }

    private func read(_ document: PackageDocument) throws -> PackageDocument {
        try PackageDocument(reading: JSONCoding.text(document), architecture: "amd64", layers: [layer])
    }

    private func expectRefused(
        _ change: (inout PackageDocument) throws -> Void, saying words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var document = try document()
        try change(&document)
        do {
            _ = try read(document)
            Issue.record("it was taken", sourceLocation: sourceLocation)
        } catch {
            #expect("\(error)".contains(words), sourceLocation: sourceLocation)
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        var expected = try document()
        expected.snapshot?.document.containers[0].dotfiles = nil
        #expect(try read(document()) == expected)
    }

    @Test func othersAreRefused() throws {
        try expectRefused({ $0.format = 2 }, saying: "form 2 of Trice 1.2")
        try expectRefused({ $0.architecture = "arm64" }, saying: "architecture arm64, and this one has amd64")
        try expectRefused({ $0.snapshot?.document.format = 9 }, saying: "later version")
        for text in [
            "", "{}", "[1]", "{\"format\": 1}", "{\"format\": 1, \"version\": \"1\", \"architecture\": \"amd64\"}",
        ] {
            #expect(throws: InvalidPackage.self) {
                try PackageDocument(reading: text, architecture: "amd64", layers: [])
            }
        }
    }

    /// A later form may have anything in it: its number is read first.
    @Test func aLaterFormIsNamedWhateverItHas() {
        do {
            _ = try PackageDocument(
                reading: #"{"format": 7, "version": "9.0", "architecture": "amd64", "images": 3}"#,
                architecture: "amd64", layers: [])
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains("form 7 of Trice 9.0"))
        }
    }

    @Test(arguments: [
        "/etc/passwd", "../x", "a/../../x", "a//b", ".", "", "a/", ".git/config", "sub/.GIT/hooks/pre-commit", "a\nb",
    ])
    func pathsStayInTheDirectory(path: String) throws {
        try expectRefused({ $0.files?.paths.append(path) }, saying: "would not lie in the project directory")
        try expectRefused({ $0.files?.envfiles.append(path) }, saying: "would not lie in the project directory")
    }

    @Test(arguments: ["..", "../../x", "a/b", "/x", ""]) func volumesHaveNames(name: String) throws {
        try expectRefused({ $0.snapshot?.document.volumes[0].name = name }, saying: "no name of a volume")
        try expectRefused(
            { $0.snapshot?.document.containers[0].volumes = [.init(name: name, layers: [])] },
            saying: "no name of a volume")
    }

    @Test func onlyItsOwnLayersAreNamed() throws {
        for name in ["../../etc", "local-0123456789abcdef", String(repeating: "b", count: 64)] {
            try expectRefused({ $0.snapshot?.document.volumes[0].layers = [name] }, saying: "is not whole")
            try expectRefused({ $0.snapshot?.document.containers[0].layers = [name] }, saying: "is not whole")
            try expectRefused({ $0.snapshot?.document.layers = [.init(name: name, size: nil)] }, saying: "is not whole")
            try expectRefused({ $0.files?.layer = name }, saying: "is not whole")
        }
    }

    @Test func namesOfImagesFollowTheProject() {
        #expect(PackageDocument.Reference(text: "web", isOfProject: true).name(in: "demo") == "demo-web")
        #expect(PackageDocument.Reference(text: "nginx:1", isOfProject: false).name(in: "demo") == "nginx:1")
    }
}

/// Names of files that are kept back.
@Suite(.timeLimit(.minutes(1))) struct CredentialNamesTests {
    @Test(arguments: [
        ".env", "app/.env.local", "web.env", "db_password.txt", "id_rsa", ".ssh/config", "tls/server.key", "cert.pem",
        "secrets/anything", "my-secret.yaml", "API_TOKEN", ".npmrc", "store.p12",
    ])
    func kept(path: String) { #expect(CredentialNames.match(path)) }

    @Test(arguments: [
        "Envfile", "compose.yaml", ".env.example", "env.sh", "nginx.conf", "tokenizer.py", "schema.sql", "keys.md",
        "docs/secretary.txt", "monkey",
    ])
    func given(path: String) { #expect(!CredentialNames.match(path)) }

    @Test func variables() {
        for name in ["POSTGRES_PASSWORD", "API_TOKEN", "aws_secret_access_key"] {
            #expect(CredentialNames.match(variable: name))
        }
        for name in ["PATH", "POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "KEYBOARD"] {
            #expect(!CredentialNames.match(variable: name))
        }
    }
}
