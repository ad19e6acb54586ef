import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// `trice init --from` the address of a git repository.
    @Suite(.timeLimit(.minutes(3)), .scenario) struct InitGitTests {
        /// A repository with an Envfile, and another branch.
        private func repository(_ fixture: Fixture, file: String = "Envfile") throws -> Project {
            let project = try fixture.emptyProject(named: "origin")
            try project.write(file, "services: {web: {image: 'bootstrap:busybox', command: sleep 9}}\n")
            let script = """
                git init -q -b main . && git config user.email a@b && git config user.name a && git add . && git commit -qm one
                git checkout -qb other && echo more >more && git add . && git commit -qm two && git checkout -q main
                """
            let output = try Command(
                "/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin", "HOME": fixture.directory],
                directory: project.directory
            ).run()
            guard output.succeeded else { throw TestError(output.description) }
            return project
        }

        private func names(_ directory: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        }

        @Test func theNewestFilesOfARepositoryCome() async throws {
            try await withFixture { fixture in
                let origin = try repository(fixture)
                let here = try fixture.emptyProject(named: "here")
                for (number, address) in [origin.directory, "../origin", "file://\(origin.directory)"].enumerated() {
                    let output = try here.trice("init", "--from", address, "--directory", "d\(number)")
                    expect(
                        output, endsWith: 0, saying: "cloned file://",
                        "Now: cd \(here.directory)/d\(number) && trice up")
                    #expect(try names("\(here.directory)/d\(number)") == [".git", "Envfile"])
                }
                let json = try here.expectSuccess("init", "--from", "../origin#other", "--directory", "o", "--json")
                #expect(json.contains("\"file\" : \"Envfile\"") && json.contains("\"commit\" : \""), "\(json)")
                #expect(try names("\(here.directory)/o") == [".git", "Envfile", "more"])
                // Into the directory itself, which has to be empty.
                let empty = try fixture.emptyProject(named: "empty")
                try empty.expectSuccess("init", "--from", origin.directory)
                try empty.expectSuccess("validate")
                expect(try empty.trice("init", "--from", origin.directory), endsWith: 1, saying: "is not empty")
            }
        }

        @Test func aRepositoryThatIsTooLargeLeavesNothing() async throws {
            try await withFixture { fixture in
                let origin = try repository(fixture)
                let script = """
                    head -c 3000000 /dev/urandom >big && git add . && git -c user.name=a -c user.email=a@b commit -qm big
                    """
                let output = try Command(
                    "/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin", "HOME": fixture.directory],
                    directory: origin.directory
                ).run()
                try #require(output.succeeded, "\(output)")
                let here = try fixture.emptyProject(named: "here")
                let binary = try #require(Fixture.binary)
                // Of the shell's own limit only because 2 GiB take too long here.
                let limited = try Command(
                    "/bin/sh", ["-ec", "ulimit -f 2000; exec \(binary) init --from \(origin.directory) --directory d"],
                    environment: fixture.environment, directory: here.directory
                ).run()
                expect(limited, endsWith: 1, saying: "it is larger than 2 GiB")
                #expect(try names(here.directory) == [])
            }
        }

        /// It takes the connection and never says a word.
        @Test func aServerThatSaysNothingIsGivenUp() async throws {
            try await withFixture { fixture in
                let server = try SilentServer()
                let here = try fixture.emptyProject(named: "here")
                let began = ContinuousClock.now
                expect(
                    try here.trice("init", "--from", "http://127.0.0.1:\(server.port)/x.git"), endsWith: 1,
                    saying: "git said: ")
                #expect(ContinuousClock.now - began < .seconds(60))
                #expect(try names(here.directory) == [])
            }
        }

        @Test(arguments: [
            ("ext::sh -c touch% /tmp/evil", "`ext` runs a program"),
            ("git://host/x.git", "is not protected on its way"),
            ("fd::17/foo", "runs a program"), ("ORIGIN#nosuch", "git said: "), ("file:///nosuch.git", "git said: "),
            ("https://127.0.0.1:1/x.git", "git said: "), ("ORIGIN2", "has no Envfile"),
        ])
        func whatIsNotTakenLeavesNothing(address: String, message: String) async throws {
            try await withFixture { fixture in
                let origin = try repository(fixture, file: address == "ORIGIN2" ? "README" : "Envfile")
                let text = address.replacing("ORIGIN2", with: origin.directory).replacing(
                    "ORIGIN", with: origin.directory)
                let here = try fixture.emptyProject(named: "here")
                expect(try here.trice("init", "--from", text), endsWith: 1, saying: message)
                expect(try here.trice("init", "--from", text, "--directory", "new"), endsWith: 1, saying: message)
                #expect(try names(here.directory) == [])
                #expect(!FileManager.default.fileExists(atPath: "/tmp/evil"))
            }
        }
    }
}

/// A listening socket whose connections the kernel takes and nothing answers.
private struct SilentServer: ~Copyable {
    private let descriptor: Int32
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (handle, size) = (descriptor, length)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, size) == 0 && listen(handle, 8) == 0 && getsockname(handle, $0, &length) == 0
            }
        }
        guard result else {
            close(descriptor)
            throw TestError("no socket could listen: \(errno)")
        }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
