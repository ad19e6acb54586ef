import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Ansible reaches containers by the settings of `ssh-config` alone.
    @Suite(
        .timeLimit(.minutes(5)), .openSSH,
        .enabled("needs ansible and python3") { try Requirement.met(.ansible, .python3) })
    struct AnsibleTests {
        @Test func pingAndCopyWork() async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, .debian) { try HostImage.addPython(to: $0) }
                try scene.project.write("motd", "hello\n")
                try scene.project.write(
                    "hosts.ini",
                    "web ansible_ssh_common_args='-F \(scene.settings)' ansible_python_interpreter=/usr/bin/python3\n")
                func ansible(_ arguments: String...) throws -> String {
                    let output = try UserRun.command(
                        Command(
                            "ansible", ["-i", "hosts.ini", "web"] + arguments, environment: fixture.environment,
                            directory: scene.project.directory)
                    ).run()
                    guard output.succeeded else { throw TestError(output.description) }
                    return output.standardOutput
                }
                #expect(try ansible("-m", "ping").contains("\"ping\": \"pong\""))
                let copy = ["-m", "copy", "-a", "src=motd dest=/etc/motd mode=0640"]
                #expect(try ansible(copy[0], copy[1], copy[2], copy[3]).contains("\"changed\": true"))
                #expect(try ansible(copy[0], copy[1], copy[2], copy[3]).contains("\"changed\": false"))
                #expect(try scene.project.expectSuccess("exec", "web", "--", "cat", "/etc/motd") == "hello\n")
            }
        }
    }
}
