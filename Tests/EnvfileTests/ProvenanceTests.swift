import FoundationEssentials
import Testing

@testable import Envfile

/// Where values come from, in diagnostics and in explanations.
@Suite(.timeLimit(.minutes(2))) struct ProvenanceTests {
    private static let files = [
        "Envfile": """
        include: [db.yaml]
        services:
          web:
            extends: { file: base.yaml, service: app }
            image: "web:$TAG"
            environment: [A=1, "B=${B:-fallback}"]
            ports: ["$PORT"]
        """,
        "base.yaml": """
        services:
          other: { image: o }
          app:
            image: app
            user: "$NAME"
            stop_signal: NONE
            environment: { A: base, C: base }
        """,
        "db.yaml": "services: { db: { image: \"db:$TAG\", stop_signal: DBSIG } }",
        "Envfile.local": "services: { web: { environment: { A: local }, ports: [\"x:80\"] } }",
        ".env": "TAG=7\n\nPORT=nonsense\n",
    ]

    private static func load(_ files: [String: String] = files) -> [Diagnostic] {
        let loader = Loader(processEnvironment: ["NAME": "me"], fileExists: { _ in true }) { path in
            files[String(path.dropFirst("/srv/shop/".count))].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        do throws(EnvfileError) {
            return try loader.load(files: ["/srv/shop/Envfile", "/srv/shop/Envfile.local"]).warnings
        } catch {
            return error.diagnostics
        }
    }

    @Test func diagnosticsTellWhereAValueCameFrom() throws {
        let all = Self.load()
        let port = try #require(all.first { $0.message.contains("nonsense") })
        #expect(
            port.text(relativeTo: "/srv/shop") == """
                Envfile:7:13: error: `nonsense` is no port: `nonsense` is no number
                  7 |     ports: ["$PORT"]
                    |             ^~~~~~~
                  from variable `PORT`, set in .env line 3
                """)
        let signal = try #require(all.first { $0.message.contains("`NONE`") })
        #expect(signal.file == "/srv/shop/base.yaml")
        #expect(signal.path == "services.web.stop_signal")
        #expect(
            signal.notes.map { $0.text(relativeTo: "/srv/shop") } == ["extended from service `app` in base.yaml line 3"]
        )
        let included = try #require(all.first { $0.message.contains("`DBSIG`") })
        #expect(included.notes.map { $0.text(relativeTo: "/srv/shop") } == ["included in Envfile line 1"])
        #expect(all.contains { $0.message.contains("`x:80`") && $0.file == "/srv/shop/Envfile.local" })
        let data = try JSONEncoder().encode(all)
        #expect(try JSONDecoder().decode([Diagnostic].self, from: data) == all)
    }

    @Test func diagnosticsTellWhatAValueReplaced() {
        let all = Self.load([
            "Envfile": "services:\n  a: { image: x, stop_signal: INT }",
            "Envfile.local": "services: { a: { stop_signal: NIX } }",
        ])
        #expect(all.flatMap(\.notes).map { $0.text() } == ["replaces the value in /srv/shop/Envfile line 2"])
    }

    private static func histories(_ path: String) throws -> [String] {
        let loader = Loader(processEnvironment: ["NAME": "me"], fileExists: { _ in true }) { path in
            files[String(path.dropFirst("/srv/shop/".count))].map { .bytes(Array($0.utf8)) } ?? .absent
        }
        let inspection = try loader.inspect(files: ["/srv/shop/Envfile", "/srv/shop/Envfile.local"])
        return (inspection.histories(of: path) ?? []).map { $0.text(relativeTo: "/srv/shop") }
    }

    @Test(
        arguments: [
            (
                "services.web.environment.A",
                """
                services.web.environment.A
                  - base    set in base.yaml line 7
                      extended from service `app` in base.yaml line 3
                  - "1"    set in Envfile line 6
                  = local    set in Envfile.local line 1
                """
            ),
            (
                "services.web.image",
                """
                services.web.image
                  - app    set in base.yaml line 4
                      extended from service `app` in base.yaml line 3
                  = web:7    set in Envfile line 5
                      from variable `TAG`, set in .env line 1
                """
            ),
            (
                "services.web.environment.B",
                """
                services.web.environment.B
                  = fallback    set in Envfile line 6
                      from what the value says for variable `B`, which is not set
                """
            ),
            (
                "services.web.user",
                """
                services.web.user
                  = me    set in base.yaml line 5
                      from variable `NAME`, set in the environment
                      extended from service `app` in base.yaml line 3
                """
            ),
            (
                "services.db.image",
                """
                services.db.image
                  = db:7    set in db.yaml line 1
                      from variable `TAG`, set in .env line 1
                      included in Envfile line 1
                """
            ),
            (
                "services.web.ports[0]",
                "services.web.ports[0]\n  = nonsense    set in Envfile line 7\n      from variable `PORT`, set in .env line 3"
            ),
        ])
    func explains(path: String, expected: String) throws {
        #expect(try Self.histories(path) == [expected])
    }

    @Test func explainsEverythingBelow() throws {
        let all = try Self.histories("services.web.environment")
        #expect(
            all.compactMap { $0.split(separator: "\n").first }
                == ["A", "C", "B"].map { "services.web.environment.\($0)" })
        #expect(try Self.histories("services.none") == [])
        #expect(try Self.histories("services.web.ports[7]") == [])
    }

    @Test func variablesAreListed() throws {
        let loader = Loader(processEnvironment: [:], fileExists: { _ in true }) { path in
            path == "/p/Envfile"
                ? .bytes(
                    Array(
                        "services: { a: { image: '${I:?no}:${T:-1.${N}}$$X', user: \"${U:+u}\", hostname: $T } }".utf8))
                : .absent
        }
        var options = LoadOptions()
        options.interpolates = false
        let inspection = try loader.inspect(files: ["/p/Envfile"], options: options)
        #expect(
            inspection.variables == [
                VariableDeclaration(name: "I", isRequired: true, defaultValue: "", alternateValue: ""),
                VariableDeclaration(name: "N", isRequired: false, defaultValue: "", alternateValue: ""),
                VariableDeclaration(name: "T", isRequired: false, defaultValue: "1.${N}", alternateValue: ""),
                VariableDeclaration(name: "U", isRequired: false, defaultValue: "", alternateValue: "u"),
            ])
        guard case .map(let members) = inspection.tree else {
            Issue.record("no map")
            return
        }
        #expect(members.map(\.key) == ["name", "services"])
        #expect(YAMLWriter.text(inspection.tree).contains("${T:-1.${N}}$$X"))
    }
}
