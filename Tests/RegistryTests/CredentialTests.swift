import Foundation
import Glibc
import TestSupport
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(5))) struct CredentialTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var home: String { "\(directory.path)/home" }

    private func store(_ more: [String: String] = [:], timeout: Duration = .seconds(10)) -> CredentialStore {
        let environment = ["HOME": home, "PATH": "\(directory.path)/bin:/usr/bin:/bin"]
        return CredentialStore(environment: environment.merging(more) { $1 }, helperTimeout: timeout)
    }

    private func auth(_ login: String) -> String { Data(login.utf8).base64EncodedString() }

    /// A helper that keeps what it is given in a file beside it.
    private func installHelper(_ name: String = "fake") throws {
        try directory.write(
            "bin/docker-credential-\(name)",
            """
            #!/bin/sh
            kept="$HOME/kept-\(name)"
            input=$(cat)
            case $1 in
            store) printf '%s' "$input" >"$kept" ;;
            get)
                grep -q "\\"$input\\"" "$kept" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; }
                cat "$kept" ;;
            erase) rm "$kept" ;;
            esac
            """, mode: 0o700)
        try directory.write("home/made", "")
    }

    @Test func filesAreReadInTheirOrder() async throws {
        let variables = [
            "REGISTRY_AUTH_FILE": "\(directory.path)/named.json", "XDG_RUNTIME_DIR": "\(directory.path)/run",
        ]
        let files = [
            "home/.docker/config.json", "home/.config/containers/auth.json", "run/containers/auth.json", "named.json",
        ]
        let store = store(variables)
        #expect(store.files == files.reversed().map { "\(directory.path)/\($0)" })
        for file in files {
            try directory.write(file, #"{"auths":{"r.io":{"auth":"\#(auth("\(file):p"))"}}}"#)
            #expect(try await store.credentials(for: "r.io") == .password(user: file, password: "p"))
        }
        #expect(try await store.credentials(for: "other.io") == nil)
        let relative = CredentialStore(
            environment: ["HOME": "/h", "XDG_RUNTIME_DIR": "run", "XDG_CONFIG_HOME": "./config"])
        #expect(relative.files == ["/h/.config/containers/auth.json", "/h/.docker/config.json"])
        #expect(CredentialStore(environment: ["HOME": "/h", "DOCKER_CONFIG": "/d"]).loginFile == "/d/config.json")
        #expect(CredentialStore(environment: ["HOME": "/h"]).loginFile == "/h/.docker/config.json")
    }

    @Test func theMostSpecificKeyWins() async throws {
        try directory.write(
            "home/.docker/config.json",
            """
            {"auths": {"https://index.docker.io/v1/": {"auth": "\(auth("hub:p"))"},
            "r.io": {"auth": "\(auth("host:p"))"}, "r.io/team": {"auth": "\(auth("team:p"))"},
            "r.io/team/app": {"auth": "\(auth("app:a:b"))"}, "https://old.io/v1/": {"auth": "\(auth("old:p\u{0}\u{0}"))"},
            "token.io": {"identitytoken": "t", "auth": "\(auth("<token>:"))"}, "empty.io": {},
            "plain.io": {"username": "u", "password": "p"}}}
            """)
        func user(_ registry: String, _ repository: String = "") async throws -> Credentials? {
            try await store().credentials(for: registry, repository: repository)
        }
        #expect(try await user("r.io", "team/app") == .password(user: "app", password: "a:b"))
        #expect(try await user("r.io", "team/other/x") == .password(user: "team", password: "p"))
        #expect(try await user("r.io", "teams") == .password(user: "host", password: "p"))
        #expect(try await user("docker.io", "library/nginx") == .password(user: "hub", password: "p"))
        #expect(try await user("old.io") == .password(user: "old", password: "p"))
        #expect(try await user("token.io") == .identityToken("t"))
        #expect(try await user("empty.io") == nil)
        #expect(try await user("plain.io") == .password(user: "u", password: "p"))
    }

    @Test(arguments: ["{", "[]", #"{"auths":{"r.io":{"auth":"!!"}}}"#, #"{"auths":{"r.io":{"auth":"bm9jb2xvbg=="}}}"#])
    func aFileThatIsBrokenIsNamed(_ text: String) async throws {
        let file = try directory.write("home/.docker/config.json", text)
        let error = try await registryError { _ = try await store().credentials(for: "r.io") }
        #expect(error.code == .invalidSettings)
        #expect(error.message.contains(file))
    }

    @Test func aLoginKeepsAllElseInTheFile() async throws {
        let before = """
            {
            \t"HttpHeaders": {
            \t\t"X": "\\u00e9"
            \t},
            \t"auths": {
            \t\t"a.io": {
            \t\t\t"auth": "\(auth("a:p"))"
            \t\t}
            \t},
            \t"detachKeys": "ctrl-e,e",
            \t"big": 12345678901234567890.10
            }

            """
        let file = try directory.write("home/.docker/config.json", before, mode: 0o644)
        let location = try await store().store(.password(user: "u", password: "p:q"), for: "b.io")
        #expect(location == .file(path: file))
        #expect(location.isUnencrypted)
        let after = try directory.read("home/.docker/config.json")
        #expect(after.contains(#""b.io": {"#) && after.contains(auth("u:p:q")))
        #expect(try await store().credentials(for: "b.io") == .password(user: "u", password: "p:q"))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try await store().erase("b.io") == .file(path: file))
        #expect(try directory.read("home/.docker/config.json") == before)
        #expect(try await store().erase("b.io") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(home)/.docker") == ["config.json"])
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620] as [UInt32]) func aFileThatOthersMayReadIsRefused(_ mode: UInt32)
        async throws
    {
        let file = try directory.write(
            "home/.docker/config.json", #"{"auths": {"a.io": {"auth": "\#(auth("a:p"))"}}}"#, mode: mode)
        let error = await #expect(throws: RegistryError.self) { try await store().credentials(for: "a.io") }
        #expect(error?.message.contains("chmod 600 \(file)") == true)
        // What it has for others is nobody's loss.
        #expect(try await store().credentials(for: "b.io") == nil)
        #expect(chmod(file, 0o600) == 0)
        #expect(try await store().credentials(for: "a.io") == .password(user: "a", password: "p"))
    }

    @Test func aLoginMakesTheFileAndFollowsALink() async throws {
        try directory.write("home/made", "")
        try await store().store(.identityToken("t"), for: "docker.io")
        #expect(try directory.read("home/.docker/config.json").contains("https://index.docker.io/v1/"))
        #expect(try await store().credentials(for: "docker.io") == .identityToken("t"))
        let target = try directory.write("dotfiles/config.json", "{}")
        try FileManager.default.createSymbolicLink(atPath: "\(directory.path)/link.json", withDestinationPath: target)
        let location = try await store().store(
            .password(user: "u", password: "p"), for: "r.io", file: "\(directory.path)/link.json")
        #expect(location == .file(path: "\(directory.path)/link.json"))
        #expect(try directory.read("dotfiles/config.json").contains("r.io"))
        let kind = try FileManager.default.attributesOfItem(atPath: "\(directory.path)/link.json")[.type]
        #expect(kind as? FileAttributeType == .typeSymbolicLink)
    }

    @Test(arguments: [#"{"credsStore":"fake"}"#, #"{"credHelpers":{"r.io":"fake"}}"#])
    func aHelperKeepsTheLogin(_ text: String) async throws {
        try installHelper()
        try directory.write("home/.docker/config.json", text)
        #expect(try await store().credentials(for: "r.io") == nil)
        let location = try await store().store(.password(user: "u", password: "p\"q"), for: "r.io")
        #expect(location == .helper(name: "fake"))
        #expect(!location.isUnencrypted)
        #expect(try await store().credentials(for: "r.io", repository: "a") == .password(user: "u", password: "p\"q"))
        #expect(try !directory.read("home/.docker/config.json").contains("auth\""))
        #expect(try await store().erase("r.io") == .helper(name: "fake"))
        #expect(try await store().credentials(for: "r.io") == nil)
        #expect(try await store().erase("r.io") == nil)
    }

    @Test func aHelperForOneRegistryComesBeforeTheStore() async throws {
        try installHelper("one")
        try installHelper("all")
        try directory.write("home/kept-one", #"{"ServerURL":"r.io","Username":"<token>","Secret":"t"}"#)
        try directory.write("home/kept-all", #"{"ServerURL":"r.io","Username":"all","Secret":"s"}"#)
        try directory.write("home/.docker/config.json", #"{"credsStore":"all","credHelpers":{"r.io":"one"}}"#)
        #expect(try await store().credentials(for: "r.io") == .identityToken("t"))
    }

    @Test func aHelperThatIsMissingFailsOrHangsIsNamed() async throws {
        try directory.write("home/.docker/config.json", #"{"credsStore":"fake"}"#)
        let missing = try await registryError { _ = try await store().credentials(for: "r.io") }
        #expect(missing.code == .helperFailed)
        #expect(missing.message.contains("docker-credential-fake is not in PATH"))
        try directory.write(
            "bin/docker-credential-fake", "#!/bin/sh\necho the keyring is locked\nexit 3\n", mode: 0o700)
        let failing = try await registryError { _ = try await store().credentials(for: "r.io") }
        #expect(failing.message.contains("the keyring is locked"))
        try directory.write("bin/docker-credential-fake", "#!/bin/sh\necho nonsense\n", mode: 0o700)
        let silly = try await registryError { _ = try await store().credentials(for: "r.io") }
        #expect(silly.code == .helperFailed)
        try directory.write("bin/docker-credential-fake", "#!/bin/sh\nexec sleep 20\n", mode: 0o700)
        let start = ContinuousClock.now
        let hanging = try await registryError {
            _ = try await store(timeout: .milliseconds(200)).credentials(for: "r.io")
        }
        #expect(hanging.message.contains("did not end in time"))
        #expect(ContinuousClock.now - start < .seconds(5))
        try directory.write("home/.docker/config.json", #"{"credsStore":"../bin/docker-credential-fake"}"#)
        let outside = try await registryError { _ = try await store().credentials(for: "r.io") }
        #expect(outside.code == .helperFailed)
    }

    @Test func aHelperThatLeavesSomethingBehindIsNotWaitedFor() async throws {
        try directory.write("home/.docker/config.json", #"{"credsStore":"fake"}"#)
        try directory.write(
            "bin/docker-credential-fake",
            "#!/bin/sh\nsleep 3 &\necho '{\"ServerURL\":\"r.io\",\"Username\":\"u\",\"Secret\":\"s\"}'\n", mode: 0o700)
        let start = ContinuousClock.now
        #expect(try await store().credentials(for: "r.io") == .password(user: "u", password: "s"))
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func aDescriptionHasNoSecret() {
        let secrets: [Credentials] = [
            .password(user: "u", password: "hush"), .identityToken("hush"), .accessToken("hush"),
        ]
        for secret in secrets { #expect(!"\(secret) \(String(reflecting: secret))".contains("hush")) }
    }
}
