/// The schema of `trice.db`, one text per version; a released text never changes.
enum DurableSchema {
    static let migrations = [
        """
        CREATE TABLE environment (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, directory TEXT NOT NULL, createdAt INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE image (
            reference TEXT PRIMARY KEY NOT NULL, manifestDigest TEXT NOT NULL, configDigest TEXT NOT NULL,
            layers TEXT NOT NULL, size INTEGER NOT NULL, createdAt INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE layer (
            diffID TEXT PRIMARY KEY NOT NULL, size INTEGER NOT NULL, createdAt INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE volume (
            environmentID TEXT NOT NULL REFERENCES environment (id), name TEXT NOT NULL, path TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            PRIMARY KEY (environmentID, name)
        ) STRICT;
        CREATE TABLE port (
            environmentID TEXT NOT NULL REFERENCES environment (id) ON DELETE CASCADE, service TEXT NOT NULL,
            target INTEGER NOT NULL, transportProtocol TEXT NOT NULL, hostAddress TEXT NOT NULL,
            hostPort INTEGER NOT NULL,
            PRIMARY KEY (environmentID, service, target, transportProtocol, hostAddress, hostPort)
        ) STRICT;
        """
    ]
}

extension EnvironmentRecord: Recorded {
    static var table: String { "environment" }
}

extension ImageRecord: Recorded {
    static var table: String { "image" }
}

extension LayerRecord: Recorded {
    static var table: String { "layer" }
}

extension VolumeRecord: Recorded {
    static var table: String { "volume" }
}

extension PortRecord: Recorded {
    static var table: String { "port" }
}
