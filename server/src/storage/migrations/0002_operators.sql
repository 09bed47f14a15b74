-- People who may use the control room. They are never deleted: the history speaks of them.
CREATE TABLE operators (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL,
    -- The name in lower case: `Ada` and `ada` are the same.
    key           TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL CHECK (role IN ('viewer', 'publisher', 'admin')),
    -- argon2, in the PHC string format.
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_ms    INTEGER NOT NULL,
    last_login_ms INTEGER
) STRICT;

-- Secrets of scripts, as SHA-256 of 256 random bits.
CREATE TABLE operator_tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    operator     INTEGER NOT NULL REFERENCES operators (id),
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL CHECK (role IN ('viewer', 'publisher', 'admin')),
    hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_ms   INTEGER NOT NULL,
    last_used_ms INTEGER,
    UNIQUE (operator, name)
) STRICT;

-- Who is logged in, as SHA-256 of the cookie. Without an operator: whoever has the server's own token.
CREATE TABLE operator_sessions (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    operator   INTEGER REFERENCES operators (id),
    -- Logged in with this token: the session may do no more, and ends with it.
    token      INTEGER REFERENCES operator_tokens (id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    CHECK (token IS NULL OR operator IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator);
CREATE INDEX operator_sessions_by_token ON operator_sessions (token);

-- From which address, and in which words of the operator's own.
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What happened has happened.
CREATE TRIGGER audit_keeps_its_rows BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
CREATE TRIGGER audit_keeps_its_words BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
