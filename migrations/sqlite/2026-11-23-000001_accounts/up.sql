-- Buyers, their sessions, addresses and identities. Personal data is sealed (AES-256-GCM); see src/platform/sealing.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    openid TEXT NOT NULL UNIQUE,
    unionid TEXT,
    first_scene TEXT,
    created_at TIMESTAMP NOT NULL,
    last_login_at TIMESTAMP NOT NULL
);

-- One row a login. The refresh token of generation n is derived, never stored.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sid TEXT NOT NULL UNIQUE,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    generation BIGINT NOT NULL CHECK (generation > 0),
    rotated_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    revoked_reason TEXT
);
CREATE INDEX sessions_by_customer ON sessions (customer_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);

CREATE TABLE addresses (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    name_sealed BLOB NOT NULL,
    phone_sealed BLOB NOT NULL,
    detail_sealed BLOB NOT NULL,
    province TEXT NOT NULL,
    city TEXT NOT NULL,
    district TEXT NOT NULL,
    region_code TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX addresses_by_customer ON addresses (customer_id, id);

CREATE TABLE identities (
    customer_id BIGINT PRIMARY KEY NOT NULL REFERENCES customers (id),
    name_sealed BLOB NOT NULL,
    id_number_sealed BLOB NOT NULL,
    -- HMAC-SHA256: one ID number on many accounts can be seen without opening any of them.
    id_number_index BLOB NOT NULL,
    consent_version TEXT NOT NULL,
    consented_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX identities_by_number ON identities (id_number_index);
