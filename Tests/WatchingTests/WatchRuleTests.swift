import Envfile
import Testing

@testable import Watching

/// Which files a rule is about, and what it asks for.
@Suite(.timeLimit(.minutes(1))) struct WatchRuleTests {
    private func rule(
        _ action: Development.Watch.Action = .sync, path: String = "/p/web", target: String? = "/app",
        include: [String] = [], ignore: [String] = [], dockerignore: String? = nil, service: String = "web",
        exec: [String]? = nil
    ) throws -> WatchRule {
        let watch = Development.Watch(
            path: path, action: action, target: target, includes: include, excludes: ignore,
            hook: exec.map { LifecycleHook(command: $0) })
        let context = try dockerignore.map { try WatchPatterns(text: $0, below: "/p", named: ".dockerignore") }
        return try WatchRule(service: service, watch, path: path, contextIgnores: context)
    }

    @Test func pathsBelowTheWatchedOneCount() throws {
        let rule = try rule()
        #expect(rule.concerns("/p/web/a/b.py") == "a/b.py")
        #expect(rule.concerns("/p/web") == "")
        #expect(rule.concerns("/p/webx/a") == nil)
        #expect(rule.concerns("/p") == nil)
        #expect(rule.target(of: "a/b.py") == "/app/a/b.py")
        #expect(rule.target(of: "") == "/app")
    }

    @Test func ignoredPathsAreRelativeToTheWatchedOne() throws {
        let rule = try rule(ignore: ["node_modules/", "*.log", "**/*.tmp", "!keep.tmp"])
        #expect(rule.concerns("/p/web/node_modules/x/y.js") == nil)
        #expect(rule.concerns("/p/web/a.log") == nil)
        #expect(rule.concerns("/p/web/sub/a.log") != nil)
        #expect(rule.concerns("/p/web/sub/a.tmp") == nil)
        #expect(rule.concerns("/p/web/keep.tmp") != nil)
        #expect(!rule.mayConcern(below: "/p/web/node_modules"))
        #expect(rule.mayConcern(below: "/p/web/sub"))
        #expect(rule.mayConcern(below: "/p"))
        #expect(!rule.mayConcern(below: "/q"))
    }

    @Test func anIgnoredDirectoryWithAnExceptionIsLookedInto() throws {
        let rule = try rule(ignore: ["build", "!build/keep"])
        #expect(rule.mayConcern(below: "/p/web/build"))
        #expect(rule.concerns("/p/web/build/keep/x") != nil)
        #expect(rule.concerns("/p/web/build/other") == nil)
    }

    @Test func onlyIncludedPathsCount() throws {
        let rule = try rule(include: ["**/*.py", "static"], ignore: ["test_*.py"])
        #expect(rule.concerns("/p/web/a/b.py") != nil)
        #expect(rule.concerns("/p/web/static/logo.png") != nil)
        #expect(rule.concerns("/p/web/readme.md") == nil)
        #expect(rule.concerns("/p/web/test_a.py") == nil)
        #expect(rule.concerns("/p/web") == nil)
    }

    @Test func theContextsIgnoreFileCounts() throws {
        let rule = try rule(dockerignore: "# comment\nweb/dist\n*.md\n!web/dist/keep.js\n")
        #expect(rule.concerns("/p/web/dist/app.js") == nil)
        #expect(rule.concerns("/p/web/dist/keep.js") != nil)
        #expect(rule.concerns("/p/web/a.py") != nil)
        // The rules are about the context, here one directory above.
        #expect(rule.concerns("/p/web/readme.md") != nil)
    }

    @Test func filesOfEditorsAndGitDoNotCount() throws {
        let rule = try rule()
        for name in [
            ".git/index", "sub/.git/HEAD", ".idea/x.xml", "a.py~", ".a.py.swp", ".#a.py", "#a.py#", "4913",
            "a.py___jb_tmp___", "x-go-tmp-umask", ".a.kate-swp",
        ] {
            #expect(rule.concerns("/p/web/\(name)") == nil, "\(name)")
        }
        for name in ["a.swf", "git/x", ".gitignore", "~a", "49130"] {
            #expect(rule.concerns("/p/web/\(name)") != nil, "\(name)")
        }
        #expect(!rule.mayConcern(below: "/p/web/.git"))
    }

    @Test func anInvalidPatternIsNamed() throws {
        let failure = #expect(throws: WatchError.self) { try rule(ignore: ["ok", "a[b"]) }
        #expect(failure?.message.contains("`ignore` of service `web`") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("a[b") == true, "\(failure?.message ?? "")")
    }

    @Test func rootsLieBelowNoOther() throws {
        let rules = WatchRules([
            try rule(path: "/p/web/src"), try rule(path: "/p/web"), try rule(path: "/p/web2"),
            try rule(path: "/p/web2"),
        ])
        #expect(rules.roots == ["/p/web", "/p/web2"])
    }

    @Test func eachRuleThatMatchesIsAppliedOnce() throws {
        let rules = WatchRules([
            try rule(.sync, ignore: ["package.json"]), try rule(.rebuild, path: "/p/web/package.json", target: nil),
            try rule(.restart, path: "/p/web/conf", target: nil),
            try rule(.syncAndExecute, path: "/p/nginx", target: "/etc/nginx", service: "proxy", exec: ["reload"]),
            try rule(.syncAndRestart, path: "/p/web/lib", target: "/lib", service: "worker"),
        ])
        let first = rules.work(for: [
            FileChange("/p/nginx/a.conf"), FileChange("/p/nginx/b.conf"), FileChange("/p/web/lib/x"),
        ])
        #expect(first.map(\.service) == ["web", "proxy", "worker"])
        #expect(first[0].copies.map(\.paths) == [["lib/x"]] && !first[0].restarts && !first[0].rebuilds)
        #expect(first[1].hooks.map(\.command) == [["reload"]] && first[1].copies[0].files == 2)
        #expect(first[2].restarts && first[2].copies[0].paths == ["x"])
        // A service that is rebuilt is not restarted as well.
        let second = rules.work(for: [
            FileChange("/p/web/conf/a"), FileChange("/p/web/package.json"), FileChange("/p/web/new", isDirectory: true),
        ])
        #expect(second.count == 1 && second[0].rebuilds && !second[0].restarts)
        #expect(second[0].copies.map(\.paths) == [["conf/a", "new"]] && second[0].copies[0].files == 1)
        #expect(second[0].files == ["/p/web/conf/a", "/p/web/package.json"])
        #expect(rules.work(for: [FileChange("/elsewhere")]).isEmpty)
    }
}
