-- Durable jobs = outbox: rows are inserted in the transaction of the business they belong to.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    -- One live row a key: the same work is not queued twice.
    dedup_key TEXT UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'dead')),
    run_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    lease_until TIMESTAMP,
    -- Raised with every claim: a worker that lost its lease can't finish what another now runs.
    generation BIGINT NOT NULL,
    -- Seconds; set on recurring rows, which are never deleted.
    every_s BIGINT CHECK (every_s > 0),
    last_error TEXT,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at, id);

-- Answers of posts with an Idempotency-Key, written with the work itself.
CREATE TABLE idempotency_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    response TEXT,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (principal, route, idempotency_key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at, id);
