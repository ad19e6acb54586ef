import TestSupport

/// How long a second worktree waits for PostgreSQL: with the creation of the database, and from a seed.
///
/// Each round makes new worktrees and leaves the older ones: ext4 takes longer to create files where many were just removed.
final class Seeding {
    private let fixture: Fixture
    private var projects: [Project] = []
    private var without = Samples()
    private var with = Samples()

    init(fixture: Fixture) throws {
        self.fixture = fixture
        let first = try project("auto")
        try measure(first.command(["pull"]))
        try measure(first.command(["up"]))
        guard try first.trice("volume", "seeds").description.contains("db") else {
            throw TestError("PostgreSQL became no seed")
        }
    }

    private func project(_ seed: String) throws -> Project {
        let name = "\(fixture.id)-\(projects.count)"
        let project = try fixture.project(Self.envfile(name, "seed: \(seed)"), named: name)
        projects.append(project)
        return project
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
                    postgres -D /srv/postgresql/data
            environment: { PGDATABASE: tasks, PGUSER: tasks, PGPASSWORD: not-a-secret }
            stop_signal: SIGINT
            wait: { exec: [pg_isready, -q, -h, 127.0.0.1, -d, tasks] }
            volumes: ["data:/srv/postgresql"]
            \(seed)
        volumes: { data: {} }

        """
    }

    func round() throws {
        without.add(try measure(project("off").command(["up"])))
        with.add(try measure(project("auto").command(["up"])))
    }

    func finish() throws {
        for project in projects { try measure(project.command(["down", "--volumes"])) }
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
    try seeding.finish()
    print(
        """
        `up` of PostgreSQL from Debian in a new worktree until it is healthy: from a seed, and with `seed: off`, where it
        creates its database first.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + seeding.rows.map(\.cells)))
    return seeding.rows
}
