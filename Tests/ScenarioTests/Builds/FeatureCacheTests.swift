import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `cache_from`: what a build takes from images that another machine pushed.
    @Suite(.timeLimit(.minutes(10)), .scenario, .registry) struct FeatureCacheTests {
        private static let dockerfile = """
            FROM bootstrap:busybox AS tools
            ARG VERSION=1
            RUN echo "tool $VERSION" >/tool
            COPY one /one
            FROM tools
            RUN cat /one >/seen && echo ran
            WORKDIR /srv
            COPY --link two .
            RUN echo done >done

            """

        private func write(_ project: Project) throws {
            try project.write("Dockerfile", Self.dockerfile)
            try project.write("one", "1\n")
            try project.write("two", "2\n")
        }

        /// What a build on a machine of that name says.
        private func build(
            _ scene: ImageScene, on machine: String, _ arguments: String..., environment: [String: String] = [:]
        ) throws -> String {
            let output = try scene.project.command(
                ["build"] + arguments, environment: scene.elsewhere(machine).merging(environment) { $1 }
            ).run()
            #expect(output.exit == .code(0), "\(output.description)")
            return output.standardOutput + output.standardError
        }

        @Test func aPushedImageBringsTheCacheOfItsBuild() async throws {
            try await withImages { scene in
                try write(scene.project)
                let (first, second) = (scene.name("team/app:1"), scene.name("team/app:2"))
                #expect(try build(scene, on: "a", "-t", first, ".").contains("6 steps, 6 done"))
                let push = try scene.project.command(["image", "push", first], environment: scene.elsewhere("a")).run()
                expect(push, endsWith: 0)

                // Another machine does nothing, and can push what it got without packing it again.
                let there = try build(scene, on: "b", "-t", second, "--cache-from", first, ".")
                #expect(there.contains("6 steps, all cached"), "\(there)")
                let again = try scene.project.command(["image", "push", second], environment: scene.elsewhere("b"))
                    .run()
                expect(again, endsWith: 0)
                let layers = try [first, second].map { name in
                    try scene.registry.manifest(String(name.dropFirst(scene.registry.address.count + 1)))
                        .object?["layers"]
                }
                #expect(layers[0] == layers[1])

                // From then on it has them itself, and of what has changed only the rest is done.
                scene.registry.stop()
                #expect(try build(scene, on: "b", "-t", second, ".").contains("all cached"))
                try scene.project.write("two", "2 and more\n")
                let changed = try build(scene, on: "b", "-t", second, "--cache-from", first, ".")
                #expect(changed.contains("6 steps, 2 done"), "\(changed)")
            }
        }

        @Test func whatDoesNotAgreeIsDone() async throws {
            try await withImages { scene in
                try write(scene.project)
                let name = scene.name("team/app:1")
                _ = try build(scene, on: "a", "-t", name, ".")
                expect(
                    try scene.project.command(["image", "push", name], environment: scene.elsewhere("a")).run(),
                    endsWith: 0)
                try scene.publish(.runnable(), as: "team/strange:1")
                try scene.project.write("one", "another\n")
                let (gone, strange) = (scene.name("team/gone:1"), scene.name("team/strange:1"))
                let output = try build(
                    scene, on: "b", "-t", "local/app:1", "--cache-from", gone, "--cache-from",
                    "type=registry,ref=\(strange)", "--cache-from", name, ".")
                // The first RUN and what looks at nothing are as they were.
                #expect(output.contains("6 steps, 4 done"), "\(output)")
                #expect(output.contains("cache_from \(gone) is of no use"), "\(output)")
                #expect(output.contains("cache_from \(strange) is of no use: it says of no layer"), "\(output)")
                let anew = try build(scene, on: "b", "-t", "local/app:1", "--no-cache", "--cache-from", name, ".")
                #expect(anew.contains("6 steps, 6 done"), "\(anew)")
            }
        }

        /// Attributes: `build.cache_from`, `build.cache_to`
        @Test func aSavedLayoutDoesAsWell() async throws {
            try await withImages { scene in
                try write(scene.project)
                try scene.project.write(
                    "compose.yaml",
                    """
                    services:
                      app:
                        image: local/app:1
                        build:
                          context: .
                          cache_from: ["type=local,src=saved", "type=gha"]
                          cache_to: ["type=inline"]
                    """)
                _ = try build(scene, on: "a", "app")
                let save = try scene.project.command(
                    ["image", "save", "--format", "directory", "-o", "saved", "local/app:1"],
                    environment: scene.elsewhere("a")
                ).run()
                expect(save, endsWith: 0)
                let output = try build(scene, on: "b", "app")
                #expect(output.contains("6 steps, all cached"), "\(output)")
                #expect(output.contains("cache_to has no effect"), "\(output)")
                #expect(output.contains("cache_from type=gha is of no use"), "\(output)")
            }
        }
    }
}
