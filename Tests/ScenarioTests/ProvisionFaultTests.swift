import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// Steps of `provision` that cannot run, or are interrupted.
    @Suite(.timeLimit(.minutes(10)), .scenario) struct ProvisionFaultTests {
        private func text(_ fixture: Fixture, _ step: String) -> String {
            """
            name: \(fixture.id)
            services:
              web:
                image: bootstrap:busybox
                command: sleep 1000
                stop_grace_period: 0s
                provision: [\(step)]
            """
        }

        /// Nothing has been changed by then.
        @Test(arguments: [
            ("{ shell: { path: gone.sh } }", "its script `gone.sh` is not there. Create it"),
            ("{ shell: { path: dos.sh } }", "its script `dos.sh` has line ends of Windows (CRLF), the first in line 1"),
            ("{ shell: { path: . } }", "is no file"),
            ("{ copy: { source: gone, target: /x } }", "`gone`, which it copies, is not there"),
            ("{ run: changed, inputs: ['../x'], shell: 'true' }", "leads out of the project directory"),
            ("{ run: changed, inputs: ['a['], shell: 'true' }", "is no pattern"),
        ]) func whatTheHostLacksIsFoundBefore(_ step: String, _ message: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, step))
                try project.write("dos.sh", "#!/bin/sh\r\necho hi\r\n")
                for command in ["up", "plan"] {
                    expect(
                        try project.trice(command), endsWith: 1, saying: "Step `1` of service web cannot run: ", message
                    )
                }
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.runDirectory)/environments"))
            }
        }

        @Test(arguments: [
            ("{ name: s, shell: 'true', user: nobodyhere }", "The image has no user `nobodyhere`"),
            ("{ name: s, shell: \"#!/bin/bash\\necho\" }", "`/bin/bash`: there is no such file"),
            ("{ name: s, shell: 'pwd', working_dir: /gone }", "the container has no directory `/gone`"),
            ("{ name: s, copy: { source: x, target: /x, owner: nobodyhere } }", "has no user `nobodyhere`"),
            // It has no terminal and no input: a question ends at once.
            ("{ name: s, shell: 'read -r answer || exit 9' }", "failed with code 9. It wrote nothing."),
            ("{ name: s, shell: 'cat </dev/tty' }", ": it wants a terminal, and a step has no terminal"),
            (
                "{ name: s, shell: 'echo \"Continue? [Y/n]\"; read -r answer' }",
                "failed with code 1: it asks a question, and a step has no terminal and an empty input. Give the answers"
            ),
            // It need not be executable; what it names as its interpreter has to be there.
            ("{ name: s, shell: { path: plain.sh } }", "`/usr/bin/gone`: there is no such file"),
        ]) func whatTheContainerLacksIsNamed(_ step: String, _ message: String) async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, step))
                try project.write("x", "x")
                try project.write("plain.sh", "#!/usr/bin/gone\n")
                expect(try project.trice("up"), endsWith: 1, saying: "Step `s` of service web", message)
                #expect(try project.status().running == ["web"])
                expect(try project.trice("plan"), endsWith: 2, saying: "step s of web-1  did not come to its end")
            }
        }

        @Test func anEndOfTheServiceIsToldInsteadOfTheRuntimesWords() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(fixture, "{ name: s, shell: 'sleep 20' }").replacing(
                        "sleep 1000", with: "sh -c 'echo bye; exit 4'"))
                expect(try project.trice("up"), endsWith: 1, saying: "step s of web-1")
            }
        }

        /// The program and its children end with the command, and the step is due again.
        @Test func anInterruptionEndsTheStep() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(
                    text(fixture, "{ name: s, shell: 'echo begun; sleep 4321; echo never' }"))
                let running = try project.command(["up"]).start()
                #expect(
                    eventually {
                        (try? project.trice("exec", "web", "sh", "-c", "ps | grep -c '[s]leep 4321'"))?.standardOutput
                            == "1\n"
                    })
                running.send(SIGINT)
                let output = running.wait()
                #expect(!output.succeeded, "\(output)")
                expect(
                    try project.trice("exec", "web", "sh", "-c", "ps | grep '[s]leep 4321' || echo none"), endsWith: 0,
                    saying: "none")
                expect(try project.trice("plan"), endsWith: 2, saying: "step s of web-1  did not come to its end")
            }
        }

        @Test func aPortThatNoServicePublishesIsRefused() async throws {
            try await withFixture { fixture in
                let project = try fixture.project(text(fixture, "{ name: s, shell: \"echo ${PORT:web:99}\" }"))
                expect(
                    try project.trice("validate"), endsWith: 1,
                    saying: "the step `s` names the port 99/tcp of the service `web`")
            }
        }
    }
}
