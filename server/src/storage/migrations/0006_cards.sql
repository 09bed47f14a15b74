-- Cards: small scripts that change the rules for one round. `shipped` ones are as they came with the server.
CREATE TABLE cards (
    name       TEXT    PRIMARY KEY,
    hash       TEXT    NOT NULL REFERENCES content (hash),
    version    INTEGER NOT NULL,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    shipped    INTEGER NOT NULL CHECK (shipped IN (0, 1)),
    place      INTEGER NOT NULL,
    author     TEXT    NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
