-- Who may not talk, and who may not come in. Rows are only added; lifting one is noted in it.
CREATE TABLE sanctions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind IN ('mute', 'ban')),
    player     INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    -- The player's resume tokens at that time, by which it is known when its session is forgotten.
    token_hash          BLOB CHECK (length(token_hash) = 32),
    previous_token_hash BLOB CHECK (length(previous_token_hash) = 32),
    -- Everybody who comes from there; only where an operator asked for it.
    address    TEXT,
    -- Without one it holds until somebody lifts it.
    until_ms   INTEGER,
    reason     TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    lifted_ms  INTEGER
) STRICT;
CREATE INDEX sanctions_in_force ON sanctions (until_ms) WHERE lifted_ms IS NULL;

-- The words that nobody should read, as operators wrote them. Without a row, those that are shipped.
CREATE TABLE word_list (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    words      TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
