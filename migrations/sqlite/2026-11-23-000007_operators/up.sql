-- People who run the shop. Passwords are argon2id hashes, the secret of the second factor is sealed (src/platform/sealing).
CREATE TABLE operators (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    -- Never changes: sealed secrets and the audit log speak of it.
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('picker', 'service', 'finance', 'manager', 'auditor')),
    password_hash TEXT NOT NULL,
    -- Set for a one-time password only: until then it may be used, and for nothing but choosing another.
    password_expires_at TIMESTAMP,
    totp_sealed BLOB,
    totp_confirmed_at TIMESTAMP,
    -- A code is good once: its step must be above this one.
    totp_last_step BIGINT NOT NULL,
    -- Attempts since the last success; the next one is refused until then.
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP
);

-- One row a login.
CREATE TABLE operator_sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sid TEXT NOT NULL UNIQUE,
    operator_id BIGINT NOT NULL REFERENCES operators (id),
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    stepped_up_at TIMESTAMP,
    revoked_at TIMESTAMP,
    revoked_reason TEXT
);
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id, id);

-- Who did what, when, from where, to what and why. Rows are only ever added: the triggers below refuse the rest.
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    peer TEXT NOT NULL,
    object_kind TEXT,
    object_id TEXT,
    reason TEXT,
    detail TEXT
);
CREATE INDEX audit_log_by_actor ON audit_log (actor, id);
CREATE INDEX audit_log_by_object ON audit_log (object_id, id);

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
