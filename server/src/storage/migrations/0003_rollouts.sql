-- How a release reaches the rooms in steps. A release without a row went to all rooms at once.
CREATE TABLE rollouts (
    release        INTEGER PRIMARY KEY REFERENCES releases (number),
    state          TEXT    NOT NULL CHECK (state IN ('canary', 'complete', 'stopped', 'superseded', 'rolled_back')),
    -- The room that has it in any case.
    room           INTEGER,
    -- Per cent of the rooms.
    share          INTEGER NOT NULL CHECK (share BETWEEN 0 AND 100),
    -- It goes on by itself when it was well for so long.
    widen_after_ms INTEGER,
    -- When it reached the rooms that it has now.
    step_ms        INTEGER NOT NULL,
    -- Why it ended.
    why            TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX rollouts_one_canary ON rollouts (state) WHERE state = 'canary';

-- Rules that wait for their time. They become a release, with a number, when it has come.
CREATE TABLE schedules (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms          INTEGER NOT NULL,
    version        TEXT    NOT NULL,
    note           TEXT    NOT NULL,
    author         TEXT    NOT NULL,
    hash           TEXT    NOT NULL REFERENCES content (hash),
    room           INTEGER,
    share          INTEGER NOT NULL CHECK (share BETWEEN 0 AND 100),
    widen_after_ms INTEGER,
    state          TEXT    NOT NULL CHECK (state IN ('waiting', 'published', 'cancelled', 'failed')),
    release        INTEGER REFERENCES releases (number),
    why            TEXT    NOT NULL
) STRICT;
CREATE INDEX schedules_waiting ON schedules (at_ms) WHERE state = 'waiting';
