import Envfile
import Foundation
import Snapshots
import TestSupport
import Testing
import Workspaces

@testable import Execution

/// Which files of a project others get.
@Suite(.timeLimit(.minutes(1))) struct PackagedFilesTests {
    private let files = [
        "Envfile": """
        name: shop
        services:
          web:
            image: web
            build: ./web
            env_file: [settings.txt]
            environment: { API_TOKEN: "plain-as-day", OTHER_TOKEN: "${FROM_ENV}" }
            secrets: [login]
            configs: [conf]
            volumes: ["./html:/html", "./web.conf:/etc/web.conf", "/etc/hosts:/etc/other"]
        secrets: { login: { file: ./login.txt } }
        configs: { conf: { file: ./app.conf } }

        """,
        ".env": "# comment\nFROM_ENV=only-here\nexport B=2\n", "settings.txt": "C=3\n", "login.txt": "hidden",
        "app.conf": "x", "web.conf": "y", "html/index.html": "z", "html/.git/config": "", "html/server.key": "k",
        "web/Dockerfile": "FROM scratch\n", "Envfile.lock": "images: {}\n", "unnamed.txt": "",
    ]

    private func selection(hasFolders: Bool = false) throws -> (PackagedFiles, Workspaces.Project, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        for (path, text) in files {
            let url = URL(filePath: "\(directory.path)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let project = try Workspaces.Project.load(
            ProjectRequest(
                files: [], projectName: nil, profiles: ["*"], runtime: nil, processEnvironment: [:], userID: 0,
                workingDirectory: directory.path, version: "1.0"),
            selecting: [], isShared: true)
        return (try PackagedFiles(project, hasFolders: hasFolders), project, directory)
    }

    @Test func secretsStayHere() throws {
        let (selection, project, directory) = try selection()
        #expect(selection.included.keys.sorted() == ["Envfile", "Envfile.lock", "app.conf", "web.conf"])
        let reasons = selection.leftOut.mapValues { $0.reason.rawValue }
        #expect(
            reasons == [
                ".env": "variables", "settings.txt": "variables", "login.txt": "secret", "html": "folder",
                "web": "build", "/etc/hosts": "outside",
            ])
        #expect(try selection.plainSecrets(of: project.environment.workloads) == ["API_TOKEN of web"])
        try directory.cleanUp()
    }

    @Test func foldersComeWhenTheyAreAskedFor() throws {
        let (selection, _, directory) = try selection(hasFolders: true)
        #expect(
            selection.included.keys.sorted() == [
                "Envfile", "Envfile.lock", "app.conf", "html/index.html", "web.conf",
            ])
        #expect(selection.leftOut["html/server.key"]?.reason == .credentials)
        try directory.cleanUp()
    }

    /// A value of one letter stands in every file.
    @Test(arguments: [
        ("a", "services: {db: {image: a}}", false), ("a", "    DB_PASSWORD: a\n", true),
        ("a", "DB_PASSWORD=\"a\"", true), ("a", "DB_PASSWORD: ${DB_PASSWORD}\nOTHER: a", false),
        ("a", "- DB_PASSWORD=always", false), ("secret", "volumes: [secret-files:/d]", false),
        ("secret", "DB_PASSWORD: secret # for all", true), ("true", "DB_PASSWORD: true", false),
        ("hunter2hunter2", "url: postgres://u:hunter2hunter2@db", true), ("hunter2hunter2", "hunter2", false),
        ("p@ss", "DB_PASSWORD: 'p@ss'", true), ("", "DB_PASSWORD: ''", false),
    ])
    func shortValuesCountOnlyBesideTheirNames(value: String, text: String, isWritten: Bool) {
        #expect(PackagedFiles.has(value, of: "DB_PASSWORD", in: text) == isWritten)
    }

    @Test func variablesAreNamedWithoutTheirValues() {
        #expect(PackagedFiles.variables(in: "# A=1\nexport B=2\n C = 3\nD\nE=F=G\n") == ["B", "C", "E"])
    }

    @Test func whatIsTakenBackIsTakenBackInReverse() {
        struct Failure: Error {}
        var order: [Int] = []
        var undo = Undo()
        undo.add { order.append(1) }
        undo.add { throw Failure() }
        undo.add { order.append(3) }
        undo.run()
        #expect(order == [3, 1])
    }
}
