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
                input="$here/input-$1-$(grep -c "^$1" "$here/calls")"
                case "$1" in diff|apply) cat > "$input" ;; esac
                if [ -e "$here/fail" ] && echo "$*" | grep -q -f "$here/fail"; then echo "refused: $1" >&2; exit 9; fi
                if [ -e "$here/fail-$1" ] && grep -q -f "$here/fail-$1" "$input"; then echo "bad: $1" >&2; exit 9; fi
                case "$*" in
                    "get configmap shop.trice "*) answer=set ;;
                    "get "*"applyset.kubernetes.io/part-of="*) answer=members ;;
                    "get jobs.batch "*) answer=jobs ;;
                    *) answer=$1 ;;
                esac
                [ -e "$here/answer-$answer" ] && cat "$here/answer-$answer"
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
                try project.write("answer-get", "ConfigMap.foreign\nPersistentVolumeClaim.gone\n")
                try project.write("answer-set", "trice/v1.0.0 ConfigMap,HTTPRoute.gateway.networking.k8s.io")
                try project.write("answer-members", "ConfigMap.old\nDeployment.web\nHTTPRoute.gone\n")
                let output = try run(project, "deploy", "-n", "ns")
                #expect(output.succeeded, "\(output.description)")
                #expect(output.standardOutput.contains("~ deployment web  wave 2\n      +apiVersion"))
                #expect(!output.standardOutput.contains("generation:"))
                let acts = calls(project).filter { !$0.hasPrefix("get") && !$0.hasPrefix("diff") }
                let verbs = acts.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
                #expect(verbs.count == 9, "\(acts)")
                #expect(acts[0].contains("--server-side --field-manager trice"))
                #expect(verbs[2] == "rollout status statefulset/db")
                #expect(verbs[4].hasPrefix("wait job/migrate-"))
                #expect(verbs[6] == "rollout status deployment/web")
                #expect(acts[7] == "delete --ignore-not-found configmap/old httproute/gone")
                let inputs = try [1, 2, 5].map {
                    try String(contentsOfFile: "\(project.directory)/input-apply-\($0)", encoding: .utf8)
                }
                // The set first has what it had and what it gets, and at last what it has.
                let kinds = "applyset.kubernetes.io/contains-group-kinds: \""
                let now = "Deployment.apps,Job.batch,Service,StatefulSet.apps"
                #expect(
                    inputs[0].contains(
                        kinds + "ConfigMap,Deployment.apps,HTTPRoute.gateway.networking.k8s.io,Job.batch,Service,"),
                    "\(inputs[0])")
                #expect(inputs[2].contains(kinds + now + "\"\n"), "\(inputs[2])")
                #expect(inputs[1].contains("kind: StatefulSet") && !inputs[1].contains("kind: Deployment"))
            }
        }

        /// KEP-3659: the id is the hash of the parent's name, namespace, kind and group; members have it, claims do not.
        @Test func membersBelongToTheSet() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("answer-diff", Self.difference)
                #expect(try run(project, "deploy", "-n", "ns").succeeded)
                let id = "applyset-QabxlmRPfpoNx1ITxvntFM3AH5yTaFvzebkn-IpAIAg-v1"
                let inputs = try [1, 2].map {
                    try String(contentsOfFile: "\(project.directory)/input-apply-\($0)", encoding: .utf8)
                }
                #expect(inputs[0].contains("applyset.kubernetes.io/id: \(id)"), "\(inputs[0])")
                #expect(inputs[0].contains("applyset.kubernetes.io/tooling: trice/v1.0.0"))
                for document in inputs[1].components(separatedBy: "---\n") where document.contains("kind:") {
                    let isMember = document.contains("    applyset.kubernetes.io/part-of: \(id)")
                    #expect(isMember == !document.contains("kind: PersistentVolumeClaim"), "\(document)")
                }
            }
        }

        @Test func aSetOfAnotherToolIsLeftAlone() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("answer-set", "kubectl/v1.32.0 Deployment.apps")
                for arguments in [["deploy"], ["deploy", "--down"]] {
                    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
                    let output = try project.command(
                        arguments, environment: ["PATH": "\(project.directory)/bin:\(path)"]
                    ).run()
                    expect(output, endsWith: 1, saying: "belongs to the tool `kubectl/v1.32.0`")
                }
                #expect(!calls(project).contains { $0.hasPrefix("apply") || $0.hasPrefix("delete") })
            }
        }

        /// A deployment neither stops nor repeats what a user has started by hand.
        @Test(arguments: ["true", "false", ""])
        func aJobThatTheUserStartedStaysSo(_ suspend: String) async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write(
                    "Envfile",
                    Self.envfile + "jobs: { tidy: { image: \"registry.example/web:1\", triggers: { manual: true } } }\n"
                )
                let stream = try run(project, "export", "kubernetes").standardOutput
                let name = try #require(stream.split(separator: "\n").first { $0.contains("name: tidy-") })
                    .split(separator: " ").last.map(String.init)
                try project.write("answer-jobs", "\(name ?? "")=\(suspend)\nother=false\n")
                let output = try run(project, "deploy", "-n", "ns")
                #expect(output.succeeded, "\(output.description)")
                let applied = try (1...4).map {
                    try String(contentsOfFile: "\(project.directory)/input-apply-\($0)", encoding: .utf8)
                }.joined()
                #expect(applied.contains("suspend: true") == (suspend == "true"), "\(applied)")
                #expect(applied.contains("suspend: false") == (suspend != "true"))
            }
        }

        @Test func aFailingWaveIsNamed() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                try project.write("fail-apply", "kind: StatefulSet\n")
                let output = try run(project, "deploy", "-n", "ns")
                expect(output, endsWith: 1, saying: "The objects of wave 0 could not be applied: bad: apply")
            }
        }

        private static let difference = """
            diff -u -N /tmp/LIVE-1/apps.v1.Deployment.ns.web /tmp/MERGED-2/apps.v1.Deployment.ns.web
            --- /tmp/LIVE-1/apps.v1.Deployment.ns.web
            +++ /tmp/MERGED-2/apps.v1.Deployment.ns.web
            @@ -0,0 +1,2 @@
            -  generation: 1
            +  generation: 2
            +apiVersion: apps/v1
            +kind: Deployment

            """

        @Test(arguments: [
            ("^diff", "could not compare"),
            ("^apply", "The set of objects `shop.trice` could not be written: refused: apply"),
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
                try project.write("answer-set", "trice/v1.0.0 Deployment.apps,HTTPRoute.gateway.networking.k8s.io")
                try project.write("calls", "")
                _ = try run(project, "deploy", "--down")
                let deletions = calls(project).filter { $0.hasPrefix("delete") }
                #expect(deletions.count == 2, "\(deletions)")
                #expect(
                    deletions[0].hasPrefix(
                        "delete Deployment.apps,HTTPRoute.gateway.networking.k8s.io --selector applyset.kubernetes.io/part-of="
                    ))
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

        /// A service that uses the network of another is a container in its pod.
        @Test func aServiceInThePodOfAnotherIsReached() async throws {
            try await withFixture { fixture in
                let project = try project(fixture)
                let helper = "  helper: { image: \"registry.example/web:1\", network_mode: \"service:web\" }\n"
                try project.write(
                    "Envfile", Self.envfile.replacing("volumes: { data: }", with: helper + "volumes: { data: }"))
                expect(try run(project, "logs", "--cluster", "helper"), endsWith: 0)
                let call = calls(project).last ?? ""
                #expect(call.contains("app.kubernetes.io/name=web --container helper "), "\(call)")
                expect(try run(project, "ssh", "--cluster", "helper", "--", "id"), endsWith: 0)
                #expect(calls(project).last == "exec --stdin --container helper service/helper -- id")
            }
        }

        /// What only this host cannot bring up, a cluster may.
        @Test func anExportNeedsNothingOfThisHost() async throws {
            try await withFixture { fixture in
                let project = try fixture.emptyProject(named: fixture.id)
                try project.write(
                    "compose.yaml",
                    """
                    services:
                      web:
                        image: registry.example/web:1
                        platform: linux/s390x
                        networks: [far]
                        secrets: [key]
                    networks: { far: { driver: overlay } }
                    secrets: { key: { file: ./not-here } }

                    """)
                expect(try project.trice("up"), endsWith: 1, saying: "s390x", "overlay", "not-here")
                let output = try project.trice("export", "kubernetes")
                #expect(output.succeeded, "\(output.description)")
                #expect(output.standardOutput.contains("kubernetes.io/arch: s390x"))
                expect(
                    try project.trice("export", "kubernetes", "--secrets", "plain"), endsWith: 1,
                    saying: "the content of the secret `key` is not known here")
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
                    (["ssh", "--cluster", "web", "--", "id"], "exec --stdin --container web service/web -- id"),
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
