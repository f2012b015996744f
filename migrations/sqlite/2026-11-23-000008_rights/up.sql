-- The buyer's own rights: profile, phone, proof of consent, and the end of an account.
ALTER TABLE customers ADD COLUMN nickname_sealed BLOB;
ALTER TABLE customers ADD COLUMN language TEXT CHECK (language IN ('zh', 'ko', 'en'));
ALTER TABLE customers ADD COLUMN phone_sealed BLOB;
-- HMAC-SHA256: equal phones can be seen without opening any.
ALTER TABLE customers ADD COLUMN phone_index BLOB;
-- The buyer wants the account closed; it is, as soon as no money is open.
ALTER TABLE customers ADD COLUMN closing_at TIMESTAMP;
-- Closed: nothing of the person is left, and `openid` is a keyed tombstone.
ALTER TABLE customers ADD COLUMN closed_at TIMESTAMP;
CREATE INDEX customers_closing ON customers (id) WHERE closing_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX customers_by_phone ON customers (phone_index);

-- Set when the account is closed: then what is sealed on the order, and its payer, is wiped.
ALTER TABLE orders ADD COLUMN wipe_after TIMESTAMP;
CREATE INDEX orders_to_wipe ON orders (wipe_after, id) WHERE wipe_after IS NOT NULL;

-- Terms, privacy text, and the separate consent to keeping an ID number. A published version never changes; the newest one counts.
CREATE TABLE legal_documents (
    document TEXT NOT NULL CHECK (document IN ('terms', 'privacy', 'identity')),
    version TEXT NOT NULL,
    text_zh TEXT NOT NULL,
    text_ko TEXT NOT NULL,
    text_en TEXT NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (document, version)
);

-- Proof of consent: who agreed to which text, in which language, when, by which request. Rows are never deleted.
CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    document TEXT NOT NULL,
    version TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'ko', 'en')),
    -- SHA-256 of the text in that language.
    text_hash BLOB NOT NULL,
    request_id TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP,
    FOREIGN KEY (document, version) REFERENCES legal_documents (document, version)
);
CREATE INDEX consents_by_customer ON consents (customer_id, id);

-- WeChat's message push (消息推送), each message once; `message_key` is a hash and names nobody.
CREATE TABLE wechat_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_key BLOB NOT NULL UNIQUE,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL
);
CREATE INDEX wechat_messages_by_time ON wechat_messages (received_at, id);
