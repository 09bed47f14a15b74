-- Numbers that only ever grow.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Single values of the server itself, such as the hash of the admin token.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Lifetime totals. The id is the one that the player has in the arena.
CREATE TABLE players (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    kills         INTEGER NOT NULL,
    deaths        INTEGER NOT NULL,
    rounds_won    INTEGER NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms  INTEGER NOT NULL
) STRICT;

-- Who may come back with which token, and as what.
CREATE TABLE sessions (
    player              INTEGER PRIMARY KEY,
    name                TEXT    NOT NULL,
    room                INTEGER NOT NULL,
    token_hash          BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    previous_token_hash BLOB    UNIQUE CHECK (length(previous_token_hash) = 32),
    last_seen_ms        INTEGER NOT NULL,
    x                   REAL    NOT NULL,
    y                   REAL    NOT NULL,
    facing_x            REAL    NOT NULL,
    facing_y            REAL    NOT NULL,
    hp                  INTEGER NOT NULL,
    score               INTEGER NOT NULL,
    kills               INTEGER NOT NULL,
    deaths              INTEGER NOT NULL,
    streak              INTEGER NOT NULL,
    respawn_ticks       INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_ms);

-- Scripts and images by the SHA-256 of their bytes.
CREATE TABLE content (
    hash       TEXT    PRIMARY KEY CHECK (length(hash) = 64),
    media_type TEXT    NOT NULL,
    bytes      BLOB    NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

-- Rules and scenes count together. Rows are only added; of a row only the state, the fault and the acks change.
CREATE TABLE releases (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT    NOT NULL CHECK (kind IN ('logic', 'scene')),
    version      TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    created_ms   INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('live', 'superseded', 'rolled_back')),
    -- The script, or the background image; a scene may have none.
    hash         TEXT    REFERENCES content (hash),
    host_api     INTEGER NOT NULL,
    color        INTEGER NOT NULL,
    error        TEXT,
    error_line   INTEGER,
    error_column INTEGER,
    acks         TEXT,
    CHECK (kind = 'scene' OR hash IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX releases_one_live ON releases (kind) WHERE state = 'live';

-- Who did what, when and why. Rows are only added.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    who     TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    release INTEGER REFERENCES releases (number),
    detail  TEXT    NOT NULL
) STRICT;
