import Foundation
import TestSupport
import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(1))) struct HostFileTests {
    private func load(_ directory: TemporaryDirectory, _ text: String) throws -> Loaded {
        let file = "\(directory.path)/project/Envfile"
        try Data(text.utf8).write(to: URL(filePath: file))
        return try Loader(processEnvironment: [:]).load(files: [file])
    }

    private func project() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/project/site", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(directory.path)/other", withIntermediateDirectories: false)
        return directory
    }

    @Test func whatIsReadAndWhatIsNamed() throws {
        let directory = try project()
        let top = "\(directory.path)/project"
        try Data("A=1\n".utf8).write(to: URL(filePath: "\(top)/.env"))
        try Data("B=1\n".utf8).write(to: URL(filePath: "\(directory.path)/other/own.env"))
        try Data("s".utf8).write(to: URL(filePath: "\(top)/token"))
        let loaded = try load(
            directory,
            """
            name: shop
            services:
              web:
                build: ./app
                env_file: ../other/own.env
                volumes: ["./site:/site", "/:/host"]
                secrets: [token]
            secrets: {token: {file: ./token}}

            """)
        let found = Dictionary(grouping: loaded.files, by: \.use).mapValues { $0.map(\.path) }
        #expect(
            Set(found["read"] ?? []) == [
                "\(top)/Envfile", "\(top)/.env", "\(directory.path)/other/own.env", "\(top)/token",
            ])
        #expect(found["build of web"] == ["\(top)/app"])
        #expect(found["mount of web"] == ["/", "\(top)/site"])
        #expect(found["secret token"] == ["\(top)/token"])
        #expect(loaded.files.filter(\.isOutside).map(\.path) == ["\(directory.path)/other/own.env", "/"])
        // Written out, it is there for everyone to see.
        #expect(!loaded.warnings.contains { $0.message.contains("leads out") })
    }

    @Test func aLinkOutOfTheProjectIsTold() throws {
        let directory = try project()
        let top = "\(directory.path)/project"
        try Data("A=1\n".utf8).write(to: URL(filePath: "\(directory.path)/other/own.env"))
        let links = [("\(top)/.env", "../other/own.env"), ("\(top)/data", "/"), ("\(top)/inner", "site")]
        for (link, target) in links {
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        }
        let loaded = try load(
            directory,
            """
            name: shop
            services:
              web: {image: "bootstrap:busybox", volumes: ["./data/etc:/etc/host", "./inner:/site"]}

            """)
        let told = loaded.warnings.map(\.message).filter { $0.contains("leads out") }
        #expect(
            told == [
                "`\(top)/.env` leads out of the project by a link, to `\(directory.path)/other/own.env` (it was read)",
                "`\(top)/data/etc` leads out of the project by a link, to `/etc` (mount of web)",
            ])
        #expect(loaded.files.first { $0.path == "\(top)/inner" }?.target == "\(top)/site")
    }

    /// A project directory that is itself reached by a link is the project all the same.
    @Test func aLinkToTheProjectIsNone() throws {
        let directory = try project()
        let link = "\(directory.path)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "project")
        try Data("name: shop\nservices: {web: {image: \"a\", volumes: [\"./site:/site\"]}}\n".utf8)
            .write(to: URL(filePath: "\(link)/Envfile"))
        let loaded = try Loader(processEnvironment: [:]).load(files: ["\(link)/Envfile"])
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.files.allSatisfy { !$0.isOutside })
    }
}
