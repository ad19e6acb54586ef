import Testing
import Vocabulary

@testable import Envfile

/// Which files make up a project, by what was given and what is there.
@Suite(.timeLimit(.minutes(2))) struct ProjectFilesTests {
    private static let home: [String: String] = [
        "/p/compose.yaml": "a", "/p/compose.override.yaml": "b", "/p/docker-compose.override.yml": "c",
        "/e/Envfile": "a", "/e/Envfile.local": "b", "/e/compose.yaml": "c", "/e/compose.override.yaml": "d",
        "/v/.env": "COMPOSE_FILE=deploy/one.yaml:two.yaml\nX=1\n", "/v/compose.yaml": "x", "/v/sub/x": "",
        "/s/custom.env": "COMPOSE_FILE=a.yml;b.yml\nCOMPOSE_PATH_SEPARATOR=;\n", "/s/compose.yaml": "x",
    ]

    private func located(
        in directory: String, files: [String] = [], env: [String] = [], projectDirectory: String? = nil,
        process: [String: String] = [:]
    ) throws(EnvfileError) -> ProjectFiles {
        let locator = EnvfileLocator { path in Self.home[path].map { .bytes(Array($0.utf8)) } ?? .absent }
        return try locator.locate(
            ProjectFilesRequest(
                files: files, environmentFiles: env, projectDirectory: projectDirectory, workingDirectory: directory,
                processEnvironment: process))
    }

    @Test(
        arguments: [
            ("/p", ["/p/compose.yaml", "/p/compose.override.yaml"]),
            ("/p/sub/dir", ["/p/compose.yaml", "/p/compose.override.yaml"]),
            ("/e", ["/e/Envfile", "/e/Envfile.local"]), ("/v", ["/v/deploy/one.yaml", "/v/two.yaml"]),
            ("/v/sub", ["/v/compose.yaml"]),
        ])
    func nothingGiven(directory: String, expected: [String]) throws {
        #expect(try located(in: directory).files == expected)
    }

    @Test(
        arguments: [
            ([:], ["x.yaml", "/q/y.yaml", "-"], ["/p/x.yaml", "/q/y.yaml", "-"], "/p"),
            ([:], ["-"], ["-"], "/p"), ([:], ["-", "../z/y"], ["-", "/z/y"], "/z"),
            (["COMPOSE_FILE": "a.yaml:b/c.yaml"], [], ["/p/a.yaml", "/p/b/c.yaml"], "/p"),
            (["COMPOSE_FILE": "a,b", "COMPOSE_PATH_SEPARATOR": ","], [], ["/p/a", "/p/b"], "/p"),
            (["TRICE_FILE": "t", "COMPOSE_FILE": "c"], [], ["/p/t"], "/p"),
            (["TRICE_FILE": "t"], ["f"], ["/p/f"], "/p"),
            (["COMPOSE_FILE": ""], [], ["/p/compose.yaml", "/p/compose.override.yaml"], "/p"),
        ] as [([String: String], [String], [String], String)])
    func given(process: [String: String], files: [String], expected: [String], directory: String) throws {
        let found = try located(in: "/p", files: files, process: process)
        #expect(found.files == expected)
        #expect(found.directory == directory)
    }

    @Test func filesOfVariables() throws {
        #expect(try located(in: "/p").environmentFiles == ["/p/.env"])
        #expect(try located(in: "/p").environmentFilesAreDefault)
        #expect(try located(in: "/v").environmentFiles == ["/v/deploy/.env", "/v/.env"])
        let asked = try located(in: "/s", env: ["custom.env"])
        #expect(asked.files == ["/s/a.yml", "/s/b.yml"])
        #expect(asked.environmentFiles == ["/s/custom.env"])
        #expect(!asked.environmentFilesAreDefault)
        let variable = try located(in: "/s", process: ["COMPOSE_ENV_FILES": "one.env,/two.env"])
        #expect(variable.environmentFiles == ["/s/one.env", "/two.env"])
    }

    @Test func aProjectDirectoryIsWhereThingsAreLookedFor() throws {
        let found = try located(in: "/x", projectDirectory: "../e")
        #expect(found.files == ["/e/Envfile", "/e/Envfile.local"])
        #expect(found.directory == "/e")
        let given = try located(in: "/x", files: ["f"], projectDirectory: "/e")
        #expect(
            given
                == ProjectFiles(
                    files: ["/x/f"], directory: "/e", environmentFiles: ["/e/.env"], environmentFilesAreDefault: true))
        #expect(#expect(throws: EnvfileError.self) { try self.located(in: "/x") }?.code == .notFound)
    }

    // MARK: - What the variables of a load decide

    private static let body =
        "services: { a: { image: '$V' }, b: { image: x, profiles: [p] }, c: { image: x, profiles: [q] } }"

    private func load(
        _ process: [String: String], env: [String: String] = [:], files: [String]? = nil, name: String? = nil,
        text: String = body
    ) throws(EnvfileError) -> Environment {
        let loader = Loader(processEnvironment: process, fileExists: { _ in true }) { path in
            if path == "/srv/shop/Envfile" || path == "-" { return .bytes(Array(text.utf8)) }
            return env[path].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        var options = LoadOptions()
        options.environmentFiles = files
        options.environmentFilesAreDefault = files == nil
        return try loader.load(files: ["/srv/shop/Envfile"], projectName: name, options: options).environment
    }

    @Test func profilesAndNamesOfVariables() throws {
        let dotEnv = ["/srv/shop/.env": "COMPOSE_PROFILES=p, q\nCOMPOSE_PROJECT_NAME=fromfile\nV=v"]
        let loaded = try load([:], env: dotEnv)
        #expect(loaded.services.map(\.name) == ["a", "b", "c"])
        #expect(loaded.name == "fromfile")
        #expect(loaded.services.first?.image == "v")
        let process = try load(["COMPOSE_PROFILES": "p", "COMPOSE_PROJECT_NAME": "own", "V": "v"], env: dotEnv)
        #expect(process.services.map(\.name) == ["a", "b"])
        #expect(process.name == "own")
        #expect(try load(["COMPOSE_PROJECT_NAME": "own", "V": "v"], name: "given").name == "given")
        #expect(try load(["COMPOSE_PROJECT_NAME": "own", "V": "v"], text: "name: written\n" + Self.body).name == "own")
        let error = #expect(throws: EnvfileError.self) { try self.load(["COMPOSE_PROJECT_NAME": "No!", "V": "v"]) }
        #expect(error?.diagnostics.map(\.message) == ["`No!` of COMPOSE_PROJECT_NAME is no valid project name"])
    }

    @Test func laterFilesOfVariablesWin() throws {
        let env = ["/1": "V=one\nW=w", "/2": "V=two-$W", "/srv/shop/.env": "V=default"]
        #expect(try load([:], env: env, files: ["/1", "/2"]).services.first?.image == "two-w")
        #expect(try load([:], env: env, files: ["/2", "/1"]).services.first?.image == "one")
        #expect(try load([:], env: env).services.first?.image == "default")
        #expect(try load(["V": "process"], env: env, files: ["/1"]).services.first?.image == "process")
        #expect(
            #expect(throws: EnvfileError.self) { try self.load([:], files: ["/none"]) }?.message
                == "/none does not exist.")
        let disabled = #expect(throws: EnvfileError.self) { try self.load(["COMPOSE_DISABLE_ENV_FILE": "1"], env: env) }
        #expect(disabled?.diagnostics.contains { $0.message.contains("`V` is not set") } == true)
    }
}
