import Envfile
import Testing

@testable import Vagrantfile

/// The forms that Vagrant's documentation shows of provisioners and triggers.
@Suite(.timeLimit(.minutes(1))) struct StepTests {
    private static let box = "config.vm.box = \"debian/bookworm64\"\n"

    private func steps(_ body: String, directories: Set<String> = []) throws -> (
        steps: [Provisioner], leftOut: [String]
    ) {
        let made = try Converted(body: Self.box + body, directories: directories)
        return (try made.service().tools.provisioners, made.leftOut)
    }

    @Test(arguments: [
        "config.vm.provision \"shell\", inline: \"echo Hello, World\"",
        "config.vm.provision :shell, :inline => \"echo Hello, World\"",
        "config.vm.provision \"shell\" do |s|\n  s.inline = \"echo Hello, World\"\nend",
        "$script = \"echo Hello, World\"\nconfig.vm.provision \"shell\", inline: $script",
        "config.vm.provision \"shell\", { inline: \"echo Hello, World\" }",
        "config.vm.provision(\"shell\", inline: 'echo Hello, World')",
    ])
    func inlineScripts(_ text: String) throws {
        let (steps, leftOut) = try steps(text)
        #expect(steps.map(\.action) == [.shell("echo Hello, World")])
        #expect(steps.map(\.policy) == [.once] && leftOut.isEmpty)
    }

    @Test func scriptsOfSeveralLines() throws {
        let (found, leftOut) = try steps(
            """
            $script = <<-SCRIPT
            echo I am provisioning...
            date > /etc/vagrant_provisioned_at
            SCRIPT
            config.vm.provision "shell", inline: $script
            config.vm.provision "shell", inline: <<~SCRIPT, privileged: false, run: "always"
              for i in 1 2; do
                echo "$i ${HOME} #{1 + 1}" '\\t'
              done
            SCRIPT
            config.vm.provision "shell", inline: <<-'SHELL'
                echo #{not ruby} "a\\nb"
            SHELL
            """)
        #expect(
            found.map(\.action) == [
                .shell("echo I am provisioning...\ndate > /etc/vagrant_provisioned_at\n"),
                .shell("for i in 1 2; do\n  echo \"$i ${HOME} 2\" '\t'\ndone\n"),
                .shell("    echo #{not ruby} \"a\\nb\"\n"),
            ])
        #expect(found.map(\.policy) == [.once, .always, .once])
        #expect(leftOut.count == 1 && leftOut[0].contains("privileged: false"))
    }

    @Test func scriptsOfTheHost() throws {
        let (found, leftOut) = try steps(
            """
            config.vm.provision "shell", path: "script.sh"
            config.vm.provision "shell", path: "scripts/a.sh", args: ["hello, world!", "b"], name: "first",
              env: { "STAGE" => "dev", DEBUG: 1 }
            config.vm.provision "bootstrap", type: "shell", run: "never", path: "./b.sh" do |s|
              s.args = "one 'two three'"
            end
            config.vm.provision "shell", path: "https://example.com/provisioner.sh"
            config.vm.provision "shell", inline: "echo $1", args: "'hello, world!'"
            config.vm.provision "shell" do |s|
              s.inline = "echo $1"
              s.args   = ["it's"]
              s.upload_path = "/tmp/x"
              s.reboot = true
            end
            """)
        #expect(
            found.map(\.action) == [
                .script(path: "/p/script.sh", arguments: []),
                .script(path: "/p/scripts/a.sh", arguments: ["hello, world!", "b"]),
                .script(path: "/p/b.sh", arguments: ["one", "two three"]),
                .shell("set -- 'hello, world!'\necho $1"), .shell("set -- 'it'\\''s'\necho $1"),
            ])
        #expect(found.map(\.name) == ["1", "first", "bootstrap", "4", "5"])
        #expect(found.map(\.policy) == [.once, .once, .never, .once, .once])
        #expect(found[1].environment == ["STAGE": "dev", "DEBUG": "1"])
        #expect(leftOut.map { $0.split(separator: ":")[0] } == ["line 9", "line 15"], "\(leftOut)")
    }

    @Test func stepsOfOneNameReplaceEachOther() throws {
        let made = try Converted(
            """
            Vagrant.configure("2") do |config|
              config.vm.box = "debian/bookworm64"
              config.vm.provision "foo", type: "shell", inline: "echo outer"
              config.vm.provision "shell", inline: "echo other"
              config.vm.define "web" do |web|
                web.vm.provision "foo", type: "shell", inline: "echo inner"
              end
            end
            """)
        #expect(
            try made.service("web").tools.provisioners.map(\.action) == [.shell("echo inner"), .shell("echo other")])
    }

    @Test func filesAreCopied() throws {
        let (found, leftOut) = try steps(
            """
            config.vm.provision "file", source: "~/.gitconfig", destination: ".gitconfig"
            config.vm.provision "file", source: "app.conf", destination: "/etc/app.conf", run: "always"
            config.vm.provision "file", source: "folder", destination: "$HOME/remote/newfolder"
            config.vm.provision "file", source: "folder/.", destination: "/srv/x"
            config.vm.provision "file" do |f|
              f.source = "b"
              f.destination = "/tmp/"
            end
            config.vm.provision "file", source: "b"
            """, directories: ["folder"])
        let copies = found.compactMap { step in
            if case .copy(let copy) = step.action { copy } else { nil }
        }
        #expect(
            copies.map(\.target) == ["/root/.gitconfig", "/etc/app.conf", "/root/remote/newfolder", "/srv/x", "/tmp/"])
        #expect(copies.map(\.copiesContents) == [false, false, true, true, false])
        #expect(copies[1].source == "/p/app.conf" && found[1].policy == .always)
        #expect(leftOut.count == 3, "\(leftOut)")
    }

    @Test(arguments: [
        "config.vm.provision \"ansible\" do |ansible|\n  ansible.playbook = \"playbook.yml\"\nend",
        "config.vm.provision \"ansible_local\", playbook: \"p.yml\"",
        "config.vm.provision \"puppet\" do |puppet|\n  puppet.manifests_path = \"my_manifests\"\nend",
        "config.vm.provision \"chef_solo\" do |chef|\n  chef.add_recipe \"apache\"\nend",
        "config.vm.provision :docker do |d|\n  d.pull_images \"ubuntu\"\nend",
        "config.vm.provision \"salt\"", "config.vm.provision \"mine\", type: \"unknown\"",
    ])
    func otherProvisionersAreReported(_ text: String) throws {
        let (found, leftOut) = try steps(text)
        let last = 2 + text.split(separator: "\n").count
        #expect(found.isEmpty)
        #expect(leftOut.count == 1)
        #expect(leftOut[0].hasPrefix(last == 3 ? "line 3: " : "lines 3–\(last): "), "\(leftOut)")
    }

    // MARK: - Triggers

    private func triggers(_ body: String) throws -> (triggers: [Trigger], leftOut: [String]) {
        let made = try Converted(body: Self.box + body)
        return (made.environment?.tools.triggers ?? [], made.leftOut)
    }

    @Test func triggersOfAllForms() throws {
        let (found, leftOut) = try triggers(
            """
            config.trigger.before :up do |trigger|
              trigger.name = "Hello world"
              trigger.info = "I am running before vagrant up!!"
            end
            config.trigger.after :up, :reload do |trigger|
              trigger.warn = "it's up"
              trigger.run = {inline: "bash -c 'echo \\"$HOME\\"'"}
              trigger.on_error = :continue
            end
            config.trigger.before [:halt, :destroy] do |t|
              t.run = {path: "scripts/stop.sh", args: ["a b", "c"]}
            end
            config.trigger.after :provision, info: "done", run: {inline: "date"}
            config.trigger.before :all do |t|
              t.ignore = [:destroy, :halt]
              t.run = {inline: "true"}
            end
            """)
        #expect(
            found == [
                Trigger(.before, .up, script: "echo 'I am running before vagrant up!!'"),
                Trigger(.after, .up, script: "echo 'it'\\''s up'\nbash -c 'echo \"$HOME\"'", onFailure: .carryOn),
                Trigger(.after, .reload, script: "echo 'it'\\''s up'\nbash -c 'echo \"$HOME\"'", onFailure: .carryOn),
                Trigger(.before, .halt, script: "'./scripts/stop.sh' 'a b' 'c'"),
                Trigger(.before, .destroy, script: "'./scripts/stop.sh' 'a b' 'c'"),
                Trigger(.after, .provision, script: "echo 'done'\ndate"),
                Trigger(.before, .up, script: "true"), Trigger(.before, .reload, script: "true"),
                Trigger(.before, .provision, script: "true"),
            ])
        #expect(leftOut.isEmpty, "\(leftOut)")
    }

    @Test func triggersThatAreReported() throws {
        let (found, leftOut) = try triggers(
            """
            config.trigger.before :up do |t|
              t.only_on = "web"
              t.run = {inline: "true"}
            end
            config.trigger.after :suspend do |t|
              t.run = {inline: "true"}
            end
            config.trigger.after :up do |t|
              t.run_remote = {inline: "echo in it"}
            end
            config.trigger.before :up do |t|
              t.ruby do |env, machine|
                puts machine.name
              end
            end
            config.trigger.before :"VagrantPlugins::ProviderVirtualBox::Action::Network", type: :action do |t|
              t.info = "x"
            end
            """)
        #expect(found.isEmpty)
        #expect(
            leftOut.map { $0.split(separator: ":")[0] } == [
                "lines 3–6", "line 7", "lines 10–12", "line 11", "lines 13–17", "lines 14–16", "lines 18–20",
            ], "\(leftOut)")
    }
}
