import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Images that root shares with all users: `additionalStores` of the settings.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta) })
    struct SharedStoreTests {
        private static let name = "registry.invalid/shared/shop:1"

        /// - Returns: the text of `stat` of everything in the store.
        private func state(_ store: String) throws -> String {
            try Command("find", [store, "-printf", "%p %m %u %s %T@ %C@\\n"]).run().standardOutput
        }

        @Test func aUserTakesWhatRootSharesAndWritesNothingThere() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let store = "\(fixture.directory)/images"
                let root = try fixture.project(
                    "name: \(fixture.id)root\nservices: {web: {image: \"bootstrap:busybox\"}}\n")
                try root.expectSuccess("image", "pull", "bootstrap:busybox")
                try root.expectSuccess("image", "tag", "bootstrap:busybox", Self.name)
                try root.expectSuccess("image", "save", "--format", "directory", "--output", store, Self.name)
                let before = try state(store)

                let directory = try user.project(
                    "shop",
                    """
                    name: \(fixture.id)
                    services: {web: {image: "\(Self.name)", command: sleep 1000, stop_grace_period: 0s}}

                    """)
                let settings = "\(user.home)/.config/trice/settings.json"
                func set(_ stores: [String]) throws {
                    try FileManager.default.createDirectory(
                        atPath: URL(filePath: settings).deletingLastPathComponent().path,
                        withIntermediateDirectories: true)
                    let list = stores.map { "\"\($0)\"" }.joined(separator: ", ")
                    try Data("{\"additionalStores\": [\(list)]}".utf8).write(to: URL(filePath: settings))
                }
                try set(["images"])
                expect(
                    try user.trice(in: directory, "up", "--offline"), endsWith: 1, saying: settings, "`images`",
                    "absolute path")
                // Root's own store stays closed.
                try set(["\(fixture.stateDirectory)/content"])
                expect(
                    try user.trice(in: directory, "up", "--offline"), endsWith: 1, saying: "is passed over",
                    "Permission denied")
                // One that is not there is passed over.
                try set(["\(fixture.directory)/gone", store])
                let up = try user.trice(in: directory, "up", "--offline")
                expect(
                    up, endsWith: 0, saying: "`\(fixture.directory)/gone` is passed over",
                    "comes from the image store `\(store)`")
                let owners = try user.expectSuccess(
                    in: directory, "exec", "web", "--", "sh", "-c",
                    "stat -c %u /bin/busybox /etc/passwd; echo x >>/etc/passwd")
                #expect(owners == "0\n0\n")
                #expect(try state(store) == before)
                // It is an image of the user's own now.
                try set([])
                try user.expectSuccess(in: directory, "up", "--offline", "--force-recreate")
            }
        }
    }
}
