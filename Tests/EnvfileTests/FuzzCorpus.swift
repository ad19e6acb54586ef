/// Small inputs for every reader of foreign bytes, to be damaged by the fuzz target.
enum FuzzCorpus {
    static let templates = [
        "${IMAGE:-bootstrap:busybox}", "$A${B}$$C", "${A:+x${B:-${C?no $D}}y}", "${PORT:web:80} ${A-{\"j\":{}}}",
        "a $ b $5 ${A:?}",
        "${EMPTY:-}${EMPTY+set}${NO-ü}", "${A:-{}${B:-}}",
    ].map { Array($0.utf8) }

    static let environmentFiles = [
        "A=1\nexport B = two # c\nC: 'x $A'\n", "A=\"x\\n\\t\\0123\\$B\"\nB=${A:-3}$C\n",
        "# c\n\nA\nB='it\\'s'\nC=\"a\nb\" # c\r\nD=\"x\" y=1",
        "ä[1].b-c=ü #x\nE=$E$E\n", "A=\"${A:-\"\nB='\\\\'\n",
    ].map { Array($0.utf8) }

    static let shortForms = [
        "8080:80", "[::1]:81-82:81-82/udp", "127.0.0.1::90", "3000-3005", "::1:80:81/tcp", "sh -c 'exec \"a b\" \\$x'",
        "1.5gb", "1h30m5.25s",
        "SIGRTMIN+3", "data:/data:ro,z", "0755", "/run:size=64m,mode=1777,uid=1", "NAME=value=x", "../a/./b//c/", "~/x",
        "0x1F", "-.5e+3",
    ].map { Array($0.utf8) }

    static let documents = [
        "a: &x [1, {k: *x}]\nb: {<<: *x, <<: [*x]}\n", "k: |-\n  text\n\n  more\nl: >+\n  a\n b: 'it''s'\n",
        "--- !!map\n? a\n: !!int 5\n...\n---\nb: !reset []\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b, !override {}]\n",
        "%YAML 1.2\n---\n\"ü\\u263A\\x41\": .inf # c\r\n- x\n", "a:\n  - b: [[[[]]]]\n    c: {d: , e: ~}\n",
    ].map { Array($0.utf8) }

    /// Whole files; any two of them are merged.
    static let files = [
        """
        name: shop
        x-base: &base { restart: always, labels: [a=b], <<: { user: "1:1" } }
        services:
          web:
            <<: *base
            image: ${IMAGE:-bootstrap:busybox}
            command: sh -c 'exec "a b"'
            ports: ["8080:80", "[::1]:81-82:81-82/udp", { target: 5, published: "1-2" }]
            volumes: [data:/data:ro, ./src:/src, { type: tmpfs, target: /t, tmpfs: { size: 1.5m, mode: "0755" } }]
            environment: { A: $B, C: "${D:+x${E}}" }
            depends_on: { db: { condition: service_healthy } }
            stop_grace_period: 1m30s
          db: { image: ü, tmpfs: "/run:size=64m", stop_signal: RTMIN+3 }
        volumes: { data: }

        """,
        """
        services:
          web:
            extends: { service: db, file: base.yaml }
            ports: !override ["81-90:81-90"]
            environment: [A=2, !reset B, C]
            depends_on: [db]
            networks: { n: { aliases: [q] } }
            logging: { driver: a, options: { x: 1 } }
          db: { extends: web, image: y, build: ., extra_hosts: { h: [1.1.1.1] }, command: !reset null }
        networks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24 }] } } }
        include: [base.yaml, { path: [base.yaml], env_file: x.env }]

        """,
        "compat: compose\nservices:\n  web: { image: x, profiles: [p], ports: [80, '80:80/tcp'], ulimits: { nofile: 5 } }\n",
        "services: { db: { image: b, env_file: [{ path: a }], secrets: [s, { source: t }], devices: ['/a:/b'], dns: x } }\n",
    ].map { Array($0.utf8) }
}
