import Testing

@testable import Envfile

@Suite(.timeLimit(.minutes(2))) struct ProvisionerTests {
    private let section = Section(decode: Provisioner.decodedList) { list, _ in .list(list.map { $0.rendered() }) }

    @Test func everyAttribute() {
        section.check(
            """
            - {name: packages, run: once, shell: apt-get update}
            - name: schema
              run: changed
              inputs: [db/migrations/**]
              shell: {path: scripts/migrate.sh, args: [--all]}
              user: dev
              working_dir: /srv/app
              environment: {STAGE: dev, FROM_PROCESS: }
            - {name: settings, copy: {source: dotfiles/, target: /home/dev/, owner: dev, mode: "0644"}}
            - {run: never, copy: {source: ., target: /x}}
            - ansible: {playbook: play/site.yml, groups: [front], extra_vars: {count: 1, names: [a, b]}, arguments: [--diff]}
            - {ansible: site.yml, user: dev}
            """,
            #"[{"name":"packages","shell":"apt-get update"},"#
                + #"{"environment":{"FROM_PROCESS":"p","STAGE":"dev"},"inputs":["db/migrations/**"],"name":"schema","#
                + #""run":"changed","shell":{"args":["--all"],"path":"/srv/shop/scripts/migrate.sh"},"user":"dev","#
                + #""working_dir":"/srv/app"},"#
                + #"{"copy":{"mode":"0644","owner":"dev","source":"/srv/shop/dotfiles/","target":"/home/dev/"},"name":"settings"},"#
                + #"{"copy":{"source":"/srv/shop","target":"/x"},"name":"4","run":"never"},"#
                + #"{"ansible":{"arguments":["--diff"],"extra_vars":{"count":1,"names":["a","b"]},"groups":["front"],"#
                + #""playbook":"/srv/shop/play/site.yml"},"name":"5"},"#
                + #"{"ansible":{"playbook":"/srv/shop/site.yml"},"name":"6","user":"dev"}]"#)
        let copy = section.read("[{copy: {source: a/, target: /b}}]").content?.first?.action
        #expect(copy == .copy(.init(source: "/srv/shop/a", copiesContents: true, target: "/b")))
    }

    @Test(arguments: [
        SectionCase("make", "error: s must be a list, but is a string"),
        SectionCase("[make]", "error: s[0] must be a mapping, but is a string"),
        SectionCase("[{name: a}]", "error: s[0] does not say what to do"),
        SectionCase("[{shell: a, copy: {source: b, target: /c}}]", "error: s[0] has both `shell` and `copy`"),
        SectionCase("[{shell: ''}]", "error: s[0].shell must say what to run, but is empty"),
        SectionCase("[{shell: {args: [a]}}]", "error: s[0].shell has no `path`"),
        SectionCase("[{shell: [a]}]", "error: s[0].shell must be a string or a mapping with a `path`, but is a list"),
        SectionCase(
            "[{shell: a, run: sometimes}]",
            "error: s[0].run must be one of `once`, `changed`, `always`, `never`, but is `sometimes`"),
        SectionCase("[{shell: a, inputs: [b]}]", "warning: `inputs` of s[0] mean nothing without `run: changed`"),
        SectionCase(
            "[{shell: a, working_dir: b}]",
            "error: s[0].working_dir must be an absolute path in the container, but is `b`"),
        SectionCase("[{copy: {source: a}}]", "error: s[0].copy has no `target`"),
        SectionCase(
            "[{copy: {source: a, target: b}}]",
            "error: s[0].copy.target must be an absolute path in the container, but is `b`"),
        SectionCase("[{copy: {source: a, target: /b, mode: rw}}]", "error: `rw` is no mode"),
        SectionCase("[{ansible: {groups: [a]}}]", "error: s[0].ansible has no `playbook`"),
        SectionCase(
            "[{ansible: [a]}]", "error: s[0].ansible must be a playbook or a mapping with a `playbook`, but is a list"),
        SectionCase(
            "[{ansible: {playbook: a, groups: [b-c, all]}}]", "error: `all` is no name of a group of Ansible's",
            "error: `b-c` is no name of a group of Ansible's"),
        SectionCase("[{ansible: a, shell: b}]", "error: s[0] has both `shell` and `ansible`"),
        SectionCase("[{ansible: a, working_dir: /b}]", "warning: `working_dir` of s[0] means nothing with `ansible`"),
        SectionCase("[{copy: a}]", "error: s[0].copy must be a mapping, but is a string"),
        SectionCase("[{name: a, shell: b}, {name: a, shell: c}]", "error: s[1] is called `a`, as a step before it is"),
        SectionCase("[{shel: a}]", "error: s[0] does not say what to do", "error: unknown key `shel` in s[0]"),
    ])
    func namesWhatIsWrong(_ example: SectionCase) {
        #expect(section.read(example.text).messages.sorted() == example.expected)
    }
}
