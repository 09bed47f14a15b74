-- More lifetime totals: the best streak of kills and the furthest hit with the orb (units), both against people.
ALTER TABLE players ADD COLUMN points        INTEGER NOT NULL DEFAULT 0;
ALTER TABLE players ADD COLUMN rounds_played INTEGER NOT NULL DEFAULT 0;
ALTER TABLE players ADD COLUMN best_streak   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE players ADD COLUMN longest_shot  INTEGER NOT NULL DEFAULT 0;
CREATE INDEX players_by_kills ON players (kills DESC) WHERE kills > 0;
CREATE INDEX players_by_rounds_won ON players (rounds_won DESC) WHERE rounds_won > 0;
CREATE INDEX players_by_best_streak ON players (best_streak DESC) WHERE best_streak > 0;
CREATE INDEX players_by_longest_shot ON players (longest_shot DESC) WHERE longest_shot > 0;

-- The same by UTC day, counted from 1970-01-01. Only a few days are kept.
CREATE TABLE player_days (
    day           INTEGER NOT NULL,
    id            INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    kills         INTEGER NOT NULL,
    deaths        INTEGER NOT NULL,
    rounds_won    INTEGER NOT NULL,
    points        INTEGER NOT NULL,
    rounds_played INTEGER NOT NULL,
    best_streak   INTEGER NOT NULL,
    longest_shot  INTEGER NOT NULL,
    PRIMARY KEY (day, id)
) STRICT, WITHOUT ROWID;
