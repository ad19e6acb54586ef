import Testing
import Vocabulary

@testable import Envfile

/// `Envfile.personal`, which is merged last.
@Suite(.timeLimit(.minutes(1))) struct PersonalFileTests {
    private let home = "/home/me"

    private func load(
        _ body: String, _ personal: String?, file: String = "/p/Envfile"
    ) throws(EnvfileError) -> Loaded {
        var options = LoadOptions()
        options.personal = PersonalFile(path: "/home/me/.config/trice/Envfile.personal", home: home)
        let path = options.personal?.path
        let loader = Loader(processEnvironment: ["SHELLS": "/opt"], fileExists: { _ in true }) { name in
            switch name {
            case file: .bytes(Array(body.utf8))
            case path: personal.map { .bytes(Array($0.utf8)) } ?? .absent
            default: .absent
            }
        }
        return try loader.load(files: [file], options: options)
    }

    private let two =
        "services: { web: { image: a, primary: true, ssh: { shell: /bin/sh, user: dev } }, db: { image: b } }"

    @Test func itGoesBeforeTheProjectInEveryService() throws {
        let wishes = "shell: ${SHELLS}/zsh\ndotfiles: [~/.vimrc, ~/.config/nvim, '/x/y', '~/a:.b']\n"
        let services = try load(two, wishes).environment.services
        for service in services {
            #expect(service.tools.ssh?.shell == "/opt/zsh")
            #expect(
                service.tools.ssh?.dotfiles == [
                    .init(source: "/home/me/.vimrc", target: ".vimrc"),
                    .init(source: "/home/me/.config/nvim", target: ".config/nvim"), .init(source: "/x/y", target: "y"),
                    .init(source: "/home/me/a", target: ".b"),
                ])
        }
        #expect(services.first { $0.name == "web" }?.tools.ssh?.user == "dev")
    }

    @Test(arguments: ["/p/Envfile", "/p/compose.yaml"]) func theEditorsPortIsThePrimarysAlone(file: String) throws {
        let body =
            file.hasSuffix("yaml")
            ? "services: { web: { image: a, x-trice: { primary: true } }, db: { image: b } }" : two
        let services = try load(body, "editor_port: 8443\nshell: /bin/zsh", file: file).environment.services
        let ports = services.map { service in service.ports.map { "\($0.target)" } }
        #expect(ports == [[], ["8443"]])
        #expect(services[1].ports[0].autoCorrects)
        #expect(services.allSatisfy { $0.tools.ssh?.shell == "/bin/zsh" })
        // Without a service that is meant there is none.
        let none = "services: { web: { image: a }, db: { image: b } }"
        let loaded = try load(none, "editor_port: 8443", file: file)
        #expect(loaded.environment.services.allSatisfy { $0.ports.isEmpty })
        #expect(
            loaded.warnings.map(\.message) == [
                "`editor_port` is not published: the project has 2 services, and none is the primary one"
            ])
        #expect(loaded.warnings.first?.hint?.contains("primary: true") == true)
        #expect(loaded.warnings.first?.file.hasSuffix("Envfile.personal") == true)
        let host = "services: { web: { image: a, network_mode: host } }"
        #expect(
            try load(host, "editor_port: 8443", file: file).warnings.map(\.message) == [
                "`editor_port` is not published: the service `web` has `network_mode`, and so no ports of its own"
            ])
    }

    @Test func aMissingOrEmptyFileChangesNothing() throws {
        let plain = try load(two, nil).environment
        #expect(try load(two, "").environment == plain)
        #expect(try load(two, "# nothing\n").environment == plain)
    }

    @Test(arguments: [
        ("shel: a", "unknown key `shel`"), ("- a", "the file must be a mapping"),
        ("shell: zsh", "must be an absolute path"), ("editor_port: 99999", "port"),
    ])
    func problemsHaveTheirPlaceInIt(text: String, message: String) throws {
        let error = #expect(throws: EnvfileError.self) { try load(two, text) }
        let problems = try #require(error).diagnostics
        #expect(problems.contains { $0.file.hasSuffix("Envfile.personal") }, "\(problems)")
        #expect(problems.contains { $0.message.contains(message) }, "\(problems)")
    }
}
