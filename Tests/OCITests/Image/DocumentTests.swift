import FoundationEssentials
import OCI
import Testing

@Suite(.timeLimit(.minutes(2))) struct DocumentTests {
    private static let hex = String(repeating: "a", count: 64)

    private func decode<Document: Decodable>(_ type: Document.Type, _ text: String) throws -> Document {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    private func roundTrip<Document: Codable & Equatable>(_ document: Document) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(document)
        #expect(try JSONDecoder().decode(Document.self, from: data) == document)
        return String(decoding: data, as: UTF8.self)
    }

    @Test func configurationWithNullsAndUnknownFields() throws {
        let configuration = try decode(
            ImageConfiguration.self,
            """
            {"architecture":"arm64","os":"linux","variant":"v8","container":"x","docker_version":"1",
             "config":{"User":"app","Env":["A=1"],"Entrypoint":null,"Cmd":["sh","-c"],"WorkingDir":"/w",
               "ExposedPorts":{"80/tcp":{},"53/udp":{}},"Volumes":null,"Labels":{"k":"v"},"StopSignal":"SIGINT",
               "Healthcheck":{"Test":["CMD","true"],"Interval":1000000000,"Retries":3},"Unknown":1,
               "Shell":["/bin/ash","-c"],"OnBuild":["RUN true"],"ArgsEscaped":true},
             "rootfs":{"type":"layers","diff_ids":["sha256:\(Self.hex)"]},
             "history":[{"created_by":"x","empty_layer":true}]}
            """)
        #expect(configuration.platform.description == "linux/arm64/v8")
        #expect(configuration.config.entrypoint == [] && configuration.config.command == ["sh", "-c"])
        #expect(configuration.config.exposedPorts == ["53/udp", "80/tcp"] && configuration.config.volumes == [])
        #expect(configuration.config.healthcheck?.retries == 3 && configuration.config.healthcheck?.timeout == 0)
        #expect(configuration.config.shell == ["/bin/ash", "-c"] && configuration.config.onBuild == ["RUN true"])
        #expect(configuration.config.argumentsAreEscaped)
        #expect(configuration.history.first?.emptyLayer == true)
        let text = try roundTrip(configuration)
        #expect(text.contains(#""ExposedPorts":{"53/udp":{},"80/tcp":{}}"#))
        #expect(text.contains(#""Healthcheck":{"Interval":1000000000,"Retries":3,"Test":["CMD","true"]}"#))
        #expect(text.contains(#""ArgsEscaped":true"#) && text.contains(#""OnBuild":["RUN true"]"#))
    }

    @Test func configurationDefaults() throws {
        let configuration = try decode(
            ImageConfiguration.self, #"{"config":null,"rootfs":{"type":"layers","diff_ids":[]}}"#)
        #expect(configuration.config == ImageConfiguration.Execution())
        #expect(throws: (any Error).self) { try decode(ImageConfiguration.self, #"{"os":"linux"}"#) }
        #expect(throws: OCIError.self) {
            try decode(ImageConfiguration.self, #"{"rootfs":{"type":"other","diff_ids":[]}}"#)
        }
    }

    @Test func manifestsOfBothFamilies() throws {
        func text(_ type: String, _ version: Int = 2) -> String {
            """
            {"schemaVersion":\(version),"mediaType":"\(type)","extra":{},
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7,"digest":"sha256:\(Self.hex)"},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":9,"digest":"sha256:\(Self.hex)"}]}
            """
        }
        let docker = try decode(Manifest.self, text(MediaType.dockerManifest.rawValue))
        #expect(docker.config.mediaType.isConfiguration && docker.layers.allSatisfy { $0.mediaType.isLayer })
        _ = try roundTrip(docker)
        #expect(throws: OCIError.self) { try decode(Manifest.self, text(MediaType.index.rawValue)) }
        #expect(throws: OCIError.self) { try decode(Manifest.self, text(MediaType.manifest.rawValue, 1)) }
        let negative = text(MediaType.manifest.rawValue).replacing("\"size\":9", with: "\"size\":-9")
        #expect(throws: OCIError.self) { try decode(Manifest.self, negative) }
    }

    @Test func layerTypes() {
        for type in [MediaType.layer, .layerGzip, .layerZstandard, .dockerLayer, .dockerLayerGzip] {
            #expect(type.isLayer)
        }
        #expect(!MediaType.manifest.isLayer)
        #expect(!MediaType(rawValue: "application/vnd.oci.image.layer.v1.tar+encrypted").isLayer)
    }

    @Test func indexChoosesThePlatform() throws {
        let digests = try (0..<5).map { try Digest(.sha256, hex: String(repeating: "\($0)", count: 64)) }
        func entry(_ index: Int, _ platform: Platform?) -> Descriptor {
            Descriptor(.manifest, digests[index], size: 1, platform: platform)
        }
        let index = Index(manifests: [
            entry(0, Platform(architecture: "unknown", os: "unknown")),
            entry(1, Platform(architecture: "arm", variant: "v6")),
            entry(2, Platform(architecture: "arm", variant: "v7")), entry(3, Platform(architecture: "amd64")),
            entry(4, Platform(architecture: "arm64", variant: "v8")),
        ])
        func chosen(_ host: Platform) -> Digest? { index.descriptor(for: host)?.digest }
        #expect(chosen(Platform(architecture: "amd64")) == digests[3])
        #expect(chosen(Platform(architecture: "arm64")) == digests[4])
        #expect(chosen(Platform(architecture: "arm", variant: "v7")) == digests[2])
        #expect(chosen(Platform(architecture: "arm", variant: "v6")) == digests[1])
        #expect(chosen(Platform(architecture: "riscv64")) == nil)
        #expect(try roundTrip(index).contains(#""schemaVersion":2"#))
    }
}
