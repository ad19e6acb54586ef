import TestSupport
import Testing
import Vocabulary

@testable import Envfile

/// Every key of a section in the Compose Specification's schema is one that its decoder knows.
@Suite(.timeLimit(.minutes(2)), .enabled("the corpus is not there; set TRICE_CORPUS") { try Requirement.met(.corpus) })
struct SectionSchemaTests {
    /// A section of the schema, how many keys it has at least, and what decodes it.
    struct Case: Sendable, CustomTestStringConvertible {
        var place: String
        var minimum: Int
        /// Text around the mapping, with `@` for it.
        var frame = "@"
        var decode: @Sendable (Cursor) -> Void

        var testDescription: String { place }
    }

    private func properties(at place: String) throws -> Set<String> {
        let text = try #require(Corpus.text(Corpus.root + "/schema/compose-spec.json"))
        let source = SourceFile(path: "schema", bytes: Array(text.utf8))
        var node = try #require(DocumentBuilder.document(of: source, report: DiagnosticCollector())).root["definitions"]
        // The patterns of the schema have a dot in them, which is written `·` here.
        for part in (place + ".properties").split(separator: ".") {
            let key = String(part).replacing("·", with: ".")
            if case .sequence(let items) = node?.content, let index = Int(key) {
                node = items[index]
            } else {
                node = node?[key]
            }
        }
        guard case .mapping(let pairs) = node?.content else { return [] }
        return Set(pairs.map(\.key.name))
    }

    private static let service = "service.properties."

    @Test(arguments: [
        Case(place: service + "build.oneOf.1", minimum: 24) { _ = Build.decoded(from: $0) },
        Case(place: service + "blkio_config", minimum: 6) { _ = BlockIOSettings.decoded(from: $0) },
        Case(place: "blkio_limit", minimum: 2, frame: "{device_read_bps: [@]}") {
            _ = BlockIOSettings.decoded(from: $0)
        },
        Case(place: "blkio_weight", minimum: 2, frame: "{weight_device: [@]}") {
            _ = BlockIOSettings.decoded(from: $0)
        },
        Case(place: service + "credential_spec", minimum: 3) { _ = CredentialSpecification.decoded(from: $0) },
        Case(place: service + "devices.items.oneOf.1", minimum: 3, frame: "[@]") {
            _ = DeviceMapping.decodedList(from: $0)
        },
        Case(place: service + "logging", minimum: 2) { _ = LoggingSettings.decoded(from: $0) },
        Case(place: service + "models.oneOf.1.patternProperties.^[a-zA-Z0-9·_-]+$", minimum: 2, frame: "{m: @}") {
            _ = ModelBinding.decodedList(from: $0)
        },
        Case(
            place: service + "networks.oneOf.1.patternProperties.^[a-zA-Z0-9·_-]+$.oneOf.0", minimum: 9,
            frame: "{n: @}"
        ) { _ = NetworkAttachment.decodedList(from: $0) },
        Case(place: service + "provider", minimum: 2) { _ = ServiceProvider.decoded(from: $0) },
        Case(place: "healthcheck", minimum: 7) { _ = HealthCheck.decoded(from: $0) },
        Case(place: "development", minimum: 1) { _ = Development.decoded(from: $0) },
        Case(place: "development.properties.watch.items", minimum: 7, frame: "{watch: [@]}") {
            _ = Development.decoded(from: $0)
        },
        Case(place: "deployment", minimum: 9) { _ = Deployment.decoded(from: $0) },
        Case(place: "deployment.properties.update_config", minimum: 6, frame: "{update_config: @}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "deployment.properties.rollback_config", minimum: 6, frame: "{rollback_config: @}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "deployment.properties.restart_policy", minimum: 4, frame: "{restart_policy: @}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "deployment.properties.placement", minimum: 3, frame: "{placement: @}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "deployment.properties.resources", minimum: 2, frame: "{resources: @}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(
            place: "deployment.properties.resources.properties.limits", minimum: 3, frame: "{resources: {limits: @}}"
        ) { _ = Deployment.decoded(from: $0) },
        Case(
            place: "deployment.properties.resources.properties.reservations", minimum: 4,
            frame: "{resources: {reservations: @}}"
        ) { _ = Deployment.decoded(from: $0) },
        Case(
            place: "generic_resources.items", minimum: 1, frame: "{resources: {reservations: {generic_resources: [@]}}}"
        ) {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "devices.items", minimum: 5, frame: "{resources: {reservations: {devices: [@]}}}") {
            _ = Deployment.decoded(from: $0)
        },
        Case(place: "gpus.oneOf.1.items", minimum: 5, frame: "[@]") { _ = DeviceRequest.decodedGPUs(from: $0) },
        Case(place: "network", minimum: 10) { _ = Network.decoded(named: "n", from: $0) },
        Case(place: "network.properties.ipam", minimum: 3, frame: "{ipam: @}") {
            _ = Network.decoded(named: "n", from: $0)
        },
        Case(place: "network.properties.ipam.properties.config.items", minimum: 4, frame: "{ipam: {config: [@]}}") {
            _ = Network.decoded(named: "n", from: $0)
        },
        Case(place: "network.properties.external", minimum: 1, frame: "{external: @}") {
            _ = Network.decoded(named: "n", from: $0)
        },
        Case(place: "volume", minimum: 5) { _ = Volume.decoded(named: "v", from: $0) },
        Case(place: "secret", minimum: 8) { _ = FileDefinition.decoded(.secret, named: "s", from: $0) },
        Case(place: "config", minimum: 7) { _ = FileDefinition.decoded(.config, named: "c", from: $0) },
        Case(place: "model", minimum: 4) { _ = ModelDefinition.decoded(named: "m", from: $0) },
        Case(place: "service_hook", minimum: 5, frame: "[@]") { _ = LifecycleHook.decodedList(from: $0) },
        Case(place: "service_config_or_secret.items.oneOf.1", minimum: 5, frame: "[@]") {
            _ = FileReference.decodedList(.secret, from: $0)
        },
        Case(
            place: "ulimits.patternProperties.^[a-z]+$.oneOf.1", minimum: 2, frame: "{core: @}"
        ) { _ = Ulimit.decodedMap(from: $0) },
    ])
    func everyKeyIsKnown(_ example: Case) throws {
        let keys = try properties(at: example.place)
        #expect(keys.count >= example.minimum)
        for key in keys {
            let section = Section<Bool>(decode: { cursor in
                example.decode(cursor)
                return nil
            }) { _, _ in .null }
            let text = example.frame.replacing("@", with: "{\(key): }")
            #expect(section.read(text).messages.filter { $0.contains("unknown key") } == [], "\(key)")
            let other = example.frame.replacing("@", with: "{no_such_key: }")
            #expect(section.read(other).messages.contains { $0.contains("unknown key `no_such_key`") })
        }
    }
}
