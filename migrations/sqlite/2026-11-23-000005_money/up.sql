-- One order, one payment, one out_trade_no for ever. `request` is the byte-exact prepay request.
CREATE TABLE payments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL UNIQUE REFERENCES orders (id),
    out_trade_no TEXT NOT NULL UNIQUE,
    -- Who has to pay; anybody else's payment opens a case.
    payer_openid TEXT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'closed')),
    request BLOB NOT NULL,
    prepay_id TEXT,
    prepaid_at TIMESTAMP,
    transaction_id TEXT UNIQUE,
    success_at TIMESTAMP,
    -- A call to WeChat is under way until then; the generation fences off a caller that was too slow.
    call_generation BIGINT NOT NULL,
    call_lease_until TIMESTAMP,
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);

-- Every validly signed notify, byte for byte, once.
CREATE TABLE wechat_notifies (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    notify_id TEXT NOT NULL UNIQUE,
    event_type TEXT NOT NULL,
    serial TEXT NOT NULL,
    body BLOB NOT NULL,
    outcome TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL
);
CREATE INDEX wechat_notifies_by_time ON wechat_notifies (received_at, id);

-- One row and one out_refund_no for ever.
CREATE TABLE refunds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    payment_id BIGINT NOT NULL REFERENCES payments (id),
    out_refund_no TEXT NOT NULL UNIQUE,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    total_fen BIGINT NOT NULL CHECK (total_fen >= amount_fen),
    reason TEXT NOT NULL,
    -- Byte-exact: a repeat with other parameters would be refused.
    request BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'processing', 'succeeded', 'abnormal', 'closed')),
    refund_id TEXT UNIQUE,
    requested_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX refunds_by_order ON refunds (order_id, id);

-- What a person has to look at, each difference once.
CREATE TABLE cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    detail TEXT NOT NULL,
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
