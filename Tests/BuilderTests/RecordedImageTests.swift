import Builder
import Foundation
import Images
import LinuxSystem
import OCI
import SystemPackage
import TestSupport
import Testing

/// Configuration and history of images as BuildKit has written them, beside ours of the same Dockerfiles.
///
/// `Recorded` has the Dockerfiles, their context, and what Docker 20.10.24 (BuildKit) made of each, as `docker save` writes
/// it: without times and BuildKit's own cache, and with the layers counted. Each was built with the arguments below. The
/// first is the base of most others.
@Suite(
    .timeLimit(.minutes(5)), .enabled("needs root, busybox and crun") { try Requirement.met(.root, .busybox, .crun) })
struct RecordedImageTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded")
    private static let arguments = ["GIVEN": "yes", "HTTP_PROXY": "http://proxy.invalid", "UNKNOWN": "1"]

    /// What BuildKit writes otherwise today (`frontend/dockerfile/dockerfile2llb`): the line of 20.10, and that of now.
    private static let newerLines = [
        // Owners of COPY and ADD are part of the line.
        "COPY src/*.c ./code/ # buildkit": "COPY --chown=app:app src/*.c ./code/ # buildkit",
        "COPY README /with space/ # buildkit": "COPY --chown=1000 README /with space/ # buildkit",
        "ADD src /data/src # buildkit": "ADD --chown=0:0 src /data/src # buildkit",
        "COPY /build /usr/local/build/ # buildkit": "COPY --chown=app /build /usr/local/build/ # buildkit",
        // The value of an argument is the one it has, not the default.
        "ARG TAG": "ARG TAG=latest",
        "ARG GIVEN=no": "ARG GIVEN=yes",
        "ARG TARGETARCH": "ARG TARGETARCH=amd64",
        "ARG HTTP_PROXY": "ARG HTTP_PROXY=http://proxy.invalid",
        // Ports are listed as they are written.
        "EXPOSE map[8080/tcp:{}]": "EXPOSE [8080/tcp]",
        "EXPOSE map[443/tcp:{} 53/udp:{} 80/tcp:{}]": "EXPOSE [443/tcp 80/tcp 53/udp]",
        "EXPOSE map[90/udp:{} 9000/tcp:{} 9001/tcp:{} 9002/tcp:{}]":
            "EXPOSE [9000/tcp 9001/tcp 9002/tcp 90/udp]",
        // The fields of a health check have names, and one field more.
        #"HEALTHCHECK &{["CMD-SHELL" "true"] "30s" "0s" "0s" '\x00'}"#:
            "HEALTHCHECK {Test:[CMD-SHELL true] Interval:30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
        #"HEALTHCHECK &{["CMD-SHELL" "wget -q http://localhost/ || exit 1"] "5m0s" "3s" "1m30s" '\x05'}"#:
            "HEALTHCHECK {Test:[CMD-SHELL wget -q http://localhost/ || exit 1] Interval:5m0s Timeout:3s StartPeriod:1m30s StartInterval:0s Retries:5}",
        #"HEALTHCHECK &{["CMD" "/bin/true" "--x"] "0s" "0s" "0s" '\x00'}"#:
            "HEALTHCHECK {Test:[CMD /bin/true --x] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
        #"HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\x00'}"#:
            "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
    ]

    @Test func writesWhatBuildKitWrites() async throws {
        let fixture = try SolveFixture()
        try fixture.run("cp -r '\(Self.directory.path())/context/.' .; cp /bin/busybox .")
        try fixture.run("mkdir ../in; echo in > ../in/file; tar -C .. -cf archive.tar in")
        var host = fixture.host()
        host.executor = try fixture.containerRunner()
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path())
            .filter { $0.hasSuffix(".Dockerfile") }.map { String($0.dropLast(11)) }.sorted()
        try #require(names.count == 23)
        for name in names {
            let text = try String(contentsOf: Self.directory.appending(path: "\(name).Dockerfile"), encoding: .utf8)
            let request = fixture.request(text, name: name) { request in
                request.arguments = Self.arguments
                request.tags = ["localhost/\(name == "01-base" ? "base" : name):latest"]
            }
            let options = BuildOptions(sourceDateEpoch: nil)
            let result = try #require(try await Builder(host: host).build([request], options: options).first)
            let ours = try Self.lines(of: result.image.configuration, layers: result.image.layers.count)
            let theirs = try Self.recordedLines(name)
            #expect(Self.difference(ours, theirs) == [], "\(name)")
        }
    }

    // MARK: Documents as lines

    private static func difference(_ ours: [String], _ theirs: [String]) -> [String] {
        let (one, other) = (Set(ours), Set(theirs))
        return one.subtracting(other).sorted().map { "ours: \($0)" }
            + other.subtracting(one).sorted().map { "theirs: \($0)" }
    }

    private static func recordedLines(_ name: String) throws -> [String] {
        let bytes = try Data(contentsOf: directory.appending(path: "\(name).json"))
        return lines(try JSONSerialization.jsonObject(with: bytes), at: "") { newerLines[$0] ?? $0 }
    }

    /// Without times and digests.
    private static func lines(of configuration: ImageConfiguration, layers: Int) throws -> [String] {
        let bytes = try JSONEncoder().encode(configuration)
        var document = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        document["created"] = nil
        document["rootfs"] = nil
        // Those of a base are among them here: each base was made here.
        document["layers"] = layers
        let history = try #require(document["history"] as? [[String: Any]])
        document["history"] = history.map { $0.filter { $0.key != "created" } }
        return lines(document, at: "")
    }

    /// Each value with its path, in the order of the paths. What is null is not there.
    private static func lines(
        _ value: Any, at path: String, _ change: (String) -> String = { $0 }
    ) -> [String] {
        switch value {
        case let object as [String: Any]:
            object.isEmpty
                ? ["\(path) {}"]
                : object.sorted { $0.key < $1.key }.flatMap { lines($0.value, at: "\(path)/\($0.key)", change) }
        case let array as [Any]:
            array.enumerated().flatMap { lines($0.element, at: "\(path)/\($0.offset)", change) }
        case is NSNull: []
        case let text as String: ["\(path) \(change(text))"]
        default: ["\(path) \(value)"]
        }
    }
}
