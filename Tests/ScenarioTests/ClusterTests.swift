import Foundation
import TestSupport
import Testing

extension OnHost {
    /// `export` for other engines and `deploy`, as a user sees them. `kubectl` is a program of the test that records its
    /// calls and answers from files.
    @Suite(.timeLimit(.minutes(5)), .scenario) struct ClusterTests {
        private static let envfile = """
            name: shop
            services:
              db:
                image: registry.example/pg:15
                volumes: [data:/var/lib/pg]
              migrate:
                image: registry.example/web:1
                depends_on: [db]
              web:
                image: registry.example/web:1
                ulimits: { nofile: 1024 }
                expose: [80]
                depends_on: { migrate: { condition: service_completed_successfully } }
            volumes: { data: }

            """

        private static let lock = """
            version: 1
            images:
              registry.example/pg:15: sha256:\(String(repeating: "1", count: 64))
              registry.example/web:1: sha256:\(String(repeating: "2", count: 64))

            """

        private func project(_ fixture: Fixture, lock: String? = Self.lock) throws -> Project {
            let project = try fixture.project(Self.envfile)
            if let lock { try project.write("Envfile.lock", lock) }
            // Each call is a line; a file called as the first word of the command answers it, and `fail` says which fails.
            try project.write(
                "bin/kubectl",
                """
                #!/bin/sh
                here=$(dirname "$0")/..
                while [ "${1#--}" != "$1" ]; do shift 2; done
                printf "%s\\n" "$*" >> "$here/calls"
                case "$*" in
                    "config current-context") [ -e "$here/no-context" ] && exit 1; echo test; exit 0 ;;
                    "config get-contexts"*) echo test; exit 0 ;;
                esac
                case "$1" in diff|apply) cat > "$here/input-$1-$(grep -c "^$1" "$here/calls")" ;; esac
                if [ -e "$here/fail" ] && echo "$*" | grep -q -f "$here/fail"; then echo "refused: $1" >&2; exit 9; fi
                [ -e "$here/answer-$1" ] && cat "$here/answer-$1"
                [ "$1" = diff ] && [ -e "$here/answer-diff" ] && exit 1
                exit 0

                """)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: "\(project.directory)/bin/kubectl")
            return project
        }

        private func run(_ project: Project, _ arguments: String...) throws -> Command.Output {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            return try project.command(arguments, environment: ["PATH": "\(project.directory)/bin:\(path)"]).run()
        }

        private func calls(_ project: Project) -> [String] {
            let text = (try? String(contentsOfFile: "\(project.directory)/calls", encoding: .utf8)) ?? ""  // none yet
            return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("config") }
        }

        @Test func exportWritesAStreamAndADirectory() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let stream = try run(project, "export", "kubernetes")
                #expect(stream.succeeded, "\(stream.description)")
                #expect(
                    stream.standardOutput.contains("image: \"registry.example/pg@sha256:1111")
                        || stream.standardOutput.contains("registry.example/pg@sha256:1111"))
                #expect(
                    stream.standardError.contains("Envfile:11: loss: services.web.ulimits: "), "\(stream.standardError)"
                )
                let strict = try run(project, "export", "kubernetes", "--strict")
                #expect(strict.exit == .code(2) && strict.standardOutput == "", "\(strict.description)")
                let written = try run(project, "export", "kubernetes", "-o", "k8s")
                #expect(written.standardOutput.contains("k8s/base/web.yaml"), "\(written.description)")
                try project.write("k8s/overlays/default/kustomization.yaml", "# mine\n")
                try project.write("Envfile", Self.envfile.replacing("  web:\n", with: "  front:\n"))
                _ = try run(project, "export", "kubernetes", "-o", "k8s")
                let files = FileManager.default
                #expect(!files.fileExists(atPath: "\(project.directory)/k8s/base/web.yaml"))
                #expect(files.fileExists(atPath: "\(project.directory)/k8s/base/front.yaml"))
                #expect(
                    try String(
                        contentsOfFile: "\(project.directory)/k8s/overlays/default/kustomization.yaml", encoding: .utf8)
                        == "# mine\n")
                try project.write("k8s/base/db.yaml", "mine: true\n")
                expect(try run(project, "export", "kubernetes", "-o", "k8s"), endsWith: 1, saying: "was not written by")
                let data = try run(project, "export", "kubernetes", "--json")
                #expect(data.standardOutput.contains("\"severity\" : \"loss\""), "\(data.description)")
            }
        }

        @Test func deployAppliesWaveByWaveAndWaits() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("answer-diff", Self.difference)
                let plan = try run(project, "deploy", "--plan", "-n", "ns", "--context", "test")
                #expect(plan.exit == .code(2), "\(plan.description)")
                #expect(plan.standardOutput.contains("+ deployment web  wave 2"), "\(plan.description)")
                #expect(!calls(project).contains { $0.hasPrefix("apply") || $0.hasPrefix("delete") })
                try project.write("calls", "")
                try project.write("answer-get", "ConfigMap.old\nPersistentVolumeClaim.gone\n")
                let output = try run(project, "deploy", "-n", "ns")
                #expect(output.succeeded, "\(output.description)")
                let acts = calls(project).filter { !$0.hasPrefix("get") && !$0.hasPrefix("diff") }
                let verbs = acts.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
                #expect(verbs.count == 7, "\(acts)")
                #expect(verbs[1] == "rollout status statefulset/db")
                #expect(verbs[3].hasPrefix("wait job/migrate-"))
                #expect(verbs[5] == "rollout status deployment/web")
                #expect(acts[6] == "delete --ignore-not-found configmap/old")
                #expect(acts[0].contains("--server-side --field-manager trice"))
                let first = try String(contentsOfFile: "\(project.directory)/input-apply-1", encoding: .utf8)
                #expect(first.contains("kind: StatefulSet") && !first.contains("kind: Deployment"))
            }
        }

        private static let difference = """
            diff -u -N /tmp/LIVE-1/apps.v1.Deployment.ns.web /tmp/MERGED-2/apps.v1.Deployment.ns.web
            --- /tmp/LIVE-1/apps.v1.Deployment.ns.web
            +++ /tmp/MERGED-2/apps.v1.Deployment.ns.web
            @@ -0,0 +1,2 @@
            +apiVersion: apps/v1
            +kind: Deployment

            """

        @Test(arguments: [
            ("^diff", "could not compare"), ("^apply", "The objects of wave 0 could not be applied: refused: apply"),
            ("^rollout status statefulset", "StatefulSet `db` did not become ready"),
            ("^wait job", "Job `migrate-"), ("^get namespace", "The cluster does not answer"),
        ])
        func aFailureEndsTheDeployment(_ call: String, _ message: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("fail", call + "\n")
                try project.write("answer-logs", "[pod/db-0/db] no space left\n")
                let output = try run(project, "deploy", "-n", "ns")
                expect(output, endsWith: 1, saying: message)
                if call.hasPrefix("^rollout") {
                    #expect(output.standardError.contains("no space left"), "\(output.description)")
                }
                let last = calls(project).filter { !$0.hasPrefix("get") && !$0.hasPrefix("logs") }.last ?? ""
                let pattern = String(call.dropFirst())
                #expect(last.hasPrefix(pattern) || pattern.hasPrefix("get"), "\(calls(project))")
            }
        }

        @Test func downRemovesWhatWasDeployed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("answer-get", "Deployment.web\nPersistentVolumeClaim.data\n")
                let output = try run(project, "deploy", "--down")
                #expect(
                    output.succeeded && output.standardError.contains("claims with their data are kept"),
                    "\(output.description)")
                let call = try #require(calls(project).last)
                #expect(call.hasPrefix("delete deployments.apps") && !call.contains("persistentvolumeclaims"))
                #expect(call.contains("--selector app.kubernetes.io/managed-by=trice,app.kubernetes.io/instance=shop"))
                _ = try run(project, "deploy", "--down", "--volumes")
                #expect(calls(project).last?.contains("persistentvolumeclaims") == true)
            }
        }

        @Test func whatKeepsADeploymentIsSaidBefore() async throws {
            try await withFixture { fixture in
                let project = try project(fixture, lock: nil)
                expect(try run(project, "deploy"), endsWith: 1, saying: "is not in Envfile.lock")
                #expect(calls(project).isEmpty)
                try project.write("Envfile", "name: shop\nservices: { web: { image: \"bootstrap:busybox\" } }\n")
                expect(try run(project, "deploy"), endsWith: 1, saying: "on this machine only")
                expect(
                    try run(project, "deploy", "--registry", "localhost:5000/x"), endsWith: 1,
                    saying: "do not reach the registry `localhost:5000`")
                expect(try run(project, "deploy", "--registry", "https://x"), endsWith: 1, saying: "is no registry")
                try project.write("Envfile", Self.envfile)
                try project.write("Envfile.lock", Self.lock)
                expect(
                    try run(project, "deploy", "--context", "other"), endsWith: 1,
                    saying: "no context `other`. There are: test.")
                try project.write("no-context", "")
                expect(try run(project, "deploy"), endsWith: 1, saying: "no current context")
                try FileManager.default.removeItem(atPath: "\(project.directory)/no-context")
                try project.write("fail", "get namespace\n")
                try project.write(
                    "bin/kubectl",
                    try String(contentsOfFile: "\(project.directory)/bin/kubectl", encoding: .utf8).replacing(
                        "refused: $1", with: "Error from server (NotFound): namespaces not found"))
                expect(try run(project, "deploy", "-n", "none"), endsWith: 1, saying: "kubectl create namespace none")
                try FileManager.default.removeItem(atPath: "\(project.directory)/bin/kubectl")
                expect(
                    try project.trice("deploy", environment: ["PATH": "\(project.directory)/bin"]), endsWith: 1,
                    saying: "There is no `kubectl` in PATH")
            }
        }

        @Test func commandsOfTheClusterBecomeKubectl() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                for (arguments, call) in [
                    (["status", "--cluster"], "get deployments,statefulsets"),
                    (
                        ["logs", "--cluster", "--tail", "5", "web"],
                        "logs --selector app.kubernetes.io/managed-by=trice"
                    ),
                    (["ssh", "--cluster", "web", "--", "id"], "exec --stdin service/web -- id"),
                    (["port-forward", "web", "8080:80"], "port-forward service/web 8080:80"),
                ] {
                    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
                    let output = try project.command(
                        arguments, environment: ["PATH": "\(project.directory)/bin:\(path)"]
                    ).run()
                    #expect(output.succeeded, "\(output.description)")
                    #expect(calls(project).last?.hasPrefix(call) == true, "\(calls(project))")
                }
                expect(try run(project, "port-forward", "nobody", "80"), endsWith: 1, saying: "`nobody`")
            }
        }
    }
}
