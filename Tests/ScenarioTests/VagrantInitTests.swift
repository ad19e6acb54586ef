import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `trice init --from Vagrantfile`.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct VagrantInitTests {
        private static let vagrantfile = """
            MESSAGE = "made of it"
            Vagrant.configure("2") do |config|
              config.vm.box = "debian/bookworm64"
              config.vm.define "web", primary: true do |web|
                web.vm.provider "docker" do |d|
                  d.image = "bootstrap:busybox"
                  d.cmd = ["httpd", "-f", "-p", "80", "-h", "/srv"]
                end
                web.vm.hostname = "the-web"
                web.vm.network "forwarded_port", guest: 80, host: ENV["WEB_PORT"] || 8080
                web.vm.synced_folder "site", "/srv"
                web.vm.synced_folder ".", "/vagrant", disabled: true
              end
              config.vm.post_up_message = "It is #{MESSAGE}."
              if Vagrant.has_plugin?("x")
                config.x.y = true
              end
            end

            """

        @Test func anEnvfileThatComesUp() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                try project.write("Vagrantfile", Self.vagrantfile)
                try project.write("site/index.html", "hello from vagrant\n")
                // The one command is said, here and further down.
                expect(try project.trice("up"), endsWith: 1, saying: "`trice init --from Vagrantfile`")
                let made = try project.trice("init", "--from", "Vagrantfile")
                expect(
                    made, endsWith: 0, saying: "Vagrantfile, lines 15–17: `if Vagrant.has_plugin?(\"x\")`",
                    "wrote Envfile",
                    "Now: trice up")
                try project.expectSuccess("validate")
                #expect(try project.read("Envfile").contains("hostname: the-web  # line 9"))
                let port = try Fixture.freePort()
                let up = try project.trice("up", environment: ["WEB_PORT": "\(port)"])
                expect(up, endsWith: 0, saying: "It is made of it.")
                let page = try Command("curl", ["-sS", "http://127.0.0.1:\(port)/"]).run()
                #expect(page.standardOutput == "hello from vagrant\n", "\(page.description)")
                #expect(try project.expectSuccess("ssh", "--", "hostname") == "the-web\n")
                // An Envfile that is there is not written over.
                expect(try project.trice("init", "--from", "Vagrantfile"), endsWith: 1, saying: "already here")
            }
        }

        @Test func filesThatCannotBeTakenOver() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                expect(
                    try project.trice("init", "--from", "Vagrantfile"), endsWith: 1, saying: "Vagrantfile",
                    "Nothing was written")
                try project.write("Vagrantfile", "settings = YAML.load_file('x.yml')\nrun settings\n")
                expect(
                    try project.trice("init", "--from", "Vagrantfile"), endsWith: 1, saying: "says no machine",
                    "line 1: `settings = YAML.load_file('x.yml')`: only Ruby can run `YAML.load_file`")
                try project.write("other.rb", "Vagrant.configure('2') { |c| c.vm.box = 'alpine/alpine64' }\n")
                expect(try project.trice("init", "--from", "other.rb"), endsWith: 0, saying: "wrote Envfile")
                #expect(try project.read("Envfile").contains("image: alpine:latest  # line 1"))
                // From a directory below the Vagrantfile the command names it, too.
                try FileManager.default.removeItem(atPath: "\(project.directory)/Envfile")
                try project.write("below/file", "")
                let command = try project.command(["up"])
                let below = try Command(
                    command.executable, ["up"], environment: command.environment,
                    directory: "\(project.directory)/below"
                ).run()
                expect(below, endsWith: 1, saying: "`trice init --from \(project.directory)/Vagrantfile`")
            }
        }
    }
}
