import Foundation
import TestSupport
import Testing

extension OnHost {
    /// Steps of `provision` with `ansible`: the host's Ansible plays a playbook over Trice's own ssh.
    @Suite(
        .timeLimit(.minutes(10)), .openSSH,
        .enabled("needs ansible and python3") { try Requirement.met(.ansible, .python3) })
    struct AnsibleStepTests {
        private func text(_ fixture: Fixture, _ image: String, _ step: String) -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: \(image)
                command: sleep 1000
                stop_grace_period: 0s
                provision:
                  - \(step)
            """
        }

        /// A project with an image of the host's programs and Python.
        private func project(_ fixture: Fixture, _ step: String) throws -> Project {
            let project = try fixture.project(text(fixture, "rootfs:./image", step))
            try HostImage.make(in: "\(project.directory)/image", HostImage.programs)
            try HostImage.addPython(to: "\(project.directory)/image")
            return project
        }

        private static let playbook = """
            - hosts: front
              gather_facts: false
              roles: [web]
            """
        private static let role = """
            - copy: { content: "{{ greeting }} of {{ inventory_hostname }}, {{ count + 1 }}\\n", dest: "{{ place }}" }
            """

        /// Attributes: `provision.*.ansible`, `provision.*.ansible.playbook`
        /// Attributes: `provision.*.ansible.extra_vars`, `provision.*.ansible.groups`
        /// Attributes: `provision.*.ansible.arguments`
        @Test func aPlaybookPlaysWhenItHasChanged() async throws {
            try await withFixture { fixture in
                let project = try project(
                    fixture,
                    """
                    { name: site, run: changed, ansible: { playbook: play/site.yml, groups: [front],
                          extra_vars: { greeting: hello, count: 1 }, arguments: [-e, place=/etc/motd] } }
                    """)
                try project.write("play/site.yml", Self.playbook)
                try project.write("play/roles/web/tasks/main.yml", Self.role)
                // It runs on the host, so the user is asked.
                expect(
                    try project.trice("up"), endsWith: 1,
                    saying: "Envfile has steps with `ansible`, which run on this host",
                    "`--no-provision` leaves them out")
                #expect(try project.status().services.isEmpty)
                expect(try project.trice("up", "--no-triggers"), endsWith: 1, saying: "you have not agreed to them")
                expect(
                    try project.trice("trust"), endsWith: 0, saying: "step site of web", "ansible-playbook",
                    "-e place=/etc/motd")
                let up = try project.command(["up"]).run(timeout: .seconds(120))
                expect(up, endsWith: 0, saying: "web: site | PLAY [front]", "changed=1")
                #expect(try project.expectSuccess("exec", "web", "cat", "/etc/motd") == "hello of web, 2\n")
                #expect(try project.trice("plan").standardOutput == "nothing to do\n")
                // Nothing of the play is left: neither its files nor connections.
                let keys = try FileManager.default.subpathsOfDirectory(atPath: fixture.stateDirectory)
                #expect(!keys.contains { $0.contains("ansible-") }, "\(keys)")
                // A file of a role is a part of the step, and of what the user has agreed to.
                try project.write("play/roles/web/tasks/main.yml", Self.role.replacing("of", with: "from"))
                let plan = try project.trice("plan")
                #expect(
                    plan.standardOutput
                        == "> run step site of web-1  file of the playbook roles/web/tasks/main.yml changed\n",
                    "\(plan)"
                )
                expect(try project.trice("provision"), endsWith: 1, saying: "you have not agreed to them")
                let again = try project.command(["provision", "--trust"]).run(timeout: .seconds(120))
                expect(again, endsWith: 0, saying: "changed=1")
                #expect(try project.expectSuccess("exec", "web", "cat", "/etc/motd") == "hello from web, 2\n")
                // As the user of the step; a play that fails is told with its code and last lines.
                try project.write(
                    "play/site.yml", "- { hosts: all, gather_facts: false, tasks: [{ command: id -u }, { fail: }] }")
                let failed = try project.command(["up", "--trust"]).run(timeout: .seconds(120))
                expect(
                    failed, endsWith: 1, saying: "Step `site` of service web failed with code 2", "Failed as requested",
                    "The container is kept")
                #expect(try project.status().running == ["web"])
                #expect(try project.expectSuccess("status").contains("failed at site (code 2)"))
            }
        }

        @Test(arguments: [
            ("{ name: s, ansible: gone.yml }", "cannot run: its playbook `gone.yml` is not there. Create it"),
            ("{ name: s, ansible: . }", "` is no file"),
            ("{ name: s, ansible: ping.yml, user: nobodyhere }", "The image has no user `nobodyhere`"),
            ("{ name: s, ansible: broken.yml }", "failed with code 4"),
            (
                "{ name: s, ansible: ping.yml }",
                "failed with code 2: the container has no `python3`, which Ansible's modules need. Install it in a step before"
            ),
        ]) func whatIsMissingIsNamed(_ step: String, _ message: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, "bootstrap:busybox", step))
                try project.write("ping.yml", "- { hosts: all, gather_facts: false, tasks: [{ ping: }] }")
                try project.write("broken.yml", "- { hosts: all, tasks: [")
                let output = try project.command(["up", "--trust"]).run(timeout: .seconds(120))
                expect(output, endsWith: 1, saying: "tep `s` of service web", message)
            }
        }

        /// Nothing has been changed by then.
        @Test func aHostWithoutAnsibleIsToldBefore() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(fixture, "bootstrap:busybox", "{ name: s, ansible: ping.yml }"))
                try project.write("ping.yml", "- { hosts: all, tasks: [{ ping: }] }")
                // What is no program hides it, for this command alone.
                let up = try project.command(["up", "--trust"])
                let hidden = Command(
                    "unshare",
                    [
                        "--mount", "--propagation", "private", "sh", "-c",
                        "mount --bind /dev/null \(try #require(Requirement.find("ansible-playbook"))) && exec \"$@\"",
                        "sh",
                        up.executable,
                    ] + up.arguments, environment: up.environment, directory: up.directory)
                expect(
                    try hidden.run(), endsWith: 1,
                    saying:
                        "Step `s` of service web needs the program `ansible-playbook`, which is missing on this host.",
                    "apt install ansible")
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.runDirectory)/environments"))
            }
        }
    }
}
