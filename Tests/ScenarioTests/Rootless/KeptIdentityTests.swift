import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What a container's user other than root writes into folders of a user without root: it belongs to that user, and all else
    /// in the container has the owners that it has for root.
    @Suite(
        .timeLimit(.minutes(5)), .scenario,
        .enabled("needs newuidmap and pasta") { try Requirement.met(.newuidmap, .pasta) })
    struct KeptIdentityTests {
        /// An image with a user of its own, its home, and a set-uid program of root's.
        private static let dockerfile = """
            FROM bootstrap:busybox
            RUN echo 'node:x:1000:1000::/home/node:/bin/sh' >>/etc/passwd && echo 'node:x:1000:' >>/etc/group
            RUN mkdir -p /home/node /stuff && echo own >/home/node/own && chown -R 1000:1000 /home/node
            RUN cp /bin/busybox /bin/become && chmod 4755 /bin/become && echo 7 >/stuff/seven && chown 7:7 /stuff/seven
            USER node

            """

        private static func envfile(_ fixture: Fixture, _ more: String = "") -> String {
            """
            name: \(fixture.id)
            secrets: {key: {file: ./secret}}
            services:
              app:
                build: .
                command: sleep 1000
                stop_grace_period: 0s
                working_dir: /app
                secrets: [key]
                volumes: ["./:/app", "data:/data"]
                healthcheck: {test: touch /app/healthy, interval: 1s}
                provision: [{name: copy, copy: {source: ./secret, target: /home/node/, owner: node}}]
            \(more)
            volumes: {data: }

            """
        }

        private func project(_ user: LoneUser, _ text: String) throws -> String {
            let directory = try user.project("shop", text)
            for (name, content) in [("Dockerfile", Self.dockerfile), ("secret", "hush\n")] {
                try Data(content.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
                guard chown("\(directory)/\(name)", user.id, user.id) == 0 else { throw TestError("chown \(name)") }
            }
            return directory
        }

        private func owner(_ path: String) throws -> UInt32 {
            var info = stat()
            guard lstat(path, &info) == 0 else { throw TestError("there is no \(path)") }
            return info.st_uid
        }

        @Test func aUserOfTheImageWritesForTheCaller() async throws {
            let runtime = "crun"
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try project(user, Self.envfile(fixture))
                func run(_ words: String, as name: String? = nil) throws -> String {
                    let asked = name.map { ["-u", $0] } ?? []
                    let binary = try #require(Fixture.binary)
                    let output = try user.command(
                        in: directory, binary, ["exec"] + asked + ["app", "--", "sh", "-c", words]
                    ).run()
                    guard output.succeeded else { throw TestError(output.description) }
                    return output.standardOutput
                }
                let up = try user.trice(in: directory, "--runtime", runtime, "up")
                expect(up, endsWith: 0, saying: "copying the image of app once")
                #expect(
                    try run("id -u; id -g; touch made; stat -c %u made; cat /run/secrets/key")
                        == "1000\n1000\n1000\nhush\n")
                #expect(try owner("\(directory)/made") == user.id)
                #expect(eventually { (try? owner("\(directory)/healthy")) == user.id })
                // The container looks as it does for root.
                #expect(
                    try run(
                        "stat -c '%u %a %n' / /bin/busybox /bin/become /home/node /home/node/own /stuff/seven /home/node/secret"
                    )
                        == """
                        0 755 /
                        0 755 /bin/busybox
                        0 4755 /bin/become
                        1000 755 /home/node
                        1000 644 /home/node/own
                        7 644 /stuff/seven
                        1000 644 /home/node/secret

                        """)
                #expect(try run("touch /bin/x 2>/dev/null || echo closed; echo more >>/home/node/own") == "closed\n")
                #expect(try run("id -u; touch /bin/x && stat -c %u /bin/x; touch /app/root", as: "0") == "0\n0\n")
                // What the user writes is there after a restart, and in volumes.
                _ = try run("echo kept >/data/kept || exit 1")
                try user.expectSuccess(in: directory, "restart", "app")
                #expect(try run("cat /data/kept /home/node/own") == "kept\nown\nmore\n")
                let again = try user.trice(in: directory, "--runtime", runtime, "up")
                #expect(!again.standardError.contains("copying the image"), "\(again)")
                try user.expectSuccess(in: directory, "down")
                try user.expectSuccess(in: directory, "--runtime", runtime, "up")
                #expect(try run("cat /data/kept && echo next >>/data/kept") == "kept\n")
                try user.expectSuccess(in: directory, "down", "--volumes")
            }
        }

        /// Numbers in place of names, with and without a group: `user: "${UID}"`.
        @Test(arguments: ["1000:1000", "4711", "33:4"]) func aUserByNumberWritesForTheCaller(_ name: String)
            async throws
        {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "shop",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        user: "\(name)"
                        command: sh -c 'touch /site/made && exec sleep 1000'
                        stop_grace_period: 0s
                        volumes: ["./site:/site"]

                    """)
                try user.expectSuccess(in: directory, "up")
                #expect(eventually { (try? owner("\(directory)/site/made")) == user.id })
                let shown = try user.expectSuccess(
                    in: directory, "exec", "web", "--", "stat", "-c", "%u", "/site/made", "/bin")
                #expect(shown == "\(name.prefix { $0 != ":" })\n0\n")
                let run = try user.trice(in: directory, "run", "--rm", "web", "sh", "-c", "id -u; touch /site/run")
                #expect(run.standardOutput == "\(name.prefix { $0 != ":" })\n", "\(run)")
                #expect(try owner("\(directory)/site/run") == user.id)
            }
        }

        /// An image that begins as root and gives up its rights, such as those of web servers.
        @Test func anExplicitMapIsForAProgramThatGivesUpItsRights() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "shop",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes: [{type: bind, source: ./site, target: /site, idmap: "\(user.id):\(user.id)=33:33"}]

                    """)
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "-u", "33:33", "web", "--", "touch", "/site/made")
                #expect(try owner("\(directory)/site/made") == user.id)
                #expect(try user.expectSuccess(in: directory, "exec", "web", "--", "id", "-u") == "0\n")
            }
        }

        /// What leaves the container has the owners that it shows.
        @Test func copiesArchivesAndImagesHaveTheOwnersOfTheContainer() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try project(user, Self.envfile(fixture))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "-u", "0", "app", "--", "touch", "/etc/by-root")
                try user.expectSuccess(in: directory, "exec", "app", "--", "touch", "/home/node/by-node")
                try user.expectSuccess(in: directory, "cp", "secret", "app:/stuff/copied")
                #expect(
                    try user.expectSuccess(in: directory, "exec", "app", "--", "stat", "-c", "%u", "/stuff/copied")
                        == "0\n")
                try user.expectSuccess(in: directory, "export", "--output", "site/app.tar", "app")
                let list = try Command(
                    "tar", ["--list", "--verbose", "--numeric-owner", "--file=\(directory)/site/app.tar"]
                ).run()
                    .standardOutput
                for (file, owner) in [
                    ("etc/by-root", "0/0"), ("home/node/by-node", "1000/1000"), ("bin/busybox", "0/0"),
                ] {
                    #expect(
                        list.split(separator: "\n").contains {
                            $0.hasSuffix(" ./\(file)") && $0.contains(" \(owner) ")
                        },
                        "\(file)")
                }
                for state in ["runs", "stands"] {
                    if state == "stands" { try user.expectSuccess(in: directory, "stop") }
                    try user.expectSuccess(in: directory, "commit", "app", "\(fixture.id):\(state)")
                    let other = try user.project(
                        state,
                        """
                        name: \(fixture.id)\(state)
                        services: {web: {image: "\(fixture.id):\(state)", user: root, command: sleep 1000, stop_grace_period: 0s}}

                        """)
                    try user.expectSuccess(in: other, "up")
                    let seen = try user.expectSuccess(
                        in: other, "exec", "web", "--", "stat", "-c", "%u", "/etc/by-root", "/home/node/by-node",
                        "/stuff/copied", "/")
                    #expect(seen == "0\n1000\n0\n0\n", "\(state)")
                }
            }
        }

        /// A snapshot has the owners that the container shows, and is restored for it.
        @Test func aSnapshotKeepsTheOwners() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try project(user, Self.envfile(fixture))
                func set(_ text: String) throws {
                    try user.expectSuccess(
                        in: directory, "exec", "app", "--", "sh", "-c",
                        "echo \(text) >/home/node/own; echo \(text) >/data/own")
                }
                try user.expectSuccess(in: directory, "up")
                try set("one")
                try user.expectSuccess(in: directory, "snapshot", "save", "base", "--stop")
                try set("two")
                try user.expectSuccess(in: directory, "snapshot", "restore", "base")
                let seen = try user.expectSuccess(
                    in: directory, "exec", "app", "--", "sh", "-c",
                    "cat /home/node/own /data/own; stat -c %u /home/node/own /data/own")
                #expect(seen == "one\none\n1000\n1000\n")
                try set("three")
                try user.expectSuccess(in: directory, "down", "--volumes")
            }
        }

        @Test func copiesOfAnEnvironmentKeepTheOwners() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                func text(_ name: String) -> String {
                    """
                    name: \(name)
                    services:
                      app:
                        image: bootstrap:busybox
                        user: "1000"
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes: ["data:/data", "./site:/site"]
                    volumes: {data: }

                    """
                }
                func check(_ directory: String, _ options: [String] = []) throws {
                    let script =
                        "cat /data/file /tmp/file; stat -c %u /data/file /tmp/file; echo more >>/data/file; echo own >/site/file"
                    let binary = try #require(Fixture.binary)
                    let words = options + ["exec", "app", "--", "sh", "-c", script]
                    let seen = try user.command(in: directory, binary, words).run()
                    #expect(seen.standardOutput == "volume\nlayer\n1000\n1000\n", "\(seen)")
                    #expect(seen.succeeded, "\(seen)")
                    #expect(try owner("\(directory)/site/file") == user.id)
                    try FileManager.default.removeItem(atPath: "\(directory)/site/file")
                }
                let directory = try user.project("shop", text(fixture.id))
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "exec", "-u", "0", "app", "--", "chown", "1000", "/data")
                try user.expectSuccess(
                    in: directory, "exec", "app", "--", "sh", "-c", "echo volume >/data/file; echo layer >/tmp/file")
                try user.expectSuccess(in: directory, "snapshot", "save", "base", "--stop")
                try user.expectSuccess(in: directory, "package", "shop.trice", "--snapshot", "base")
                try user.expectSuccess(in: directory, "stop")

                let copy = "\(fixture.id)-copy"
                try user.expectSuccess(in: directory, "clone", fixture.id, copy)
                try user.expectSuccess(in: directory, "-p", copy, "up")
                try check(directory, ["-p", copy])
                try user.expectSuccess(in: directory, "-p", copy, "down", "--volumes")

                let like = try user.project("like", text("\(fixture.id)-like"))
                try user.expectSuccess(in: like, "up", "--like", fixture.id)
                try check(like)

                try user.expectSuccess(in: user.home, "init", "--from", "shop/shop.trice", "--directory", "unpacked")
                let unpacked = "\(user.home)/unpacked"
                try FileManager.default.createDirectory(atPath: "\(unpacked)/site", withIntermediateDirectories: false)
                try #require(chown("\(unpacked)/site", user.id, user.id) == 0)
                try user.expectSuccess(in: unpacked, "up")
                try check(unpacked)
                try user.expectSuccess(in: unpacked, "down", "--volumes")
            }
        }

        /// The socket of an agent belongs to the container's user, who is the caller, also by OpenSSH.
        @Test(.enabled("needs sshd and ssh-agent") { try Requirement.met(.sshd, .sshAgent) })
        func anAgentIsOfferedToTheUser() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let text = Self.envfile(fixture, "    ssh: {forward_agent: true}\n    networks: [one, two]")
                let directory = try project(user, text + "networks: {one: {}, two: {}}\n")
                try user.expectSuccess(in: directory, "up")
                try user.expectSuccess(in: directory, "ssh-config", "--install")
                let seen = "ls -ln $SSH_AUTH_SOCK; touch /app/$0; id -u"
                let binary = try #require(Fixture.binary)
                for (name, words) in [
                    ("own", [binary, "ssh", "app", "--", "sh", "-c", seen, "own"]),
                    ("openssh", ["ssh", "app.\(fixture.id)", "set -- openssh; \(seen.replacing("$0", with: "$1"))"]),
                ] {
                    let output = try user.command(in: directory, "ssh-agent", words).run()
                    let fields = output.standardOutput.split(whereSeparator: \.isWhitespace)
                    #expect(fields.first == "srw-------" && fields.dropFirst(2).first == "1000", "\(name): \(output)")
                    #expect(fields.last == "1000")
                    #expect(try owner("\(directory)/\(name)") == user.id)
                }
            }
        }

        /// What needs the namespaces of others stays as it was, and says why.
        @Test func whatCannotBeSaysWhy() async throws {
            try await withFixture { fixture in
                let user = try LoneUser(fixture)
                let directory = try user.project(
                    "shop",
                    """
                    name: \(fixture.id)
                    services:
                      web:
                        image: bootstrap:busybox
                        user: "1000"
                        cap_add: [NET_ADMIN]
                        command: sleep 1000
                        stop_grace_period: 0s
                        volumes: ["./site:/site"]

                    """)
                let up = try user.trice(in: directory, "up")
                expect(
                    up, endsWith: 0, saying: "what user 1000 of web writes into shared folders does not belong to you",
                    "capabilities")
                #expect(!(try user.trice(in: directory, "exec", "web", "--", "touch", "/site/made").succeeded))
                try Data(
                    String(contentsOfFile: "\(directory)/Envfile", encoding: .utf8).replacing(
                        "    cap_add: [NET_ADMIN]\n", with: ""
                    ).utf8
                ).write(to: URL(filePath: "\(directory)/Envfile"))
                let other = try user.trice(in: directory, "--runtime", "runc", "up", "--force-recreate")
                expect(other, endsWith: 0, saying: "does not belong to you", "use crun")
                expect(try user.trice(in: directory, "exec", "web", "--", "true"), endsWith: 0)
            }
        }
    }
}
