-- A key for each person, and one a month for what trade law keeps, so that a person's data ends with the key. Wrapped by a key that is never
-- in the database; what was wrapped stays behind in free pages and backups, and opens until that key is retired.
CREATE TABLE data_keys (
    -- Random, 16 bytes: it stands in every sealed value.
    id BLOB PRIMARY KEY NOT NULL,
    -- person:17, trade:2026-12
    subject TEXT NOT NULL UNIQUE,
    -- Of the key that wraps it.
    epoch TEXT,
    wrapped BLOB,
    wrapped_at TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    CHECK ((wrapped IS NULL) = (ended_at IS NOT NULL)),
    CHECK ((epoch IS NULL) = (ended_at IS NOT NULL))
) STRICT;
CREATE INDEX data_keys_wrapped ON data_keys (epoch, id);

-- Who has not been here for years, and whose account has ended: both are looked for by time.
CREATE INDEX customers_by_login ON customers (last_login_at, id) WHERE closed_at IS NULL;
CREATE INDEX customers_closed ON customers (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX operator_sessions_by_expiry ON operator_sessions (expires_at, id);

-- That the giver is 14, or that a guardian agrees (PIPL article 31).
ALTER TABLE consents ADD COLUMN age_confirmed INTEGER NOT NULL DEFAULT 0;

-- How often an operator did something lately.
CREATE INDEX audit_log_by_act ON audit_log (actor, action, at);

-- Not compatible: a program before it can't open what is sealed from now on.
