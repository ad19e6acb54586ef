import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

private let schemas = FilePath(Requirement.corpusDirectory + "/schema/image-spec")

@Suite(.timeLimit(.minutes(2))) struct SchemaTests {
    /// Checks a document by the specification's own schema, with Python's jsonschema.
    private static let script = """
        import json, sys, jsonschema
        folder, schema, document = sys.argv[1:]
        s = json.load(open(f"{folder}/{schema}-schema.json"))
        load = lambda url: json.load(open(folder + "/" + url.split("/")[-1]))
        resolver = jsonschema.RefResolver(s["id"], s, handlers={"https": load})
        jsonschema.Draft4Validator(s, resolver=resolver).validate(json.load(open(document)))
        """

    @Test(.enabled("needs the corpus and Python's jsonschema") { try Requirement.met(.corpus, .jsonschema) })
    func whatIsWrittenIsValid() throws {
        let fixture = try Fixture()
        let store = try fixture.store()
        let image = try store.ensure(.bootstrapBusybox)
        let content = fixture.directory.appending("state/content")
        func check(_ schema: String, _ document: FilePath) throws {
            try fixture.run("python3", ["-W", "ignore", "-c", Self.script, schemas.string, schema, document.string])
        }
        try check("image-layout", content.appending("oci-layout"))
        try check("image-index", content.appending("index.json"))
        try check("image-manifest", store.content.path(of: #require(image.manifestDigest)))
        try check("config", store.content.path(of: image.id))
        try fixture.write("wrong.json", #"{"schemaVersion":2,"manifests":[{"size":1}]}"#)
        #expect(throws: Fixture.Failure.self) { try check("image-index", fixture.directory.appending("wrong.json")) }
    }
}
