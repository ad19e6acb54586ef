import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `sudo trice …`: root works for the user who called it.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct SudoTests {
        private func owner(_ path: String) throws -> UInt32 {
            var info = stat()
            guard lstat(path, &info) == 0 else { throw TestError("there is no \(path)") }
            return info.st_uid
        }

        /// Everything that is made in the home of a user and does not belong to them.
        private func foreign(_ user: LoneUser) throws -> [String] {
            let names = FileManager.default.enumerator(atPath: user.home)?.compactMap { $0 as? String } ?? []
            return try names.filter { try owner("\(user.home)/\($0)") != user.id }.sorted()
        }

        @Test func homeNameAndFilesAreThoseOfTheCaller() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "shop",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sh -c 'echo made >/out/made; echo made >/home/made; exec sleep 1000'
                        stop_grace_period: 0s
                        environment: {WHO: "${USER}", PLACE: "${HOME}"}
                        volumes:
                          - ./site:/out
                          - ~/own:/home
                          - {type: bind, source: ./new/deep, target: /new, bind: {create_host_path: true}}

                    """)
                try FileManager.default.createDirectory(atPath: "\(user.home)/own", withIntermediateDirectories: false)
                #expect(chown("\(user.home)/own", user.id, user.id) == 0)
                try user.sudo(in: directory, "up")
                let variables = try user.sudo(in: directory, "exec", "web", "--", "env")
                #expect(variables.contains("WHO=\(user.name)\n"))
                #expect(variables.contains("PLACE=\(user.home)\n"))
                for path in ["shop/site/made", "own/made", "shop/new", "shop/new/deep"] {
                    #expect(eventually { (try? owner("\(user.home)/\(path)")) == user.id }, "\(path)")
                }

                // What commands write for the user.
                try user.sudo(in: directory, "config", "--output", "whole.yaml")
                try user.sudo(in: directory, "cp", "web:/etc/hosts", "hosts")
                try user.sudo(in: directory, "export", "--output", "web.tar", "web")
                try user.sudo(in: directory, "image", "save", "--output", "images", "bootstrap:busybox")
                try user.sudo(in: directory, "doctor", "--report", "--output", "report", mayFail: true)
                for file in ["whole.yaml", "hosts", "web.tar", "report"] {
                    #expect(FileManager.default.fileExists(atPath: "\(directory)/\(file)"), "\(file)")
                }
                try FileManager.default.createDirectory(
                    atPath: "\(user.home)/fresh", withIntermediateDirectories: false)
                #expect(chown("\(user.home)/fresh", user.id, user.id) == 0)
                try user.sudo(in: "\(user.home)/fresh", "init")
                #expect(FileManager.default.fileExists(atPath: "\(user.home)/fresh/Envfile"))
                let left = try foreign(user)
                #expect(left == [])
                try user.sudo(in: directory, "down", "--volumes")
            }
        }

        @Test func theUserIsToldWhoRunsIt() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "shop",
                    "name: \(fixture.id)\nservices:\n  web: {image: \"bootstrap:busybox\", command: sleep 1000, "
                        + "stop_grace_period: 0s}\n")
                try user.sudo(in: directory, "up")
                let status = try user.trice(in: directory, "status")
                #expect(status.standardOutput.contains("sudo trice status"), "\(status)")
                try user.sudo(in: directory, "down")
            }
        }
    }
}
