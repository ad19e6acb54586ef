-- The schema of trice.db as released programs made it, step by step. A step that is here never changes; a new one is added.
-- version 1
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
-- version 2
DROP TABLE image;
DROP TABLE layer;
CREATE TABLE localImage (
    reference TEXT PRIMARY KEY NOT NULL, document TEXT NOT NULL, createdAt INTEGER NOT NULL
) STRICT;
CREATE TABLE localLayer (
    name TEXT PRIMARY KEY NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE TABLE imagePull (
    reference TEXT PRIMARY KEY NOT NULL, manifestDigest TEXT NOT NULL, pulledAt INTEGER NOT NULL,
    checkedAt INTEGER NOT NULL
) STRICT;
-- version 3
CREATE TABLE buildStep (
    key TEXT PRIMARY KEY NOT NULL, document TEXT NOT NULL, usedAt INTEGER NOT NULL
) STRICT;
CREATE TABLE buildDetails (key TEXT PRIMARY KEY NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE buildNote (name TEXT PRIMARY KEY NOT NULL, bytes BLOB NOT NULL) STRICT;
-- version 4
CREATE TABLE namedVolume (
    name TEXT PRIMARY KEY NOT NULL, path TEXT NOT NULL, environmentID TEXT, createdAt INTEGER NOT NULL
) STRICT;
-- version 5
ALTER TABLE environment ADD COLUMN directoryIdentity TEXT;
-- version 6
CREATE TABLE provisionedStep (
    environmentID TEXT NOT NULL, service TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
    fingerprint TEXT NOT NULL, isComplete INTEGER NOT NULL, ranAt INTEGER NOT NULL,
    PRIMARY KEY (environmentID, service, number, name)
) STRICT;
-- version 7
ALTER TABLE provisionedStep ADD COLUMN code INTEGER;
-- version 8
CREATE TABLE snapshot (
    id TEXT PRIMARY KEY NOT NULL, environmentID TEXT NOT NULL, name TEXT NOT NULL, isComplete INTEGER NOT NULL,
    document TEXT NOT NULL, createdAt INTEGER NOT NULL,
    UNIQUE (environmentID, name)
) STRICT;
