-- The schema of run.db as released programs made it, step by step. A step that is here never changes; a new one is added.
-- version 1
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
-- version 2
ALTER TABLE container ADD COLUMN layers TEXT NOT NULL DEFAULT '[]'
-- version 3
ALTER TABLE network ADD COLUMN isInternal INTEGER NOT NULL DEFAULT 0;
UPDATE network SET isInternal = 1 WHERE configuration = '277069d870062db7c105a7a200abfa94';
UPDATE network SET configuration = CASE isInternal WHEN 1 THEN '{"isInternal":true}' ELSE '{}' END;
ALTER TABLE address ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE address ADD COLUMN gatewayPriority INTEGER NOT NULL DEFAULT 0;
-- version 4
ALTER TABLE address ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'
-- version 5
CREATE TABLE formerAddress AS SELECT * FROM address;
DROP TABLE address;
CREATE TABLE formerNetwork AS SELECT * FROM network;
DROP TABLE network;
CREATE TABLE network (
    environmentID TEXT NOT NULL, name TEXT NOT NULL, bridge TEXT NOT NULL, subnet TEXT NOT NULL,
    linkGroup INTEGER NOT NULL, configuration TEXT NOT NULL, isInternal INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL, ownerID TEXT, ownerNetwork TEXT,
    PRIMARY KEY (environmentID, name),
    FOREIGN KEY (ownerID, ownerNetwork) REFERENCES network (environmentID, name)
) STRICT;
CREATE UNIQUE INDEX networkByBridge ON network (bridge) WHERE ownerID IS NULL;
CREATE UNIQUE INDEX networkBySubnet ON network (subnet) WHERE ownerID IS NULL;
CREATE INDEX networkByOwner ON network (ownerID, ownerNetwork);
INSERT INTO network (environmentID, name, bridge, subnet, linkGroup, configuration, isInternal, state)
    SELECT environmentID, name, bridge, subnet, linkGroup, configuration, isInternal, state FROM formerNetwork;
DROP TABLE formerNetwork;
CREATE TABLE address (
    environmentID TEXT NOT NULL, network TEXT NOT NULL, service TEXT NOT NULL, number INTEGER NOT NULL,
    address TEXT NOT NULL UNIQUE, macAddress TEXT NOT NULL, priority INTEGER NOT NULL DEFAULT 0,
    gatewayPriority INTEGER NOT NULL DEFAULT 0, settings TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (environmentID, service, number, network),
    FOREIGN KEY (environmentID, network) REFERENCES network (environmentID, name),
    FOREIGN KEY (environmentID, service, number) REFERENCES container (environmentID, service, number)
        ON DELETE CASCADE
) STRICT;
CREATE INDEX addressByNetwork ON address (environmentID, network);
INSERT INTO address (environmentID, network, service, number, address, macAddress, priority, gatewayPriority,
    settings)
    SELECT environmentID, network, service, number, address, macAddress, priority, gatewayPriority, settings
    FROM formerAddress;
DROP TABLE formerAddress;
-- version 6
ALTER TABLE container ADD COLUMN baseImageID TEXT
-- version 7
ALTER TABLE network ADD COLUMN furtherSubnets TEXT NOT NULL DEFAULT '[]'
