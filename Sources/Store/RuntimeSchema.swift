/// The schema of `run.db`, one text per version; a released text never changes.
enum RuntimeSchema {
    static let migrations = [
        """
        CREATE TABLE boot (id TEXT NOT NULL) STRICT;
        CREATE TABLE linkGroup (environmentID TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL UNIQUE) STRICT;
        CREATE TABLE network (
            environmentID TEXT NOT NULL, name TEXT NOT NULL, bridge TEXT NOT NULL UNIQUE,
            subnet TEXT NOT NULL UNIQUE, linkGroup INTEGER NOT NULL, configuration TEXT NOT NULL, state TEXT NOT NULL,
            PRIMARY KEY (environmentID, name)
        ) STRICT;
        CREATE TABLE container (
            environmentID TEXT NOT NULL, service TEXT NOT NULL, number INTEGER NOT NULL,
            runtimeID TEXT NOT NULL UNIQUE, runtime TEXT NOT NULL, imageID TEXT NOT NULL, fingerprint TEXT NOT NULL,
            dependencies TEXT NOT NULL, stopGracePeriod INTEGER NOT NULL, createdAt INTEGER NOT NULL,
            state TEXT NOT NULL, exitCode INTEGER,
            PRIMARY KEY (environmentID, service, number)
        ) STRICT;
        CREATE TABLE address (
            environmentID TEXT NOT NULL, network TEXT NOT NULL, service TEXT NOT NULL, number INTEGER NOT NULL,
            address TEXT NOT NULL UNIQUE, macAddress TEXT NOT NULL,
            PRIMARY KEY (environmentID, service, number, network),
            FOREIGN KEY (environmentID, network) REFERENCES network (environmentID, name),
            FOREIGN KEY (environmentID, service, number) REFERENCES container (environmentID, service, number)
                ON DELETE CASCADE
        ) STRICT;
        CREATE TABLE publishedPort (
            environmentID TEXT NOT NULL, service TEXT NOT NULL, number INTEGER NOT NULL, hostAddress TEXT NOT NULL,
            hostPort INTEGER NOT NULL, target INTEGER NOT NULL, transportProtocol TEXT NOT NULL,
            PRIMARY KEY (hostPort, transportProtocol, hostAddress),
            FOREIGN KEY (environmentID, service, number) REFERENCES container (environmentID, service, number)
                ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX publishedPortByContainer ON publishedPort (environmentID, service, number);
        CREATE INDEX addressByNetwork ON address (environmentID, network);
        """,
        "ALTER TABLE container ADD COLUMN layers TEXT NOT NULL DEFAULT '[]'",
    ]

    /// Every table with an `environmentID`, those that refer to others first.
    static let tables = ["publishedPort", "address", "container", "network", "linkGroup"]
}

extension NetworkRecord: Recorded {
    static var table: String { "network" }
}

extension ContainerRecord: Recorded {
    static var table: String { "container" }
}

extension AddressRecord: Recorded {
    static var table: String { "address" }
}

extension PublishedPortRecord: Recorded {
    static var table: String { "publishedPort" }
}
