-- The access_token of the mini program, one for all nodes, and who may ask WeChat for the next.
CREATE TABLE access_tokens (
    appid TEXT PRIMARY KEY NOT NULL,
    -- Grows with each token; 0 before the first.
    generation BIGINT NOT NULL CHECK (generation >= 0),
    token_sealed BYTEA,
    fetched_at TIMESTAMP,
    expires_at TIMESTAMP,
    forced_at TIMESTAMP,
    forced_that_day INTEGER NOT NULL CHECK (forced_that_day >= 0),
    lease_holder TEXT,
    lease_until TIMESTAMP,
    CHECK (generation = 0 OR (token_sealed IS NOT NULL AND fetched_at IS NOT NULL AND expires_at IS NOT NULL)),
    CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
