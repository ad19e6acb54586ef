import Foundation
import Glibc
import TestSupport
import Testing

extension OnHost {
    /// What editors ask of a host: the form of their start-up, with a small web server in place of theirs.
    @Suite(.timeLimit(.minutes(5)), .openSSH) struct SSHEditorTests {
        /// VS Code's Remote-SSH: a script on the standard input of a shell that has no terminal; it installs and starts the
        /// server, prints the port between marks and stays; the editor comes through the SOCKS proxy of the same connection.
        @Test(arguments: [(SSHImage.busybox, "sh"), (.debian, "bash")])
        func visualStudioCodeStartsItsServer(image: SSHImage, shell: String) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                let proxy = try Fixture.freePort()
                let script = """
                    id=8f3c2a; echo "$id: running"
                    unset DISPLAY
                    export VSCODE_AGENT_FOLDER="$HOME/.vscode-server"
                    umask 0077
                    case "$(uname -s)" in Linux) PLATFORM=linux ;; *) echo "$id%%1%%"; exit 0 ;; esac
                    case "$(uname -m)" in x86_64) ARCH=x64 ;; aarch64) ARCH=arm64 ;; *) echo "$id%%2%%"; exit 0 ;; esac
                    mkdir -p "$VSCODE_AGENT_FOLDER/bin" || { echo "$id%%3%%"; exit 0; }
                    echo inside >"$VSCODE_AGENT_FOLDER/bin/index.html"
                    (cd "$VSCODE_AGENT_FOLDER/bin" && exec busybox httpd -f -p 127.0.0.1:41017 >.log 2>&1 </dev/null) &
                    PID=$!
                    echo $PID >"$VSCODE_AGENT_FOLDER/.$id.pid"
                    echo "$id: start"
                    echo "SSH_AUTH_SOCK==$SSH_AUTH_SOCK=="
                    echo "listeningOn==127.0.0.1:41017=="
                    echo "osReleaseId==$PLATFORM=="
                    echo "arch==$ARCH=="
                    echo "$id: end"
                    while kill -0 $PID 2>/dev/null; do sleep 1; done

                    """
                let client = try scene.command(
                    "ssh", ["-T", "-D", "\(proxy)", "-o", "ConnectTimeout=15", "web", shell]
                )
                .start(input: script)
                #expect(eventually { client.standardOutput.contains("8f3c2a: end") }, "\(client.standardOutput)")
                #expect(client.standardOutput.contains("osReleaseId==linux=="))
                let page = try Command(
                    "curl",
                    [
                        // The server may not listen yet.
                        "-sS", "-m", "20", "--retry", "10", "--retry-all-errors", "--noproxy", "", "--socks5-hostname",
                        "127.0.0.1:\(proxy)",
                        "http://127.0.0.1:41017/",
                    ]
                ).run()
                #expect(page.standardOutput == "inside\n", "\(page.description)")
                client.stop()
            }
        }

        /// JetBrains' Gateway: commands, an upload by sftp, the start of what was uploaded and a forwarded port, all on one
        /// connection.
        @Test(arguments: [SSHImage.busybox, .debian]) func jetBrainsUploadsAndStartsItsWorker(
            image: SSHImage
        ) async throws {
            try await withFixture { fixture in
                let scene = try SSHScene(fixture, image)
                let control = ["-S", "\(fixture.directory)/channel"]
                let master = try scene.command("ssh", control + ["-M", "-N", "web"]).start()
                #expect(eventually { access(control[1], F_OK) == 0 })
                func run(_ line: String) throws -> String {
                    let output = try scene.command("ssh", control + ["web", line]).run()
                    guard output.succeeded else { throw TestError(output.description) }
                    return output.standardOutput
                }
                #expect(try run("uname -sm").hasPrefix("Linux "))
                let home = try run("echo $HOME").trimmingCharacters(in: .newlines)
                #expect(home == "/root")
                let cache = "\(home)/.cache/JetBrains/RemoteDev-CL"
                _ = try run("mkdir -p \(cache)")
                try scene.project.write(
                    "worker", "#!/bin/sh\ncd \(cache); echo inside >index.html\nexec busybox httpd -f -p 127.0.0.1:$1\n"
                )
                try scene.project.write("batch", "put worker \(cache)/worker\nchmod 755 \(cache)/worker\n")
                let upload = try scene.command("sftp", ["-o", "ControlPath=\(control[1])", "-b", "batch", "web"]).run()
                expect(upload, endsWith: 0)
                let worker = try scene.command("ssh", control + ["web", "\(cache)/worker 5990"]).start()
                let port = try Fixture.freePort()
                let forward = try scene.command(
                    "ssh", control + ["-O", "forward", "-L", "\(port):127.0.0.1:5990", "web"]
                ).run()
                expect(forward, endsWith: 0)
                #expect(
                    eventually {
                        (try? Command("curl", ["-sS", "-m", "5", "--noproxy", "", "http://127.0.0.1:\(port)/"]).run())?
                            .standardOutput == "inside\n"
                    })
                worker.stop()
                master.stop()
            }
        }
    }
}
