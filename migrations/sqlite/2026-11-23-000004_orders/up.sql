CREATE TABLE cart_items (
    customer_id BIGINT NOT NULL REFERENCES customers (id),
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    added_at TIMESTAMP NOT NULL,
    PRIMARY KEY (customer_id, sku_id)
);

-- `state` speaks of fulfilment, the sums of money; all of them are frozen or guarded.
CREATE TABLE orders (
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
    -- Refunds asked for, whatever became of them at WeChat; can never pass what was paid.
    refund_committed_fen BIGINT NOT NULL CHECK (refund_committed_fen >= 0),
    refunded_fen BIGINT NOT NULL CHECK (refunded_fen >= 0),
    notice_version TEXT NOT NULL,
    remark TEXT NOT NULL,
    scene TEXT,
    province TEXT NOT NULL,
    city TEXT NOT NULL,
    district TEXT NOT NULL,
    region_code TEXT NOT NULL,
    -- Sealed JSON: name, phone and street of the consignee; name and ID number of the orderer, if given.
    consignee_sealed BLOB NOT NULL,
    identity_sealed BLOB,
    placed_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    payment_opened_at TIMESTAMP,
    paid_at TIMESTAMP,
    cancelled_at TIMESTAMP,
    cancel_reason TEXT,
    CHECK (payable_fen = goods_fen + freight_fen + tax_fen - discount_fen),
    CHECK (refund_committed_fen <= paid_fen),
    CHECK (refunded_fen <= refund_committed_fen)
);
CREATE INDEX orders_by_customer ON orders (customer_id, id);

CREATE TABLE order_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    product_id BIGINT NOT NULL REFERENCES products (id),
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    sku_code TEXT NOT NULL,
    -- Frozen as they were shown.
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

-- The timeline: every move with actor and time; rows are only ever added.
CREATE TABLE order_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    kind TEXT NOT NULL,
    actor TEXT NOT NULL CHECK (actor IN ('customer', 'system', 'wechat', 'operator')),
    from_state TEXT,
    to_state TEXT,
    amount_fen BIGINT,
    at TIMESTAMP NOT NULL
);
CREATE INDEX order_events_by_order ON order_events (order_id, id);
