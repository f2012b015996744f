DROP TABLE compatible_migrations;

UPDATE jobs SET payload = '' WHERE every_s IS NOT NULL;
UPDATE jobs SET payload = substr(payload, 19, length(payload) - 20) WHERE every_s IS NULL AND kind = 'refund';
UPDATE jobs SET payload = substr(payload, 14, length(payload) - 15)
WHERE every_s IS NULL AND kind IN ('payment_query', 'payment_close', 'order_expiry');

-- Back to the tables as they were.

CREATE TABLE new_customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    openid TEXT NOT NULL UNIQUE,
    unionid TEXT,
    first_scene TEXT,
    created_at TIMESTAMP NOT NULL,
    last_login_at TIMESTAMP NOT NULL
, nickname_sealed BLOB, language TEXT CHECK (language IN ('zh', 'ko', 'en')), phone_sealed BLOB, phone_index BLOB, closing_at TIMESTAMP, closed_at TIMESTAMP);
INSERT INTO new_customers (id, openid, unionid, first_scene, created_at, last_login_at, nickname_sealed, language, phone_sealed, phone_index, closing_at, closed_at)
    SELECT id, openid, unionid, first_scene, created_at, last_login_at, nickname_sealed, language, phone_sealed, phone_index, closing_at, closed_at FROM customers;
DELETE FROM sqlite_sequence WHERE name = 'new_customers';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_customers', seq FROM sqlite_sequence WHERE name = 'customers';
DROP TABLE customers;
ALTER TABLE new_customers RENAME TO customers;

CREATE TABLE new_sessions (
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
INSERT INTO new_sessions (id, sid, customer_id, generation, rotated_at, created_at, expires_at, revoked_at, revoked_reason)
    SELECT id, sid, customer_id, generation, rotated_at, created_at, expires_at, revoked_at, revoked_reason FROM sessions;
DELETE FROM sqlite_sequence WHERE name = 'new_sessions';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_sessions', seq FROM sqlite_sequence WHERE name = 'sessions';
DROP TABLE sessions;
ALTER TABLE new_sessions RENAME TO sessions;

CREATE TABLE new_addresses (
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
INSERT INTO new_addresses (id, public_id, customer_id, name_sealed, phone_sealed, detail_sealed, province, city, district, region_code, is_default, created_at, updated_at)
    SELECT id, public_id, customer_id, name_sealed, phone_sealed, detail_sealed, province, city, district, region_code, is_default, created_at, updated_at FROM addresses;
DELETE FROM sqlite_sequence WHERE name = 'new_addresses';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_addresses', seq FROM sqlite_sequence WHERE name = 'addresses';
DROP TABLE addresses;
ALTER TABLE new_addresses RENAME TO addresses;

CREATE TABLE new_identities (
    customer_id BIGINT PRIMARY KEY NOT NULL REFERENCES customers (id),
    name_sealed BLOB NOT NULL,
    id_number_sealed BLOB NOT NULL,
    id_number_index BLOB NOT NULL,
    consent_version TEXT NOT NULL,
    consented_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
INSERT INTO new_identities (customer_id, name_sealed, id_number_sealed, id_number_index, consent_version, consented_at, updated_at)
    SELECT customer_id, name_sealed, id_number_sealed, id_number_index, consent_version, consented_at, updated_at FROM identities;
DROP TABLE identities;
ALTER TABLE new_identities RENAME TO identities;

CREATE TABLE new_categories (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    position INTEGER NOT NULL
);
INSERT INTO new_categories (id, slug, name_zh, name_ko, name_en, position)
    SELECT id, slug, name_zh, name_ko, name_en, position FROM categories;
DELETE FROM sqlite_sequence WHERE name = 'new_categories';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_categories', seq FROM sqlite_sequence WHERE name = 'categories';
DROP TABLE categories;
ALTER TABLE new_categories RENAME TO categories;

CREATE TABLE new_vendors (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    intro_zh TEXT NOT NULL,
    intro_ko TEXT NOT NULL,
    intro_en TEXT NOT NULL,
    founded INTEGER NOT NULL
);
INSERT INTO new_vendors (id, slug, name_zh, name_ko, name_en, intro_zh, intro_ko, intro_en, founded)
    SELECT id, slug, name_zh, name_ko, name_en, intro_zh, intro_ko, intro_en, founded FROM vendors;
DELETE FROM sqlite_sequence WHERE name = 'new_vendors';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_vendors', seq FROM sqlite_sequence WHERE name = 'vendors';
DROP TABLE vendors;
ALTER TABLE new_vendors RENAME TO vendors;

CREATE TABLE new_products (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    category_id BIGINT NOT NULL REFERENCES categories (id),
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    summary_zh TEXT NOT NULL,
    summary_ko TEXT NOT NULL,
    summary_en TEXT NOT NULL,
    description_zh TEXT NOT NULL,
    description_ko TEXT NOT NULL,
    description_en TEXT NOT NULL,
    maker_zh TEXT NOT NULL,
    maker_ko TEXT NOT NULL,
    maker_en TEXT NOT NULL,
    origin_country TEXT NOT NULL,
    label_zh TEXT NOT NULL,
    search_terms TEXT NOT NULL,
    image TEXT NOT NULL,
    supervision TEXT NOT NULL CHECK (supervision IN ('bonded_1210', 'domestic')),
    published BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
INSERT INTO new_products (id, slug, vendor_id, category_id, name_zh, name_ko, name_en, summary_zh, summary_ko, summary_en, description_zh, description_ko, description_en, maker_zh, maker_ko, maker_en, origin_country, label_zh, search_terms, image, supervision, published, created_at, updated_at)
    SELECT id, slug, vendor_id, category_id, name_zh, name_ko, name_en, summary_zh, summary_ko, summary_en, description_zh, description_ko, description_en, maker_zh, maker_ko, maker_en, origin_country, label_zh, search_terms, image, supervision, published, created_at, updated_at FROM products;
DELETE FROM sqlite_sequence WHERE name = 'new_products';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_products', seq FROM sqlite_sequence WHERE name = 'products';
DROP TABLE products;
ALTER TABLE new_products RENAME TO products;

CREATE TABLE new_skus (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    product_id BIGINT NOT NULL REFERENCES products (id),
    code TEXT NOT NULL UNIQUE,
    spec_zh TEXT NOT NULL,
    spec_ko TEXT NOT NULL,
    spec_en TEXT NOT NULL,
    price_fen BIGINT NOT NULL CHECK (price_fen > 0),
    gross_weight_g BIGINT NOT NULL CHECK (gross_weight_g > 0),
    limit_per_order BIGINT NOT NULL CHECK (limit_per_order BETWEEN 1 AND 999),
    shelf_life_days INTEGER,
    on_sale BOOLEAN NOT NULL
);
INSERT INTO new_skus (id, product_id, code, spec_zh, spec_ko, spec_en, price_fen, gross_weight_g, limit_per_order, shelf_life_days, on_sale)
    SELECT id, product_id, code, spec_zh, spec_ko, spec_en, price_fen, gross_weight_g, limit_per_order, shelf_life_days, on_sale FROM skus;
DELETE FROM sqlite_sequence WHERE name = 'new_skus';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_skus', seq FROM sqlite_sequence WHERE name = 'skus';
DROP TABLE skus;
ALTER TABLE new_skus RENAME TO skus;

CREATE TABLE new_sku_customs (
    sku_id BIGINT PRIMARY KEY NOT NULL REFERENCES skus (id),
    gcode TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit1 TEXT NOT NULL,
    unit2 TEXT,
    qty1_per_piece TEXT NOT NULL,
    qty2_per_piece TEXT,
    net_content TEXT NOT NULL,
    net_content_unit TEXT NOT NULL,
    origin_code TEXT NOT NULL,
    currency_code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('to_be_confirmed_by_broker', 'confirmed'))
);
INSERT INTO new_sku_customs (sku_id, gcode, name_zh, unit, unit1, unit2, qty1_per_piece, qty2_per_piece, net_content, net_content_unit, origin_code, currency_code, status)
    SELECT sku_id, gcode, name_zh, unit, unit1, unit2, qty1_per_piece, qty2_per_piece, net_content, net_content_unit, origin_code, currency_code, status FROM sku_customs;
DROP TABLE sku_customs;
ALTER TABLE new_sku_customs RENAME TO sku_customs;

CREATE TABLE new_catalogue_version (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO new_catalogue_version (id, version)
    SELECT id, version FROM catalogue_version;
DROP TABLE catalogue_version;
ALTER TABLE new_catalogue_version RENAME TO catalogue_version;

CREATE TABLE new_freight_rules (
    province TEXT PRIMARY KEY NOT NULL,
    served BOOLEAN NOT NULL,
    first_weight_g BIGINT NOT NULL CHECK (first_weight_g > 0),
    first_fee_fen BIGINT NOT NULL CHECK (first_fee_fen >= 0),
    step_weight_g BIGINT NOT NULL CHECK (step_weight_g > 0),
    step_fee_fen BIGINT NOT NULL CHECK (step_fee_fen >= 0),
    free_from_fen BIGINT CHECK (free_from_fen >= 0)
);
INSERT INTO new_freight_rules (province, served, first_weight_g, first_fee_fen, step_weight_g, step_fee_fen, free_from_fen)
    SELECT province, served, first_weight_g, first_fee_fen, step_weight_g, step_fee_fen, free_from_fen FROM freight_rules;
DROP TABLE freight_rules;
ALTER TABLE new_freight_rules RENAME TO freight_rules;

CREATE TABLE new_notices (
    version TEXT PRIMARY KEY NOT NULL,
    text_zh TEXT NOT NULL,
    text_ko TEXT NOT NULL,
    text_en TEXT NOT NULL
);
INSERT INTO new_notices (version, text_zh, text_ko, text_en)
    SELECT version, text_zh, text_ko, text_en FROM notices;
DROP TABLE notices;
ALTER TABLE new_notices RENAME TO notices;

CREATE TABLE new_stock (
    sku_id BIGINT PRIMARY KEY NOT NULL REFERENCES skus (id),
    available BIGINT NOT NULL CHECK (available >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    sold BIGINT NOT NULL CHECK (sold >= 0)
);
INSERT INTO new_stock (sku_id, available, held, sold)
    SELECT sku_id, available, held, sold FROM stock;
DROP TABLE stock;
ALTER TABLE new_stock RENAME TO stock;

CREATE TABLE new_stock_moves (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    kind TEXT NOT NULL CHECK (kind IN ('initial', 'adjust', 'hold', 'release', 'sell')),
    quantity BIGINT NOT NULL,
    order_no TEXT,
    at TIMESTAMP NOT NULL
);
INSERT INTO new_stock_moves (id, sku_id, kind, quantity, order_no, at)
    SELECT id, sku_id, kind, quantity, order_no, at FROM stock_moves;
DELETE FROM sqlite_sequence WHERE name = 'new_stock_moves';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_stock_moves', seq FROM sqlite_sequence WHERE name = 'stock_moves';
DROP TABLE stock_moves;
ALTER TABLE new_stock_moves RENAME TO stock_moves;

CREATE TABLE new_cart_items (
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    added_at TIMESTAMP NOT NULL,
    PRIMARY KEY (customer_id, sku_id)
);
INSERT INTO new_cart_items (customer_id, sku_id, quantity, added_at)
    SELECT customer_id, sku_id, quantity, added_at FROM cart_items;
DROP TABLE cart_items;
ALTER TABLE new_cart_items RENAME TO cart_items;

CREATE TABLE new_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_no TEXT NOT NULL UNIQUE,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    state TEXT NOT NULL
        CHECK (state IN ('pending_payment', 'paid', 'cleared', 'shipped', 'delivered', 'completed', 'cancelled')),
    hold TEXT CHECK (hold IN ('closing', 'review')),
    goods_fen BIGINT NOT NULL CHECK (goods_fen >= 0),
    freight_fen BIGINT NOT NULL CHECK (freight_fen >= 0),
    tax_fen BIGINT NOT NULL CHECK (tax_fen >= 0),
    discount_fen BIGINT NOT NULL CHECK (discount_fen >= 0),
    payable_fen BIGINT NOT NULL CHECK (payable_fen >= 0),
    paid_fen BIGINT NOT NULL CHECK (paid_fen >= 0),
    refund_committed_fen BIGINT NOT NULL CHECK (refund_committed_fen >= 0),
    refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0),
    notice_version TEXT NOT NULL,
    scene TEXT,
    province TEXT NOT NULL,
    city TEXT NOT NULL,
    district TEXT NOT NULL,
    region_code TEXT NOT NULL,
    consignee_sealed BLOB NOT NULL,
    identity_sealed BLOB,
    placed_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    payment_opened_at TIMESTAMP,
    paid_at TIMESTAMP,
    cancelled_at TIMESTAMP,
    cancel_reason TEXT, wipe_after TIMESTAMP,
    CHECK (payable_fen = goods_fen + freight_fen + tax_fen - discount_fen),
    CHECK (refund_committed_fen <= paid_fen),
    CHECK (refunded_fen <= refund_committed_fen)
);
INSERT INTO new_orders (id, order_no, customer_id, state, hold, goods_fen, freight_fen, tax_fen, discount_fen, payable_fen, paid_fen, refund_committed_fen, refunded_fen, notice_version, scene, province, city, district, region_code, consignee_sealed, identity_sealed, placed_at, expires_at, payment_opened_at, paid_at, cancelled_at, cancel_reason, wipe_after)
    SELECT id, order_no, customer_id, state, hold, goods_fen, freight_fen, tax_fen, discount_fen, payable_fen, paid_fen, refund_committed_fen, refunded_fen, notice_version, scene, province, city, district, region_code, consignee_sealed, identity_sealed, placed_at, expires_at, payment_opened_at, paid_at, cancelled_at, cancel_reason, wipe_after FROM orders;
DELETE FROM sqlite_sequence WHERE name = 'new_orders';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_orders', seq FROM sqlite_sequence WHERE name = 'orders';
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;

CREATE TABLE new_order_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    sku_code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    spec_zh TEXT NOT NULL,
    spec_ko TEXT NOT NULL,
    spec_en TEXT NOT NULL,
    image TEXT NOT NULL,
    unit_price_fen BIGINT NOT NULL CHECK (unit_price_fen > 0),
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    line_fen BIGINT NOT NULL,
    tax_fen BIGINT NOT NULL CHECK (tax_fen >= 0),
    gross_weight_g BIGINT NOT NULL CHECK (gross_weight_g > 0),
    CHECK (line_fen = unit_price_fen * quantity),
    UNIQUE (order_id, sku_id)
);
INSERT INTO new_order_lines (id, order_id, sku_id, product_id, vendor_id, sku_code, name_zh, name_ko, name_en, spec_zh, spec_ko, spec_en, image, unit_price_fen, quantity, line_fen, tax_fen, gross_weight_g)
    SELECT id, order_id, sku_id, product_id, vendor_id, sku_code, name_zh, name_ko, name_en, spec_zh, spec_ko, spec_en, image, unit_price_fen, quantity, line_fen, tax_fen, gross_weight_g FROM order_lines;
DELETE FROM sqlite_sequence WHERE name = 'new_order_lines';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_order_lines', seq FROM sqlite_sequence WHERE name = 'order_lines';
DROP TABLE order_lines;
ALTER TABLE new_order_lines RENAME TO order_lines;

CREATE TABLE new_order_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL,
    actor TEXT NOT NULL CHECK (actor IN ('customer', 'system', 'wechat', 'operator')),
    from_state TEXT,
    to_state TEXT,
    amount_fen BIGINT,
    at TIMESTAMP NOT NULL
);
INSERT INTO new_order_events (id, order_id, kind, actor, from_state, to_state, amount_fen, at)
    SELECT id, order_id, kind, actor, from_state, to_state, amount_fen, at FROM order_events;
DELETE FROM sqlite_sequence WHERE name = 'new_order_events';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_order_events', seq FROM sqlite_sequence WHERE name = 'order_events';
DROP TABLE order_events;
ALTER TABLE new_order_events RENAME TO order_events;

CREATE TABLE new_payments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL UNIQUE REFERENCES orders (id),
    out_trade_no TEXT NOT NULL UNIQUE,
    payer_openid TEXT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'closed')),
    request BLOB NOT NULL,
    prepay_id TEXT,
    prepaid_at TIMESTAMP,
    transaction_id TEXT UNIQUE,
    success_at TIMESTAMP,
    call_generation BIGINT NOT NULL,
    call_lease_until TIMESTAMP,
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
INSERT INTO new_payments (id, order_id, out_trade_no, payer_openid, amount_fen, state, request, prepay_id, prepaid_at, transaction_id, success_at, call_generation, call_lease_until, opened_at, closed_at)
    SELECT id, order_id, out_trade_no, payer_openid, amount_fen, state, request, prepay_id, prepaid_at, transaction_id, success_at, call_generation, call_lease_until, opened_at, closed_at FROM payments;
DELETE FROM sqlite_sequence WHERE name = 'new_payments';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_payments', seq FROM sqlite_sequence WHERE name = 'payments';
DROP TABLE payments;
ALTER TABLE new_payments RENAME TO payments;

CREATE TABLE new_wechat_notifies (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    notify_id TEXT NOT NULL UNIQUE,
    event_type TEXT NOT NULL,
    serial TEXT NOT NULL,
    body BLOB NOT NULL,
    outcome TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL
);
INSERT INTO new_wechat_notifies (id, notify_id, event_type, serial, body, outcome, received_at)
    SELECT id, notify_id, event_type, serial, body, outcome, received_at FROM wechat_notifies;
DELETE FROM sqlite_sequence WHERE name = 'new_wechat_notifies';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_wechat_notifies', seq FROM sqlite_sequence WHERE name = 'wechat_notifies';
DROP TABLE wechat_notifies;
ALTER TABLE new_wechat_notifies RENAME TO wechat_notifies;

CREATE TABLE new_refunds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    payment_id BIGINT NOT NULL REFERENCES payments (id),
    out_refund_no TEXT NOT NULL UNIQUE,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    total_fen BIGINT NOT NULL CHECK (total_fen >= amount_fen),
    reason TEXT NOT NULL,
    request BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'processing', 'succeeded', 'abnormal', 'closed')),
    refund_id TEXT UNIQUE,
    requested_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
INSERT INTO new_refunds (id, order_id, payment_id, out_refund_no, amount_fen, total_fen, reason, request, state, refund_id, requested_at, finished_at)
    SELECT id, order_id, payment_id, out_refund_no, amount_fen, total_fen, reason, request, state, refund_id, requested_at, finished_at FROM refunds;
DELETE FROM sqlite_sequence WHERE name = 'new_refunds';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_refunds', seq FROM sqlite_sequence WHERE name = 'refunds';
DROP TABLE refunds;
ALTER TABLE new_refunds RENAME TO refunds;

CREATE TABLE new_cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    detail TEXT NOT NULL,
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
INSERT INTO new_cases (id, kind, subject, fingerprint, detail, opened_at, closed_at)
    SELECT id, kind, subject, fingerprint, detail, opened_at, closed_at FROM cases;
DELETE FROM sqlite_sequence WHERE name = 'new_cases';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_cases', seq FROM sqlite_sequence WHERE name = 'cases';
DROP TABLE cases;
ALTER TABLE new_cases RENAME TO cases;

CREATE TABLE new_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    dedup_key TEXT UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'dead')),
    run_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    lease_until TIMESTAMP,
    generation BIGINT NOT NULL,
    every_s BIGINT CHECK (every_s > 0),
    last_error TEXT,
    created_at TIMESTAMP NOT NULL
);
INSERT INTO new_jobs (id, kind, dedup_key, payload, state, run_at, attempts, lease_until, generation, every_s, last_error, created_at)
    SELECT id, kind, dedup_key, payload, state, run_at, attempts, lease_until, generation, every_s, last_error, created_at FROM jobs;
DELETE FROM sqlite_sequence WHERE name = 'new_jobs';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_jobs', seq FROM sqlite_sequence WHERE name = 'jobs';
DROP TABLE jobs;
ALTER TABLE new_jobs RENAME TO jobs;

CREATE TABLE new_idempotency_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    response TEXT,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (principal, route, idempotency_key)
);
INSERT INTO new_idempotency_keys (id, principal, route, idempotency_key, body_hash, response, created_at)
    SELECT id, principal, route, idempotency_key, body_hash, response, created_at FROM idempotency_keys;
DELETE FROM sqlite_sequence WHERE name = 'new_idempotency_keys';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_idempotency_keys', seq FROM sqlite_sequence WHERE name = 'idempotency_keys';
DROP TABLE idempotency_keys;
ALTER TABLE new_idempotency_keys RENAME TO idempotency_keys;

CREATE TABLE new_operators (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('picker', 'service', 'finance', 'manager', 'auditor')),
    password_hash TEXT NOT NULL,
    password_expires_at TIMESTAMP,
    totp_sealed BLOB,
    totp_confirmed_at TIMESTAMP,
    totp_last_step BIGINT NOT NULL,
    failed_attempts BIGINT NOT NULL CHECK (failed_attempts >= 0),
    locked_until TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP
);
INSERT INTO new_operators (id, name, role, password_hash, password_expires_at, totp_sealed, totp_confirmed_at, totp_last_step, failed_attempts, locked_until, created_at, disabled_at)
    SELECT id, name, role, password_hash, password_expires_at, totp_sealed, totp_confirmed_at, totp_last_step, failed_attempts, locked_until, created_at, disabled_at FROM operators;
DELETE FROM sqlite_sequence WHERE name = 'new_operators';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_operators', seq FROM sqlite_sequence WHERE name = 'operators';
DROP TABLE operators;
ALTER TABLE new_operators RENAME TO operators;

CREATE TABLE new_operator_sessions (
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
INSERT INTO new_operator_sessions (id, sid, operator_id, created_at, last_seen_at, expires_at, stepped_up_at, revoked_at, revoked_reason)
    SELECT id, sid, operator_id, created_at, last_seen_at, expires_at, stepped_up_at, revoked_at, revoked_reason FROM operator_sessions;
DELETE FROM sqlite_sequence WHERE name = 'new_operator_sessions';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_operator_sessions', seq FROM sqlite_sequence WHERE name = 'operator_sessions';
DROP TABLE operator_sessions;
ALTER TABLE new_operator_sessions RENAME TO operator_sessions;

CREATE TABLE new_audit_log (
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
INSERT INTO new_audit_log (id, at, actor, action, peer, object_kind, object_id, reason, detail)
    SELECT id, at, actor, action, peer, object_kind, object_id, reason, detail FROM audit_log;
DELETE FROM sqlite_sequence WHERE name = 'new_audit_log';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_audit_log', seq FROM sqlite_sequence WHERE name = 'audit_log';
DROP TABLE audit_log;
ALTER TABLE new_audit_log RENAME TO audit_log;

CREATE TABLE new_legal_documents (
    document TEXT NOT NULL CHECK (document IN ('terms', 'privacy', 'identity')),
    version TEXT NOT NULL,
    text_zh TEXT NOT NULL,
    text_ko TEXT NOT NULL,
    text_en TEXT NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (document, version)
);
INSERT INTO new_legal_documents (document, version, text_zh, text_ko, text_en, published_at)
    SELECT document, version, text_zh, text_ko, text_en, published_at FROM legal_documents;
DROP TABLE legal_documents;
ALTER TABLE new_legal_documents RENAME TO legal_documents;

CREATE TABLE new_consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    document TEXT NOT NULL,
    version TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'ko', 'en')),
    text_hash BLOB NOT NULL,
    request_id TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP,
    FOREIGN KEY (document, version) REFERENCES legal_documents (document, version)
);
INSERT INTO new_consents (id, customer_id, document, version, language, text_hash, request_id, given_at, withdrawn_at)
    SELECT id, customer_id, document, version, language, text_hash, request_id, given_at, withdrawn_at FROM consents;
DELETE FROM sqlite_sequence WHERE name = 'new_consents';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_consents', seq FROM sqlite_sequence WHERE name = 'consents';
DROP TABLE consents;
ALTER TABLE new_consents RENAME TO consents;

CREATE TABLE new_wechat_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_key BLOB NOT NULL UNIQUE,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL
);
INSERT INTO new_wechat_messages (id, message_key, event, outcome, received_at)
    SELECT id, message_key, event, outcome, received_at FROM wechat_messages;
DELETE FROM sqlite_sequence WHERE name = 'new_wechat_messages';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_wechat_messages', seq FROM sqlite_sequence WHERE name = 'wechat_messages';
DROP TABLE wechat_messages;
ALTER TABLE new_wechat_messages RENAME TO wechat_messages;

CREATE TABLE new_access_tokens (
    appid TEXT PRIMARY KEY NOT NULL,
    generation BIGINT NOT NULL CHECK (generation >= 0),
    token_sealed BLOB,
    fetched_at TIMESTAMP,
    expires_at TIMESTAMP,
    forced_at TIMESTAMP,
    forced_that_day INTEGER NOT NULL CHECK (forced_that_day >= 0),
    lease_holder TEXT,
    lease_until TIMESTAMP,
    CHECK (generation = 0 OR (token_sealed IS NOT NULL AND fetched_at IS NOT NULL AND expires_at IS NOT NULL)),
    CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
INSERT INTO new_access_tokens (appid, generation, token_sealed, fetched_at, expires_at, forced_at, forced_that_day, lease_holder, lease_until)
    SELECT appid, generation, token_sealed, fetched_at, expires_at, forced_at, forced_that_day, lease_holder, lease_until FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE new_access_tokens RENAME TO access_tokens;

CREATE INDEX sessions_by_customer ON sessions (customer_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);
CREATE INDEX addresses_by_customer ON addresses (customer_id, id);
CREATE INDEX identities_by_number ON identities (id_number_index);
CREATE INDEX products_by_vendor ON products (vendor_id, id);
CREATE INDEX products_by_category ON products (category_id, id);
CREATE INDEX skus_by_product ON skus (product_id, id);
CREATE INDEX stock_moves_by_sku ON stock_moves (sku_id, id);
CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX order_events_by_order ON order_events (order_id, id);
CREATE INDEX wechat_notifies_by_time ON wechat_notifies (received_at, id);
CREATE INDEX refunds_by_order ON refunds (order_id, id);
CREATE INDEX jobs_due ON jobs (state, run_at, id);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at, id);
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor, id);
CREATE INDEX audit_log_by_object ON audit_log (object_id, id);
CREATE INDEX customers_closing ON customers (id) WHERE closing_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX customers_by_phone ON customers (phone_index);
CREATE INDEX orders_to_wipe ON orders (wipe_after, id) WHERE wipe_after IS NOT NULL;
CREATE INDEX consents_by_customer ON consents (customer_id, id);
CREATE INDEX wechat_messages_by_time ON wechat_messages (received_at, id);
CREATE INDEX orders_by_customer_and_state ON orders (customer_id, state, id);

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;

CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
