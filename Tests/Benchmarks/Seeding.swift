import TestSupport

/// How long a second worktree waits for PostgreSQL: with the creation of the database, and from a seed.
final class Seeding {
    private let plain: Project
    private let seeded: Project
    private var without = Samples()
    private var with = Samples()

    init(fixture: Fixture) throws {
        plain = try fixture.project(Self.envfile("\(fixture.id)plain", "seed: off"), named: "\(fixture.id)-plain")
        let first = try fixture.project(Self.envfile("\(fixture.id)first", "seed: auto"), named: "\(fixture.id)-first")
        seeded = try fixture.project(Self.envfile("\(fixture.id)second", "seed: auto"), named: "\(fixture.id)-second")
        try measure(first.command(["pull"]))
        try measure(first.command(["up"]))
        try measure(first.command(["down", "--volumes"]))
        guard try first.trice("volume", "seeds").description.contains("db") else {
            throw TestError("PostgreSQL became no seed")
        }
    }

    /// As the template `node-postgres` has it.
    private static func envfile(_ name: String, _ seed: String) -> String {
        """
        name: \(name)
        services:
          db:
            image: bootstrap:debian/bookworm?include=postgresql
            command:
              - sh
              - -euc
              - |
                PATH=/usr/lib/postgresql/15/bin:$$PATH
                install -d -o postgres -g postgres /srv/postgresql /run/postgresql
                if ! [ -e /srv/postgresql/data ]; then
                    setpriv --reuid postgres --regid postgres --init-groups sh -euc '
                        printf %s "$$PGPASSWORD" |
                            initdb -D /srv/postgresql/new -U "$$PGUSER" --pwfile=/dev/stdin \\
                                --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256
                        echo "CREATE DATABASE \\"$$PGDATABASE\\"" |
                            postgres --single -j -D /srv/postgresql/new postgres
                        mv /srv/postgresql/new /srv/postgresql/data'
                fi
                exec setpriv --reuid postgres --regid postgres --init-groups \\
                    postgres -D /srv/postgresql/data -c recovery_init_sync_method=syncfs
            environment: { PGDATABASE: tasks, PGUSER: tasks, PGPASSWORD: not-a-secret }
            stop_signal: SIGINT
            wait: { exec: [pg_isready, -q, -h, 127.0.0.1, -d, tasks] }
            volumes: ["data:/srv/postgresql"]
            \(seed)
        volumes: { data: {} }

        """
    }

    func round() throws {
        without.add(try measure(plain.command(["up"])))
        try measure(plain.command(["down", "--volumes"]))
        with.add(try measure(seeded.command(["up"])))
        try measure(seeded.command(["down", "--volumes"]))
    }

    var rows: [Row] {
        [Row(name: "PostgreSQL until healthy, from a seed", samples: with, bar: .ratio(0.2, to: without))]
    }
}

/// What seeds save; prints the table.
/// - Returns: Its rows.
func measureSeeds(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let seeding = try Seeding(fixture: fixture)
    let rounds = min(rounds, 5)
    for _ in 0..<rounds { try seeding.round() }
    print(
        """
        `up` of PostgreSQL from Debian in a new worktree until it is healthy: from a seed, and with `seed: off`, where it
        creates its database first.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + seeding.rows.map(\.cells)))
    return seeding.rows
}
